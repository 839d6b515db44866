// The body of a loop becomes a function in front of the root; inner loops come first.
// RUN: %nn-opt %s --nn-outline-loops | FileCheck %s
// RUN: %nn-opt %s --nn-kernels | FileCheck %s --check-prefix=PLANNED

// CHECK: func.func private @f.loop(%{{.*}}: tensor<i32>, %[[S:.*]]: tensor<3xf32>, %[[X:.*]]: tensor<3xf32>) -> tensor<3xf32> attributes {nn.loop_body}
// CHECK:   nn.equation map [3] reads(%[[S]], %[[X]])
// CHECK: func.func @f(
// CHECK:   nn.loop @f.loop length 5 stacked inits(%{{.*}}) xs(%{{.*}}) captures()

// On buffers a body finds its arguments by number, and the loop has room for what the body works on.
// PLANNED: func.func private @f.loop()
// PLANNED-SAME: nn.scratch_bytes
// PLANNED-DAG:   %[[STATE:.*]] = nn.buffer argument offset 1 : memref<3xf32>
// PLANNED-DAG:   %[[SLICE:.*]] = nn.buffer argument offset 2 : memref<3xf32>
// PLANNED-DAG:   %[[NEXT:.*]] = nn.buffer argument offset 3 : memref<3xf32>
// PLANNED:   nn.launch @{{.*}}(%[[STATE]], %[[SLICE]], %[[NEXT]])
// PLANNED: func.func @f()
// PLANNED:   nn.loop @f.loop length 5 stacked inits(%{{.*}}) xs(%{{.*}}) captures() into(%{{.*}}, %{{.*}}) scratch
func.func @f(%h: tensor<3xf32> {nn.binding = #nn.bind<arg, "h">}, %x: tensor<5x3xf32> {nn.binding = #nn.bind<arg, "x">})
    -> (tensor<5x3xf32> {nn.binding = #nn.bind<output, "result">}) {
  %s = nn.scan 5 inits(%h) xs(%x) captures() {
  ^bb0(%t: tensor<i32>, %state: tensor<3xf32>, %slice: tensor<3xf32>):
    %n = nn.equation map [3] reads(%state, %slice) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
    ^bb1(%a: f32, %b: f32):
      %y = arith.addf %a, %b : f32
      nn.yield %y : f32
    } : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    nn.yield %n : tensor<3xf32>
  } : (tensor<3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  return %s : tensor<5x3xf32>
}

// A loop of no turn is what it starts from.
// CHECK-LABEL: func.func @none(
// CHECK-SAME: %[[X:.*]]: tensor<f32>
// CHECK-NEXT: return %[[X]]
func.func @none(%x: tensor<f32> {nn.binding = #nn.bind<arg, "x">}) -> (tensor<f32> {nn.binding = #nn.bind<output, "result">}) {
  %s = nn.iterate 0 inits(%x) captures() {
  ^bb0(%t: tensor<i32>, %state: tensor<f32>):
    nn.yield %state : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %s : tensor<f32>
}

// Values that differ by example get a leading axis; sums over the batch become reductions inside of what they sum.
// RUN: %nn-opt %s --nn-batch | FileCheck %s

// CHECK-DAG: #[[VALID:.*]] = affine_set<(d0, d1, d2)[s0] : (-d0 + s0 - 1 >= 0)>
// CHECK-DAG: #[[DY:.*]] = affine_map<(d0, d1, d2)[s0] -> (d0, d1)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2)[s0] -> (d0, d2)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2)[s0] -> (d1, d2)>

// A weight's gradient is one contraction, never one outer product an example.
// CHECK-LABEL: func.func @weight_gradient
// CHECK-SAME: %arg0: tensor<8x2xf32>
// CHECK-SAME: %arg2: tensor<i32> {nn.binding = #nn.bind<batch_size>}
func.func @weight_gradient(%dy: tensor<2xf32> {nn.per_example}, %x: tensor<3xf32> {nn.per_example}) -> tensor<2x3xf32> attributes {nn.batch = 8 : i64} {
  // CHECK-NOT: tensor<8x2x3xf32>
  // CHECK: nn.equation sum [8, 2, 3] reads(%arg0, %arg1) [#[[DY]], #[[X]]] tables(%arg2) [{{.*}}] writes #[[W]] where #[[VALID]]
  %g = nn.equation map [2, 3] reads(%dy, %x) [affine_map<(o, i) -> (o)>, affine_map<(o, i) -> (i)>] writes affine_map<(o, i) -> (o, i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %s = nn.batch_sum %g : tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}

// What other equations read too keeps its rows.
// CHECK-LABEL: func.func @also_read
func.func @also_read(%x: tensor<3xf32> {nn.per_example}) -> (tensor<3xf32>, tensor<3xf32>) attributes {nn.batch = 8 : i64} {
  // CHECK: %[[Y:.*]] = nn.equation map [8, 3]
  // CHECK: %[[S:.*]] = nn.equation sum [8, 3] reads(%[[Y]])
  // CHECK: return %[[Y]], %[[S]] : tensor<8x3xf32>, tensor<3xf32>
  %y = nn.equation map [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32):
    %p = math.exp %a : f32
    nn.yield %p : f32
  } : (tensor<3xf32>) -> tensor<3xf32>
  %s = nn.batch_sum %y : tensor<3xf32>
  return %y, %s : tensor<3xf32>, tensor<3xf32>
}

// Draws: element by element from each example's key.
// CHECK-LABEL: func.func @sample
func.func @sample(%key: tensor<4xi32> {nn.per_example}) -> tensor<2x3xf32> attributes {nn.batch = 8 : i64} {
  // CHECK: nn.equation map [8, 2, 3] reads(%arg0, %arg0, %arg0, %arg0)
  // CHECK-DAG: %[[I:.*]] = nn.index 1
  // CHECK-DAG: %[[J:.*]] = nn.index 2
  // CHECK: nn.random normal key(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) site 5 element
  %n = nn.sample normal %key site 5 : tensor<4xi32> -> tensor<2x3xf32>
  return %n : tensor<2x3xf32>
}

// The stack of a per-example value is that value over the batch; one's own row is the row's number.
// CHECK-LABEL: func.func @stack
func.func @stack(%x: tensor<3xf32> {nn.per_example}) -> (tensor<8x3xf32>, tensor<i32>) attributes {nn.batch = 8 : i64} {
  // CHECK: %[[ROW:.*]] = nn.equation map [8]
  // CHECK-NEXT: nn.index 0
  // CHECK: return %arg0, %[[ROW]] : tensor<8x3xf32>, tensor<8xi32>
  %X = nn.batch_stack %x : tensor<3xf32> -> tensor<8x3xf32>
  %e = nn.example : tensor<i32>
  return %X, %e : tensor<8x3xf32>, tensor<i32>
}

// In a function without a batch nothing gets an axis.
// CHECK-LABEL: func.func @command
func.func @command(%x: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-NEXT: return %arg0
  %s = nn.batch_sum %x : tensor<3xf32>
  return %s : tensor<3xf32>
}

// One matrix for all examples is factored once: their right-hand sides stand side by side. A matrix for each stays one.
// CHECK-LABEL: func.func @systems
func.func @systems(%a: tensor<3x3xf32>, %b: tensor<3x1xf32> {nn.per_example}, %c: tensor<3x3xf32> {nn.per_example})
    -> (tensor<3x1xf32>, tensor<3x1xf32>) attributes {nn.batch = 8 : i64} {
  // CHECK: %[[SIDES:.*]] = nn.reshape %{{.*}} : tensor<3x8x1xf32> -> tensor<3x8xf32>
  // CHECK: nn.routine solve(%arg0, %[[SIDES]]) : (tensor<3x3xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
  // CHECK: nn.routine solve(%arg2, %arg1) : (tensor<8x3x3xf32>, tensor<8x3x1xf32>) -> tensor<8x3x1xf32>
  %x = nn.routine solve(%a, %b) : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  %y = nn.routine solve(%c, %b) : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  return %x, %y : tensor<3x1xf32>, tensor<3x1xf32>
}

// A batch with room for more rows than there are here: they are repeated, and nobody reads those behind.
// CHECK-LABEL: func.func @room
func.func @room(%x: tensor<3xf32> {nn.per_example}) -> tensor<4x3xf32> attributes {nn.batch = 1 : i64} {
  // CHECK: %[[ROWS:.*]] = nn.equation map [4, 3] reads(%arg0)
  // CHECK: return %[[ROWS]]
  %X = nn.batch_stack %x : tensor<3xf32> -> tensor<4x3xf32>
  return %X : tensor<4x3xf32>
}

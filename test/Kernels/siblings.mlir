// Maps that read the same tensor at the same place are one kernel: a function and its derivative. Not one that reads it elsewhere.
// RUN: %nn-opt %s --nn-form-kernels | FileCheck %s

// CHECK: nn.kernel @k frame 4096
// CHECK: nn.equation map [4096]
// CHECK: math.exp
// CHECK: nn.equation map [4096]
// CHECK: math.exp
// CHECK: nn.kernel @k_0 frame 4096
// CHECK: nn.equation map [4096]
// CHECK: func.func @both
// CHECK-COUNT-2: nn.launch
func.func @both(%x: tensor<4096xf32> {nn.binding = #nn.bind<arg, "x">})
    -> (tensor<4096xf32> {nn.binding = #nn.bind<output, "y">}, tensor<4096xf32> {nn.binding = #nn.bind<output, "dx">},
        tensor<4096xf32> {nn.binding = #nn.bind<output, "turned">}) {
  %y = nn.equation map [4096] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %e = math.exp %v : f32
    %s = arith.addf %e, %v : f32
    nn.yield %s : f32
  } : (tensor<4096xf32>) -> tensor<4096xf32>
  %turned = nn.equation map [4096] reads(%x) [affine_map<(i) -> (-i + 4095)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4096xf32>) -> tensor<4096xf32>
  %dx = nn.equation map [4096] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %one = arith.constant 1.0 : f32
    %e = math.exp %v : f32
    %s = arith.addf %e, %one : f32
    nn.yield %s : f32
  } : (tensor<4096xf32>) -> tensor<4096xf32>
  return %y, %dx, %turned : tensor<4096xf32>, tensor<4096xf32>, tensor<4096xf32>
}

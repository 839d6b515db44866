// Points that a condition leaves out may have cells outside of the result: nothing is stored there, not even a 0.
// RUN: %nn-opt %s --nn-form-kernels | FileCheck %s

// CHECK: nn.equation sum [1, 1, 2]
// CHECK-SAME: drop
// CHECK: func.func @f
func.func @f(%x: tensor<1x1xf32> {nn.binding = #nn.bind<arg, "x">}) -> (tensor<1x1xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [1, 1, 2] reads(%x) [affine_map<(i, p, u) -> (i, p)>] writes affine_map<(i, p, u) -> (i + u, p)>
      where affine_set<(i, p, u) : (-i - u >= 0)> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// An argmax whose points land on computed cells has no owner.
// RUN: %nn-opt %s --nn-form-kernels --verify-diagnostics
func.func @f(%m: tensor<4x3xf32> {nn.binding = #nn.bind<arg, "m">}) -> (tensor<6xi32> {nn.binding = #nn.bind<output, "0">}) {
  // expected-error @below {{`argmax` needs all values of a cell together; here they are scattered over computed subscripts}}
  %y = nn.equation argmax [4, 3] reads(%m) [affine_map<(i, u) -> (i, u)>] writes affine_map<(i, u) -> (i + u)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x3xf32>) -> tensor<6xi32>
  return %y : tensor<6xi32>
}

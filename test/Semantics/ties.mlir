// Ties: argmax takes the first; a maximum of several shares its gradient equally, and so does the maximum of two equal
// variables, but a constant leaves nothing to a variable that equals it: the derivative of relu = max(x, 0) at 0 is 0, as
// that of abs.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.command @run calls @main arguments [] show "tensor"
func.func @main(%x: tensor<4xf32>) -> (tensor<f32>, tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) attributes {nn.run = {
    args = [dense<[2.0, 0.0, 2.0, -1.0]> : tensor<4xf64>], expect = [dense<2.0> : tensor<f64>, dense<0> : tensor<i32>, dense<[0.5, 0.0, 0.5, 0.0]> : tensor<4xf64>, dense<[1.0, 0.0, 1.0, 0.0]> : tensor<4xf64>, dense<[2.0, 0.0, 2.0, -1.0]> : tensor<4xf64>]}} {
  %max = nn.equation max [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<f32>
  %where = nn.equation argmax [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<i32>
  %g0 = nn.grad %max wrt (%x) : tensor<f32>, tensor<4xf32> -> tensor<4xf32>
  %pairs = nn.equation sum [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    %zero = arith.constant 0.0 : f32
    %m = arith.maximumf %v, %zero : f32
    nn.yield %m : f32
  } : (tensor<4xf32>) -> tensor<f32>
  %g1 = nn.grad %pairs wrt (%x) : tensor<f32>, tensor<4xf32> -> tensor<4xf32>
  // relu(x) + |x|, times 1: 2, 0, 2, -1
  %kinks = nn.equation sum [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf ogt, %v, %zero : f32
    %r = arith.select %c, %v, %zero : f32
    %a = math.absf %v : f32
    %s = arith.addf %r, %a : f32
    nn.yield %s : f32
  } : (tensor<4xf32>) -> tensor<f32>
  %g2 = nn.grad %kinks wrt (%x) : tensor<f32>, tensor<4xf32> -> tensor<4xf32>
  return %max, %where, %g0, %g1, %g2 : tensor<f32>, tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

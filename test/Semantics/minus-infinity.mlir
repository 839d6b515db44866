// Minus infinity: logsumexp of nothing but -inf is -inf; a score masked with -inf has probability 0 and gets gradient
// exactly 0. Of scores 0, 0, -inf the cross entropy against the first is log 2, its gradient -1/2, 1/2, 0.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.command @run calls @main arguments [] show "tensor"
func.func private @logsumexp(%z: tensor<3xf32>) -> tensor<f32> {
  %l = nn.equation logsumexp [3] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
func.func @main(%x: tensor<3xf32>, %mask: tensor<3xi1>) -> (tensor<f32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>) attributes {nn.run = {
    args = [dense<[0.0, 0.0, 5.0]> : tensor<3xf64>, dense<[true, true, false]> : tensor<3xi1>], expect = [dense<0.6931471805599453> : tensor<f64>, dense<[0.5, 0.5, 0.0]> : tensor<3xf64>, dense<[-0.5, 0.5, 0.0]> : tensor<3xf64>, dense<0xFFF0000000000000> : tensor<f64>]}} {
  %z = nn.equation map [3] reads(%x, %mask) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %c: i1):
    %inf = arith.constant 0xFF800000 : f32
    %s = arith.select %c, %v, %inf : f32
    nn.yield %s : f32
  } : (tensor<3xf32>, tensor<3xi1>) -> tensor<3xf32>
  %l = nn.call @logsumexp(%z) : (tensor<3xf32>) -> tensor<f32>
  %p = nn.equation map [3] reads(%z, %l) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %k: f32):
    %d = arith.subf %v, %k : f32
    %e = math.exp %d : f32
    nn.yield %e : f32
  } : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  %c = nn.equation map [] reads(%l, %z) [affine_map<() -> ()>, affine_map<() -> (0)>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %d = arith.subf %a, %b : f32
    nn.yield %d : f32
  } : (tensor<f32>, tensor<3xf32>) -> tensor<f32>
  %g = nn.grad %c wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  %nothing = nn.constant dense<0xFF800000> : tensor<3xf32>
  %empty = nn.call @logsumexp(%nothing) : (tensor<3xf32>) -> tensor<f32>
  return %c, %p, %g, %empty : tensor<f32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>
}

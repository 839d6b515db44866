// Empty groups: sum 0, mean 0, product 1, max -inf, argmax 0, logsumexp -inf. Edges of weights 1, 2, 4 go to groups 0, 2,
// 2 of three; the gradient of the sum of means by the weights is 1, 1/2, 1/2.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.command @run calls @main arguments [] show "tensor"
func.func @main(%x: tensor<3xf32>, %to: tensor<3xi32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xf32>, tensor<3xf32>)
    attributes {nn.run = {args = [dense<[1.0, 2.0, 4.0]> : tensor<3xf64>, dense<[0, 2, 2]> : tensor<3xi32>],
    expect = [dense<[1.0, 0.0, 6.0]> : tensor<3xf64>, dense<[1.0, 0.0, 3.0]> : tensor<3xf64>, dense<[1.0, 1.0, 8.0]> : tensor<3xf64>, dense<[1.0, 0xFFF0000000000000, 4.0]> : tensor<3xf64>, dense<[0, 0, 2]> : tensor<3xi32>,
              dense<[1.0, 0xFFF0000000000000, 4.126928011042972]> : tensor<3xf64>, dense<[1.0, 0.5, 0.5]> : tensor<3xf64>]}} {
  %sum = nn.equation sum [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %count = nn.equation sum [3] reads() [] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
    %one = arith.constant 1.0 : f32
    nn.yield %one : f32
  } : (tensor<3xi32>) -> tensor<3xf32>
  %mean = nn.equation map [3] reads(%sum, %count) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32, %n: f32):
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf oeq, %n, %zero : f32
    %q = arith.divf %a, %n : f32
    %s = arith.select %c, %zero, %q : f32
    nn.yield %s : f32
  } : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %prod = nn.equation prod [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %max = nn.equation max [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %argmax = nn.equation argmax [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi32>
  %lse = nn.equation logsumexp [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] below [3] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %all = nn.equation sum [3] reads(%mean) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  %g = nn.grad %all wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  return %sum, %mean, %prod, %max, %argmax, %lse, %g : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xf32>, tensor<3xf32>
}

// The gradient through `batch` is that of the sum over the batch. With y = w (x - m), m the batch mean of x = 1, 2, 6, w =
// 2: the mean of y^2 has gradient 2 w^2 (x - m) / 3 by x, and 2 w mean (x - m)^2 = 56/3 by w; y^2 of one example has, by
// its own x, the gradient of the sum, 2 w^2 (x - m).
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 3 metrics []
func.func @eval() {
  return
}
nn.parameter @w : tensor<f32> kind "weight"
func.func private @mul(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a, %b) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32, %b_: f32):
    %c = arith.mulf %a_, %b_ : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @sub(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a, %b) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32, %b_: f32):
    %c = arith.subf %a_, %b_ : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @mean(%sum: tensor<f32>) -> tensor<f32> {
  %n = nn.batch_size : tensor<i32>
  %r = nn.equation map [] reads(%sum, %n) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %k: i32):
    %f = arith.sitofp %k : i32 to f32
    %q = arith.divf %a, %f : f32
    nn.yield %q : f32
  } : (tensor<f32>, tensor<i32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @batch_mean(%x: tensor<f32>) -> tensor<f32> {
  %X = nn.batch_stack %x : tensor<f32> -> tensor<3xf32>
  %n = nn.batch_size : tensor<i32>
  %s = nn.equation sum [3] reads(%X) [affine_map<(b) -> (b)>] tables(%n) [affine_map<(b) -> ()>] writes affine_map<(b) -> ()>
      where affine_set<(b)[n] : (n - 1 - b >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<i32>) -> tensor<f32>
  %m = nn.call @mean(%s) : (tensor<f32>) -> tensor<f32>
  return %m : tensor<f32>
}
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<f32>, tensor<f32>, tensor<f32>)
    attributes {nn.batch = 3 : i64, nn.training, nn.run = {arguments = {x = dense<[1.0, 2.0, 6.0]> : tensor<3xf64>}, parameters = {w = dense<2.0> : tensor<f64>},
    expect = [dense<[-5.333333333333333, -2.6666666666666665, 8.0]> : tensor<3xf64>, dense<18.666666666666668> : tensor<f64>, dense<[-16.0, -8.0, 24.0]> : tensor<3xf64>]}} {
  %w = nn.param @w : tensor<f32>
  %m = nn.call @batch_mean(%x) : (tensor<f32>) -> tensor<f32>
  %c = nn.call @sub(%x, %m) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %y = nn.call @mul(%w, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %y2 = nn.call @mul(%y, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %sum = nn.batch_sum %y2 : tensor<f32>
  %loss = nn.call @mean(%sum) : (tensor<f32>) -> tensor<f32>
  %gx, %gw = nn.grad %loss wrt (%x, %w) : tensor<f32>, tensor<f32>, tensor<f32> -> tensor<f32>, tensor<f32>
  %each = nn.grad %y2 wrt (%x) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %gx, %gw, %each : tensor<f32>, tensor<f32>, tensor<f32>
}

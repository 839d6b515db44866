// A gradient penalty on a critic with batch statistics, f = w (x - m)^2: its input gradient, that of its sum, is 2 w (x -
// m), the penalty the mean of (2 w (x - m) - 1)^2. With x = 1, 2, 6 and w = 0.5 it is 17/3, and its gradient by w, a
// derivative of a derivative through the batch, 56/3.
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
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<f32>, tensor<f32>)
    attributes {nn.batch = 3 : i64, nn.training, nn.run = {arguments = {x = dense<[1.0, 2.0, 6.0]> : tensor<3xf64>}, parameters = {w = dense<0.5> : tensor<f64>},
    expect = [dense<5.666666666666667> : tensor<f64>, dense<18.666666666666668> : tensor<f64>]}} {
  %w = nn.param @w : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %m = nn.call @batch_mean(%x) : (tensor<f32>) -> tensor<f32>
  %c = nn.call @sub(%x, %m) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %c2 = nn.call @mul(%c, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %y = nn.call @mul(%w, %c2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %gx = nn.grad %y wrt (%x) : tensor<f32>, tensor<f32> -> tensor<f32>
  %e = nn.call @sub(%gx, %one) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %e2 = nn.call @mul(%e, %e) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %sum = nn.batch_sum %e2 : tensor<f32>
  %penalty = nn.call @mean(%sum) : (tensor<f32>) -> tensor<f32>
  %gw = nn.grad %penalty wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %penalty, %gw : tensor<f32>, tensor<f32>
}

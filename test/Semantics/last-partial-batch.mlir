// The last batch of an epoch is not full: rows from batch_size on hold old data and take part in nothing. With two valid
// rows of four, x = 1, 2 and w = 3: the mean of (w x)^2 is 22.5, its gradient by w 15, the batch mean 1.5. The gradients
// by x are 9 and 18; on the rows behind they mean nothing.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 4 metrics []
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
  %X = nn.batch_stack %x : tensor<f32> -> tensor<4xf32>
  %n = nn.batch_size : tensor<i32>
  %s = nn.equation sum [4] reads(%X) [affine_map<(b) -> (b)>] tables(%n) [affine_map<(b) -> ()>] writes affine_map<(b) -> ()>
      where affine_set<(b)[n] : (n - 1 - b >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<i32>) -> tensor<f32>
  %m = nn.call @mean(%s) : (tensor<f32>) -> tensor<f32>
  return %m : tensor<f32>
}
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
    attributes {nn.batch = 4 : i64, nn.training, nn.run = {arguments = {x = dense<[1.0, 2.0, 1000.0, -500.0]> : tensor<4xf64>}, parameters = {w = dense<3.0> : tensor<f64>}, batch_size = 2,
    expect = [dense<22.5> : tensor<f64>, dense<15.0> : tensor<f64>, dense<1.5> : tensor<f64>, dense<27.0> : tensor<f64>]}} {
  %w = nn.param @w : tensor<f32>
  %p = nn.call @mul(%w, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %l = nn.call @mul(%p, %p) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %sum = nn.batch_sum %l : tensor<f32>
  %loss = nn.call @mean(%sum) : (tensor<f32>) -> tensor<f32>
  %gw, %gx = nn.grad %loss wrt (%w, %x) : tensor<f32>, tensor<f32>, tensor<f32> -> tensor<f32>, tensor<f32>
  %sx = nn.batch_sum %gx : tensor<f32>
  %m = nn.call @batch_mean(%x) : (tensor<f32>) -> tensor<f32>
  return %loss, %gw, %m, %sx : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

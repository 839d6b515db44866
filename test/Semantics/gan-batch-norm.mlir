// Two players in written order, with batch statistics: D(x) = d (x - m)^2, m the batch mean, kept in a running mean; G(z)
// = g z. With x = 1, 3 and z = 1, 2 and g = 4, d = 1, mu = 0 and a rate of 1/8: minimizing mean D(G(z)) - mean D(x) by d
// has gradient 4 - 1 = 3, so d becomes 0.625; minimizing -mean D(G(z)) by g, through m, has gradient -0.625 g / 2 = -1.25,
// so g becomes 4.15625. The first player's step is a constant to the second. The running mean moves half way to 2, 6 and
// 6: 1, 3.5, 4.75.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 2 metrics []
func.func @eval() {
  return
}
nn.parameter @d : tensor<f32> kind "weight"
nn.parameter @g : tensor<f32> kind "weight"
nn.state_var @mu : tensor<f32> role "model"
func.func private @mul(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a, %b) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32, %b_: f32):
    %c = arith.mulf %a_, %b_ : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @add(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a, %b) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32, %b_: f32):
    %c = arith.addf %a_, %b_ : f32
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
func.func private @half(%a: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32):
    %k = arith.constant 0.5 : f32
    %c = arith.mulf %a_, %k : f32
    nn.yield %c : f32
  } : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @eighth(%a: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32):
    %k = arith.constant 0.125 : f32
    %c = arith.mulf %a_, %k : f32
    nn.yield %c : f32
  } : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @minus(%a: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32):
    %k = arith.constant -1.0 : f32
    %c = arith.mulf %a_, %k : f32
    nn.yield %c : f32
  } : (tensor<f32>) -> tensor<f32>
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
  %X = nn.batch_stack %x : tensor<f32> -> tensor<2xf32>
  %n = nn.batch_size : tensor<i32>
  %s = nn.equation sum [2] reads(%X) [affine_map<(b) -> (b)>] tables(%n) [affine_map<(b) -> ()>] writes affine_map<(b) -> ()>
      where affine_set<(b)[n] : (n - 1 - b >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>, tensor<i32>) -> tensor<f32>
  %m = nn.call @mean(%s) : (tensor<f32>) -> tensor<f32>
  return %m : tensor<f32>
}
func.func private @D(%x: tensor<f32>) -> tensor<f32> {
  %d = nn.param @d : tensor<f32>
  %m = nn.call @batch_mean(%x) : (tensor<f32>) -> tensor<f32>
  %mu = nn.state @mu : tensor<f32>
  %sum = nn.call @add(%mu, %m) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %next = nn.call @half(%sum) : (tensor<f32>) -> tensor<f32>
  nn.update @mu, %next : tensor<f32>
  %c = nn.call @sub(%x, %m) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %c2 = nn.call @mul(%c, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %y = nn.call @mul(%d, %c2) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func private @G(%z: tensor<f32>) -> tensor<f32> {
  %g = nn.param @g : tensor<f32>
  %y = nn.call @mul(%g, %z) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}, %z: tensor<f32> {nn.binding = #nn.bind<field, "z">, nn.per_example})
    -> (tensor<f32>, tensor<f32>) attributes {nn.batch = 2 : i64, nn.training, nn.run = {
    arguments = {x = dense<[1.0, 3.0]> : tensor<2xf64>, z = dense<[1.0, 2.0]> : tensor<2xf64>}, parameters = {d = dense<1.0> : tensor<f64>, g = dense<4.0> : tensor<f64>}, states = {mu = dense<0.0> : tensor<f64>},
    expect = [dense<3.0> : tensor<f64>, dense<-2.5> : tensor<f64>], updated = {d = dense<0.625> : tensor<f64>, g = dense<4.15625> : tensor<f64>, mu = dense<4.75> : tensor<f64>}}} {
  %real = nn.call @D(%x) : (tensor<f32>) -> tensor<f32>
  %fake1 = nn.call @G(%z) : (tensor<f32>) -> tensor<f32>
  %judged1 = nn.call @D(%fake1) : (tensor<f32>) -> tensor<f32>
  %difference = nn.call @sub(%judged1, %real) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %sum1 = nn.batch_sum %difference : tensor<f32>
  %loss1 = nn.call @mean(%sum1) : (tensor<f32>) -> tensor<f32>
  %d = nn.param @d : tensor<f32>
  %gd = nn.grad %loss1 wrt (%d) : tensor<f32>, tensor<f32> -> tensor<f32>
  %stepd = nn.call @eighth(%gd) : (tensor<f32>) -> tensor<f32>
  %d1 = nn.call @sub(%d, %stepd) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  nn.update @d, %d1 : tensor<f32>
  %fake2 = nn.call @G(%z) : (tensor<f32>) -> tensor<f32>
  %judged2 = nn.call @D(%fake2) : (tensor<f32>) -> tensor<f32>
  %sum2 = nn.batch_sum %judged2 : tensor<f32>
  %mean2 = nn.call @mean(%sum2) : (tensor<f32>) -> tensor<f32>
  %loss2 = nn.call @minus(%mean2) : (tensor<f32>) -> tensor<f32>
  %g = nn.param @g : tensor<f32>
  %gg = nn.grad %loss2 wrt (%g) : tensor<f32>, tensor<f32> -> tensor<f32>
  %stepg = nn.call @eighth(%gg) : (tensor<f32>) -> tensor<f32>
  %g1 = nn.call @sub(%g, %stepg) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  nn.update @g, %g1 : tensor<f32>
  return %loss1, %loss2 : tensor<f32>, tensor<f32>
}

// An attack climbs the loss of a model with a state, (x - s)^2, by signs of its gradient; the loop reads the state as it
// is before the step's update. With x = 0.5, 3 and s = 1, two turns of 1/8 lead to 0.25 and 3.25; then s becomes their mean
// 1.75, which later calls see: the losses sum to 2 * 1.5^2.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 2 metrics []
func.func @eval() {
  return
}
nn.state_var @s : tensor<f32> role "model"
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
func.func private @sign_step(%g: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%g) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%g_: f32):
    %up = arith.constant 0.125 : f32
    %down = arith.constant -0.125 : f32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf ogt, %g_, %zero : f32
    %r1 = arith.select %c, %up, %down : f32
    nn.yield %r1 : f32
  } : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @loss(%x: tensor<f32>) -> tensor<f32> {
  %s = nn.state @s : tensor<f32>
  %c = nn.call @sub(%x, %s) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %c2 = nn.call @mul(%c, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %c2 : tensor<f32>
}
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<f32>, tensor<f32>)
    attributes {nn.batch = 2 : i64, nn.training, nn.run = {arguments = {x = dense<[0.5, 3.0]> : tensor<2xf64>}, states = {s = dense<1.0> : tensor<f64>},
    expect = [dense<[0.25, 3.25]> : tensor<2xf64>, dense<4.5> : tensor<f64>], updated = {s = dense<1.75> : tensor<f64>}}} {
  %adversarial = nn.iterate 2 inits(%x) captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    %l = nn.call @loss(%a) : (tensor<f32>) -> tensor<f32>
    %g = nn.grad %l wrt (%a) : tensor<f32>, tensor<f32> -> tensor<f32>
    %d = nn.call @sign_step(%g) : (tensor<f32>) -> tensor<f32>
    %n = nn.call @add(%a, %d) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    nn.yield %n : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  %sum = nn.batch_sum %adversarial : tensor<f32>
  %m = nn.call @mean(%sum) : (tensor<f32>) -> tensor<f32>
  nn.update @s, %m : tensor<f32>
  %l = nn.call @loss(%adversarial) : (tensor<f32>) -> tensor<f32>
  %total = nn.batch_sum %l : tensor<f32>
  return %adversarial, %total : tensor<f32>, tensor<f32>
}

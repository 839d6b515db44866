// A model with state that is called twice in a step: the second call sees the update of the first, a read before both the
// old value. Without training a guarded update keeps the state.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 1 metrics []
nn.state_var @count : tensor<f32> role "model"
func.func private @add(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %r = nn.equation map [] reads(%a, %b) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a_: f32, %b_: f32):
    %c = arith.addf %a_, %b_ : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
func.func private @guarded(%old: tensor<f32>, %next: tensor<f32>) -> tensor<f32> {
  %t = nn.training : tensor<i1>
  %r = nn.equation map [] reads(%t, %next, %old) [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%c: i1, %a: f32, %b: f32):
    %s = arith.select %c, %a, %b : f32
    nn.yield %s : f32
  } : (tensor<i1>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}
// Adds x to its state and gives what it was.
func.func private @Counter(%x: tensor<f32>) -> tensor<f32> {
  %old = nn.state @count : tensor<f32>
  %sum = nn.call @add(%old, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %next = nn.call @guarded(%old, %sum) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  nn.update @count, %next : tensor<f32>
  return %old : tensor<f32>
}
func.func @step() -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) attributes {nn.training, nn.run = {
    states = {count = dense<100.0> : tensor<f64>}, expect = [dense<100.0> : tensor<f64>, dense<100.0> : tensor<f64>, dense<101.0> : tensor<f64>, dense<111.0> : tensor<f64>], updated = {count = dense<111.0> : tensor<f64>}}} {
  %before = nn.state @count : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %ten = nn.constant dense<10.0> : tensor<f32>
  %first = nn.call @Counter(%one) : (tensor<f32>) -> tensor<f32>
  %second = nn.call @Counter(%ten) : (tensor<f32>) -> tensor<f32>
  %after = nn.state @count : tensor<f32>
  return %before, %first, %second, %after : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}
func.func @eval() -> (tensor<f32>, tensor<f32>) attributes {nn.run = {states = {count = dense<100.0> : tensor<f64>}, expect = [dense<100.0> : tensor<f64>, dense<100.0> : tensor<f64>]}} {
  %one = nn.constant dense<1.0> : tensor<f32>
  %first = nn.call @Counter(%one) : (tensor<f32>) -> tensor<f32>
  %second = nn.call @Counter(%one) : (tensor<f32>) -> tensor<f32>
  return %first, %second : tensor<f32>, tensor<f32>
}

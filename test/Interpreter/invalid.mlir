// What the interpreter refuses, and what only run-time data can do wrong.
// RUN: %nn-opt %s --nn-interpret --split-input-file --verify-diagnostics -o /dev/null

// expected-error @+1 {{no value given for argument 0}}
func.func @missing(%x: tensor<f32>) attributes {nn.run = {}} {
  return
}

// -----

// expected-error @+1 {{the value given for argument 0 does not fit 'tensor<3xf32>'}}
func.func @shape(%x: tensor<3xf32>) attributes {nn.run = {args = [dense<1.0> : tensor<2xf64>]}} {
  return
}

// -----

nn.parameter @w : tensor<f32> kind "weight"
func.func @parameter() attributes {nn.run = {}} {
  // expected-error @+1 {{no value given for parameter `w`}}
  %w = nn.param @w : tensor<f32>
  return
}

// -----

// expected-error @+1 {{result 0 is 1 at element 1, expected 2}}
func.func @expectation() -> tensor<2xf32> attributes {nn.run = {expect = [dense<[1.0, 2.0]> : tensor<2xf64>]}} {
  %c = nn.constant dense<1.0> : tensor<2xf32>
  return %c : tensor<2xf32>
}

// -----

func.func @gather(%x: tensor<3xf32>, %t: tensor<2xi32>) attributes {nn.run = {args = [dense<1.0> : tensor<3xf64>, dense<[0, 3]> : tensor<2xi32>]}} {
  // expected-error @+1 {{read 0 leaves its axis: a table holds an index that the input does not have}}
  %y = nn.equation map [2] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @scatter(%x: tensor<2xf32>, %t: tensor<2xi32>) attributes {nn.run = {args = [dense<1.0> : tensor<2xf64>, dense<1> : tensor<2xi32>]}} {
  // expected-error @+1 {{a map writes one cell twice: a table holds an index more than once}}
  %y = nn.equation map [2] reads(%x) [affine_map<(i) -> (i)>] tables(%t) [affine_map<(i) -> (i)>] writes affine_map<(i)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

nn.state_var @s : tensor<f32> role "model"
func.func @update(%x: tensor<f32> {nn.per_example}) attributes {nn.batch = 2 : i64, nn.training, nn.run = {args = [dense<1.0> : tensor<2xf64>]}} {
  // expected-error @+1 {{`s` is updated with a value that differs from example to example}}
  nn.update @s, %x : tensor<f32>
  return
}

// -----

func.func @coupled(%x: tensor<f32> {nn.per_example}, %w: tensor<f32>) attributes {nn.batch = 2 : i64, nn.run = {args = [dense<1.0> : tensor<2xf64>, dense<1.0> : tensor<f64>]}} {
  %p = nn.equation map [] reads(%x, %w) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.mulf %a, %b : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %s = nn.batch_sum %p : tensor<f32>
  %y = nn.equation map [] reads(%p, %s) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.mulf %a, %b : f32
    nn.yield %c : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  // expected-error @+1 {{the derivative of one example's value by a shared value cannot go through `batch`}}
  %g = nn.grad %y wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  return
}

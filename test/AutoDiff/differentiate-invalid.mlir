// What has no derivative is refused with a sentence that says what to do.
// RUN: %nn-opt %s --nn-differentiate --split-input-file --verify-diagnostics

func.func @one_example_through_the_batch(%x: tensor<f32> {nn.per_example}, %w: tensor<f32>) -> tensor<f32> attributes {nn.batch = 4 : i64} {
  %h = nn.equation map [] reads(%x, %w) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  // expected-error @+1 {{the gradient of one example's value by a shared value cannot go through `batch`}}
  %s = nn.batch_sum %h : tensor<f32>
  %y = nn.equation map [] reads(%s, %x) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %g = nn.grad %y wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %g : tensor<f32>
}

// -----

func.func @unbounded_loop(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{a loop that ends by a condition (`until`) has no derivative in reverse mode}}
  %y = nn.iterate 10 until inits(%x) captures() {
  ^bb0(%t: tensor<i32>, %s: tensor<f32>):
    %next = nn.equation map [] reads(%s) [affine_map<() -> ()>] writes affine_map<() -> ()> {
    ^bb1(%v: f32):
      %q = arith.mulf %v, %v : f32
      nn.yield %q : f32
    } : (tensor<f32>) -> tensor<f32>
    %done = nn.equation map [] reads(%next) [affine_map<() -> ()>] writes affine_map<() -> ()> {
    ^bb1(%v: f32):
      %small = arith.constant 1.0e-3 : f32
      %c = arith.cmpf olt, %v, %small : f32
      nn.yield %c : i1
    } : (tensor<f32>) -> tensor<i1>
    nn.yield %next, %done : tensor<f32>, tensor<i1>
  } : (tensor<f32>) -> tensor<f32>
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %g : tensor<f32>
}

// -----

func.func @grouped_product(%x: tensor<4xf32>, %to: tensor<4xi32>) -> tensor<4xf32> {
  // expected-error @+1 {{the derivative of a product over groups that data decides is not taken}}
  %p = nn.equation prod [4] reads(%x) [affine_map<(i)[s] -> (i)>] tables(%to) [affine_map<(i)[s] -> (i)>] below [2] writes affine_map<(i)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<2xf32>
  %s = nn.equation sum [2] reads(%p) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>) -> tensor<f32>
  %g = nn.grad %s wrt (%x) : tensor<f32>, tensor<4xf32> -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// Factors of contractions are rounded in a root that computes in fewer bits; other sums are not, and no other root.
// RUN: %nn-opt %s --nn-round-contractions --split-input-file | FileCheck %s
// RUN: %nn-opt %s --nn-round-contractions --nn-interpret -o /dev/null

// 1.01171875 = 1 + 3 / 256 lies between bf16's 1 + 1/128 and 1 + 2/128, at a tie: it goes to the even one, 1.015625.
// CHECK-LABEL: func.func @matrix
// CHECK: %[[A:.*]] = nn.round %{{.*}} mantissa 7
// CHECK: %[[B:.*]] = nn.round %{{.*}} mantissa 7
// CHECK: arith.mulf %[[A]], %[[B]]
func.func @matrix(%w: tensor<2x2xf32>, %x: tensor<2xf32>) -> tensor<2xf32> attributes {nn.compute = "bf16", nn.run = {
    args = [dense<[[1.01171875, 1.0], [1.0, 1.00390625]]> : tensor<2x2xf32>, dense<[1.0, 1.0]> : tensor<2xf32>],
    expect = [dense<[2.015625, 2.0]> : tensor<2xf32>]}} {
  %y = nn.equation sum [2, 2] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: func.func @tf32
// CHECK-COUNT-2: nn.round %{{.*}} mantissa 10
func.func @tf32(%w: tensor<2x2xf32>, %x: tensor<2xf32>) -> tensor<2xf32> attributes {nn.compute = "tf32"} {
  %y = nn.equation sum [2, 2] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// The weights of a head are a sum over its entries, whose quotient is its number.
// CHECK-LABEL: func.func @heads
// CHECK-COUNT-2: nn.round %{{.*}} mantissa 7
func.func @heads(%v: tensor<5x4xf32>, %g: tensor<3x4xf32>) -> tensor<2x3x5xf32> attributes {nn.compute = "bf16"} {
  %p = nn.equation sum [4, 3, 5] reads(%v, %g) [affine_map<(c, i, j) -> (j, c)>, affine_map<(c, i, j) -> (i, c)>] writes affine_map<(c, i, j) -> (c floordiv 2, i, j)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<5x4xf32>, tensor<3x4xf32>) -> tensor<2x3x5xf32>
  return %p : tensor<2x3x5xf32>
}

// A sum of squares, a weighted sum of rows by one number, a maximum, f64.
// CHECK-LABEL: func.func @others
// CHECK-NOT: nn.round
func.func @others(%x: tensor<4x3xf32>, %s: tensor<f32>, %d: tensor<4x3xf64>, %e: tensor<3xf64>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf64>) attributes {nn.compute = "bf16"} {
  %a = nn.equation sum [4, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    %p = arith.mulf %v, %v : f32
    nn.yield %p : f32
  } : (tensor<4x3xf32>) -> tensor<4xf32>
  %b = nn.equation sum [4, 3] reads(%x, %s) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32, %w: f32):
    %p = arith.mulf %v, %w : f32
    nn.yield %p : f32
  } : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
  %c = nn.equation max [4, 3] reads(%x, %b) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32, %w: f32):
    %p = arith.mulf %v, %w : f32
    nn.yield %p : f32
  } : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4xf32>
  %f = nn.equation sum [4, 3] reads(%d, %e) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f64, %w: f64):
    %p = arith.mulf %v, %w : f64
    nn.yield %p : f64
  } : (tensor<4x3xf64>, tensor<3xf64>) -> tensor<4xf64>
  return %a, %b, %c, %f : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf64>
}

// What no summed index changes is not rounded: it might as well be multiplied by afterwards.
// CHECK-LABEL: func.func @scaled
// CHECK-COUNT-2: nn.round
// CHECK-NOT: nn.round
func.func @scaled(%w: tensor<2x2xf32>, %x: tensor<2xf32>, %s: tensor<2xf32>) -> tensor<2xf32> attributes {nn.compute = "bf16"} {
  %y = nn.equation sum [2, 2] reads(%w, %x, %s) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.mulf %p, %c : f32
    nn.yield %q : f32
  } : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK-LABEL: func.func @without
// CHECK-NOT: nn.round
func.func @without(%w: tensor<2x2xf32>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %y = nn.equation sum [2, 2] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

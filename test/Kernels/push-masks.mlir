// What a mask makes a constant is neither computed nor read.
// RUN: %nn-opt %s --nn-push-masks | FileCheck %s

// CHECK-DAG: #[[SUM:.+]] = affine_set<(d0, d1, d2) : (d0 - d1 >= 0)>
// CHECK-DAG: #[[ROWS:.+]] = affine_set<(d0, d1) : (d0 - d1 >= 0)>
// CHECK-DAG: #[[MIX:.+]] = affine_set<(d0, d1, d2) : (d0 - d2 >= 0)>
// CHECK-DAG: #[[STRICT:.+]] = affine_set<(d0, d1) : (d0 - d1 - 1 >= 0)>

// A softmax over masked scores: the maximum, the sum and the weights look at the places that are left, so scores are
// computed there alone, and nobody asks for the mask. Sums over weights of 0 leave them out.
// CHECK-LABEL: @softmax
// CHECK: nn.equation sum [8, 8, 4] {{.*}} where #[[SUM]] {
// CHECK: nn.equation map [8, 8] {{.*}} where #[[ROWS]] {
// CHECK-NOT: nn.index
// CHECK: nn.equation max [8, 8] {{.*}} where #[[ROWS]] {
// CHECK: nn.equation sum [8, 8] {{.*}} where #[[ROWS]] {
// CHECK: nn.equation map [8, 8] {{.*}} where #[[ROWS]] {
// CHECK: nn.equation sum [8, 5, 8] {{.*}} where #[[MIX]] {
func.func @softmax(%q: tensor<8x4xf32>, %k: tensor<8x4xf32>, %v: tensor<8x5xf32>) -> tensor<8x5xf32> {
  %s = nn.equation sum [8, 8, 4] reads(%q, %k) [affine_map<(i, j, c) -> (i, c)>, affine_map<(i, j, c) -> (j, c)>]
      writes affine_map<(i, j, c) -> (i, j)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x8xf32>
  %seen = nn.equation map [8, 8] reads(%s) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %later = arith.cmpi sgt, %j, %i : i32
    %low = arith.constant 0xFF800000 : f32
    %y = arith.select %later, %low, %x : f32
    nn.yield %y : f32
  } : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = nn.equation max [8, 8] reads(%seen) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%x: f32):
    nn.yield %x : f32
  } : (tensor<8x8xf32>) -> tensor<8xf32>
  %z = nn.equation sum [8, 8] reads(%seen, %m) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>]
      writes affine_map<(i, j) -> (i)> {
  ^bb0(%x: f32, %y: f32):
    %d = arith.subf %x, %y : f32
    %e = math.exp %d : f32
    nn.yield %e : f32
  } : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %p = nn.equation map [8, 8] reads(%seen, %m, %z) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>]
      writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32, %y: f32, %w: f32):
    %d = arith.subf %x, %y : f32
    %e = math.exp %d : f32
    %f = arith.divf %e, %w : f32
    nn.yield %f : f32
  } : (tensor<8x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %r = nn.equation sum [8, 5, 8] reads(%p, %v) [affine_map<(i, c, j) -> (i, j)>, affine_map<(i, c, j) -> (j, c)>]
      writes affine_map<(i, c, j) -> (i, c)> {
  ^bb0(%x: f32, %y: f32):
    %w = arith.mulf %x, %y : f32
    nn.yield %w : f32
  } : (tensor<8x8xf32>, tensor<8x5xf32>) -> tensor<8x5xf32>
  return %r : tensor<8x5xf32>
}

// With j < i the first row has no place: its weights are NaN, not 0, and the sum over them has to see that. The maximum
// may leave out what is -inf.
// CHECK-LABEL: @emptyRow
// CHECK: nn.equation max [8, 8] {{.*}} where #[[STRICT]] {
// CHECK-NOT: where
// CHECK: return
func.func @emptyRow(%s: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %seen = nn.equation map [8, 8] reads(%s) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %before = arith.cmpi slt, %j, %i : i32
    %low = arith.constant 0xFF800000 : f32
    %y = arith.select %before, %x, %low : f32
    nn.yield %y : f32
  } : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = nn.equation max [8, 8] reads(%seen) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%x: f32):
    nn.yield %x : f32
  } : (tensor<8x8xf32>) -> tensor<8xf32>
  %p = nn.equation map [8, 8] reads(%seen, %m) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>]
      writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32, %y: f32):
    %d = arith.subf %x, %y : f32
    %e = math.exp %d : f32
    nn.yield %e : f32
  } : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %p : tensor<8x8xf32>
}

// A value that someone reads everywhere is computed everywhere.
// CHECK-LABEL: @returned
// CHECK: nn.equation map [8, 8]
// CHECK-NOT: where
// CHECK: nn.equation map [8, 8] {{.*}} where #[[ROWS]] {
func.func @returned(%s: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %t = nn.equation map [8, 8] reads(%s) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32):
    %y = math.exp %x : f32
    nn.yield %y : f32
  } : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %lower = nn.equation map [8, 8] reads(%t) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%x: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %kept = arith.cmpi sge, %i, %j : i32
    %zero = arith.constant 0.0 : f32
    %y = arith.select %kept, %x, %zero : f32
    nn.yield %y : f32
  } : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %t, %lower : tensor<8x8xf32>, tensor<8x8xf32>
}

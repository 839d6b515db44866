// Indices that stand for several are taken apart.
// RUN: %nn-opt %s --nn-split-indices | FileCheck %s

// The gradient of p[c floordiv 4, j]: each cell gets an owner.
// CHECK-DAG: #[[ROW:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[FLAT:.+]] = affine_map<(d0, d1, d2) -> (d0 * 4 + d1)>
// CHECK-LABEL: @owner
// CHECK: nn.equation sum [3, 4, 5] reads(%{{.*}}, %{{.*}}) [#[[FLAT]], #{{.*}}] writes #[[ROW]] {
// CHECK: %[[A:.+]] = nn.index 0 : i32
// CHECK: nn.index 1 : i32
func.func @owner(%g: tensor<12xf32>, %v: tensor<5xf32>) -> tensor<3x5xf32> {
  %r = nn.equation sum [12, 5] reads(%g, %v) [affine_map<(c, j) -> (c)>, affine_map<(c, j) -> (j)>]
      writes affine_map<(c, j) -> (c floordiv 4, j)> {
  ^bb0(%x: f32, %y: f32):
    %c = nn.index 0 : i32
    %f = arith.sitofp %c : i32 to f32
    %p = arith.mulf %x, %y : f32
    %q = arith.mulf %p, %f : f32
    nn.yield %q : f32
  } : (tensor<12xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  return %r : tensor<3x5xf32>
}

// A map that repeats stays a map along its long index.
// CHECK-LABEL: @repeat
// CHECK: nn.equation map [12]
func.func @repeat(%x: tensor<6xf32>) -> tensor<12xf32> {
  %r = nn.equation map [12] reads(%x) [affine_map<(i) -> (i floordiv 2)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<6xf32>) -> tensor<12xf32>
  return %r : tensor<12xf32>
}

// What lies between reshapes takes the finer shape, and they vanish.
// CHECK-LABEL: @rows
// CHECK-NOT: nn.reshape
// CHECK: nn.equation max [2, 3, 4]
// CHECK: -> tensor<2x3xf32>
// CHECK: nn.equation map [2, 3, 4]
// CHECK: nn.equation map [2, 3, 4]
func.func @rows(%s: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %t = nn.equation map [2, 3, 4] reads(%s) [affine_map<(a, i, j) -> (a, i, j)>] writes affine_map<(a, i, j) -> (a, i, j)> {
  ^bb0(%x: f32):
    %y = arith.negf %x : f32
    nn.yield %y : f32
  } : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %flat = nn.reshape %t : tensor<2x3x4xf32> -> tensor<6x4xf32>
  %m = nn.equation max [6, 4] reads(%flat) [affine_map<(e, j) -> (e, j)>] writes affine_map<(e, j) -> (e)> {
  ^bb0(%x: f32):
    nn.yield %x : f32
  } : (tensor<6x4xf32>) -> tensor<6xf32>
  %d = nn.equation map [6, 4] reads(%flat, %m) [affine_map<(e, j) -> (e, j)>, affine_map<(e, j) -> (e)>]
      writes affine_map<(e, j) -> (e, j)> {
  ^bb0(%x: f32, %y: f32):
    %z = arith.subf %x, %y : f32
    nn.yield %z : f32
  } : (tensor<6x4xf32>, tensor<6xf32>) -> tensor<6x4xf32>
  %whole = nn.reshape %d : tensor<6x4xf32> -> tensor<2x3x4xf32>
  %r = nn.equation map [2, 3, 4] reads(%whole) [affine_map<(a, i, j) -> (a, i, j)>] writes affine_map<(a, i, j) -> (a, i, j)> {
  ^bb0(%x: f32):
    %y = math.exp %x : f32
    nn.yield %y : f32
  } : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %r : tensor<2x3x4xf32>
}

// A contraction over the joined axis keeps it: a dense layer after a picture is flattened.
// CHECK-LABEL: @dense
// CHECK: nn.reshape
// CHECK: nn.equation sum [2, 12, 7]
func.func @dense(%s: tensor<2x3x4xf32>, %W: tensor<12x7xf32>) -> tensor<2x7xf32> {
  %t = nn.equation map [2, 3, 4] reads(%s) [affine_map<(b, i, j) -> (b, i, j)>] writes affine_map<(b, i, j) -> (b, i, j)> {
  ^bb0(%x: f32):
    %y = arith.negf %x : f32
    nn.yield %y : f32
  } : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %flat = nn.reshape %t : tensor<2x3x4xf32> -> tensor<2x12xf32>
  %r = nn.equation sum [2, 12, 7] reads(%flat, %W) [affine_map<(b, k, n) -> (b, k)>, affine_map<(b, k, n) -> (k, n)>]
      writes affine_map<(b, k, n) -> (b, n)> {
  ^bb0(%x: f32, %w: f32):
    %p = arith.mulf %x, %w : f32
    nn.yield %p : f32
  } : (tensor<2x12xf32>, tensor<12x7xf32>) -> tensor<2x7xf32>
  return %r : tensor<2x7xf32>
}

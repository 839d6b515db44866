// Conditions that tiles and loops take care of.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 | FileCheck %s

// Scores at j <= i: a tile of which no cell satisfies it is not summed; the cells are chosen after the sum.
// CHECK-LABEL: func.func @cells
// CHECK: scf.if
// CHECK: scf.for
// CHECK-NOT: arith.select
// CHECK: vector.fma
// CHECK: scf.yield
// CHECK: arith.select
nn.kernel @cells frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<64x16xf32>, %k: memref<16x64xf32>, %s: memref<64x64xf32>):
  nn.equation sum [64, 64, 16] reads(%q, %k) [affine_map<(i, j, c) -> (i, c)>, affine_map<(i, j, c) -> (c, j)>]
      writes(%s) affine_map<(i, j, c) -> (i, j)> where affine_set<(i, j, c) : (i - j >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    nn.yield %p : f32
  } : (memref<64x16xf32>, memref<16x64xf32>, memref<64x64xf32>) -> ()
}

// A sum over j <= i for a tile of rows: without a test up to the first row's end, with one from there to the last row's.
// CHECK-LABEL: func.func @sums
// CHECK: %[[SOME:.+]] = arith.minsi
// CHECK: %[[ALL:.+]] = arith.minsi
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[ALL]]
// CHECK-NOT: arith.select
// CHECK: scf.yield
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[SOME]]
// CHECK: arith.select
nn.kernel @sums frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%p: memref<64x64xf32>, %v: memref<64x32xf32>, %y: memref<64x32xf32>):
  nn.equation sum [64, 32, 64] reads(%p, %v) [affine_map<(i, c, j) -> (i, j)>, affine_map<(i, c, j) -> (j, c)>]
      writes(%y) affine_map<(i, c, j) -> (i, c)> where affine_set<(i, c, j) : (i - j >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%x: f32, %w: f32):
    %m = arith.mulf %x, %w : f32
    nn.yield %m : f32
  } : (memref<64x64xf32>, memref<64x32xf32>, memref<64x32xf32>) -> ()
}

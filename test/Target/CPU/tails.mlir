// The rows that are left of a stripe whose height is not known are done in tiles of 4, 2 and 1: alone, a row's sums would
// wait for themselves.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @rows
// CHECK: %[[HEIGHT:.*]] = arith.minsi %{{.*}}, %c32
// CHECK: %[[SIXES:.*]] = arith.subi %[[HEIGHT]]
// CHECK: scf.for %{{.*}} = %c0 to %[[SIXES]] step %c6
// CHECK: :24 = scf.for
// CHECK: %[[REST:.*]] = arith.subi %[[HEIGHT]], %[[SIXES]]
// CHECK: %[[FOUR:.*]] = arith.andi %[[REST]], %c-4
// CHECK: %[[FROM:.*]] = arith.addi %[[SIXES]], %[[FOUR]]
// CHECK: scf.for %{{.*}} = %[[SIXES]] to %[[FROM]] step %c4
// CHECK: :16 = scf.for
// CHECK: %[[TWO:.*]] = arith.addi %[[FROM]]
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[TWO]] step %c2
// CHECK: :8 = scf.for
// CHECK: scf.for %{{.*}} = %[[TWO]] to %[[HEIGHT]] step %c1
// CHECK: :4 = scf.for
nn.kernel @rows frame 100 grain 32 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x50xf32>, %w: memref<50x64xf32>, %y: memref<100x64xf32>):
  nn.equation sum [100, 64, 50] reads(%x, %w) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (i, o)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<100x50xf32>, memref<50x64xf32>, memref<100x64xf32>) -> ()
}

// A scattered write of many points becomes a reduction over the places of each cell, which a routine sorts; a small one stays.
// RUN: %nn-opt %s --nn-pull-form | FileCheck %s
// RUN: %nn-opt %s --nn-pull-form --nn-choose-saved | FileCheck %s --check-prefix=ONCE

// CHECK-DAG: #[[FIRST:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (d0)>
// CHECK-DAG: #[[NEXT:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (d0 + 1)>
// CHECK-DAG: #[[PLACE:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (d1)>
// CHECK-DAG: #[[SOURCE:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (s2)>
// CHECK-DAG: #[[H:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (s3, d2)>
// CHECK-DAG: #[[CELL:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (d0, d2)>
// CHECK-DAG: #[[ROW:.+]] = affine_set<(d0, d1, d2)[s0, s1, s2, s3] : (d1 - s0 >= 0, -d1 + s1 - 1 >= 0)>
// CHECK-DAG: #[[TOKEN:.+]] = affine_map<(d0, d1, d2)[s0, s1, s2] -> (s2 floordiv 100, s2 mod 100, d2)>

// CHECK-LABEL: @edges
// CHECK: nn.routine group(%arg2)
// CHECK: %[[SORTED:.+]]:2 = nn.routine group(%arg2) : (tensor<4000xi32>) -> (tensor<301xi32>, tensor<4000xi32>)
// CHECK: nn.equation sum [300, 4000, 64] reads(%arg0) [#[[H]]]
// CHECK-SAME: tables(%[[SORTED]]#0, %[[SORTED]]#0, %[[SORTED]]#1, %arg1) [#[[FIRST]], #[[NEXT]], #[[PLACE]], #[[SOURCE]]] below [4001, 4001, 4000, 500]
// CHECK-SAME: writes #[[CELL]] where #[[ROW]] attributes {nn.segments = array<i64: 0, 1>}
// CHECK: nn.equation max [300, 4000, 64]
// One table is sorted once.
// ONCE-LABEL: @edges
// ONCE: nn.routine group
// ONCE-NOT: nn.routine group
// ONCE: return
func.func @edges(%h: tensor<500x64xf32>, %source: tensor<4000xi32>, %target: tensor<4000xi32>)
    -> (tensor<300x64xf32>, tensor<300x64xf32>) {
  %y = nn.equation sum [4000, 64] reads(%h) [affine_map<(k, o)[s, t] -> (s, o)>]
      tables(%source, %target) [affine_map<(k, o)[s, t] -> (k)>, affine_map<(k, o)[s, t] -> (k)>] below [500, 300]
      writes affine_map<(k, o)[s, t] -> (t, o)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<500x64xf32>, tensor<4000xi32>, tensor<4000xi32>) -> tensor<300x64xf32>
  %z = nn.equation max [4000, 64] reads(%h) [affine_map<(k, o)[s, t] -> (s, o)>]
      tables(%source, %target) [affine_map<(k, o)[s, t] -> (k)>, affine_map<(k, o)[s, t] -> (k)>] below [500, 300]
      writes affine_map<(k, o)[s, t] -> (t, o)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<500x64xf32>, tensor<4000xi32>, tensor<4000xi32>) -> tensor<300x64xf32>
  return %y, %z : tensor<300x64xf32>, tensor<300x64xf32>
}

// The gradient of an embedding: the tokens of a batch are one row of places. Those outside of the result have no cell.
// CHECK-LABEL: @embedding
// CHECK: %[[FLAT:.+]] = nn.reshape %arg1 : tensor<20x100xi32> -> tensor<2000xi32>
// CHECK: nn.routine group(%[[FLAT]]) : (tensor<2000xi32>) -> (tensor<51xi32>, tensor<2000xi32>)
// CHECK: nn.equation sum [50, 2000, 64] reads(%arg0) [#[[TOKEN]]]
// CHECK-NOT: drop
// CHECK-SAME: {nn.segments = array<i64: 0, 1>} {
func.func @embedding(%g: tensor<20x100x64xf32>, %x: tensor<20x100xi32>) -> tensor<50x64xf32> {
  %y = nn.equation sum [20, 100, 64] reads(%g) [affine_map<(b, t, o)[s] -> (b, t, o)>] tables(%x)
      [affine_map<(b, t, o)[s] -> (b, t)>] below [52] writes affine_map<(b, t, o)[s] -> (s, o)> drop {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<20x100x64xf32>, tensor<20x100xi32>) -> tensor<50x64xf32>
  return %y : tensor<50x64xf32>
}

// A table of each graph of a batch.
// CHECK-LABEL: @batch
// CHECK: nn.routine group(%arg1) : (tensor<3x4000xi32>) -> (tensor<3x51xi32>, tensor<3x4000xi32>)
// CHECK: nn.equation sum [3, 50, 4000, 64]
func.func @batch(%g: tensor<3x4000x64xf32>, %x: tensor<3x4000xi32>) -> tensor<3x50x64xf32> {
  %y = nn.equation sum [3, 4000, 64] reads(%g) [affine_map<(b, k, o)[s] -> (b, k, o)>] tables(%x)
      [affine_map<(b, k, o)[s] -> (b, k)>] below [50] writes affine_map<(b, k, o)[s] -> (b, s, o)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x4000x64xf32>, tensor<3x4000xi32>) -> tensor<3x50x64xf32>
  return %y : tensor<3x50x64xf32>
}

// Rows of one number are not worth sorting for.
// CHECK-LABEL: @degree
// CHECK-NOT: nn.routine
// CHECK: nn.equation sum [40000]
func.func @degree(%x: tensor<40000xi32>) -> tensor<50xf32> {
  %y = nn.equation sum [40000] reads() [] tables(%x) [affine_map<(k)[s] -> (k)>] below [50] writes affine_map<(k)[s] -> (s)> {
    %one = arith.constant 1.0 : f32
    nn.yield %one : f32
  } : (tensor<40000xi32>) -> tensor<50xf32>
  return %y : tensor<50xf32>
}

// Nor are short ones, nor where most cells have no place.
// CHECK-LABEL: @narrow
// CHECK-NOT: nn.routine
// CHECK: nn.equation sum [4000, 16]
func.func @narrow(%g: tensor<4000x16xf32>, %x: tensor<4000xi32>) -> tensor<50x16xf32> {
  %y = nn.equation sum [4000, 16] reads(%g) [affine_map<(k, o)[s] -> (k, o)>] tables(%x) [affine_map<(k, o)[s] -> (k)>] below [50]
      writes affine_map<(k, o)[s] -> (s, o)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4000x16xf32>, tensor<4000xi32>) -> tensor<50x16xf32>
  return %y : tensor<50x16xf32>
}

// CHECK-LABEL: @sparse
// CHECK-NOT: nn.routine
// CHECK: nn.equation sum [4000, 64]
func.func @sparse(%g: tensor<4000x64xf32>, %x: tensor<4000xi32>) -> tensor<9000x64xf32> {
  %y = nn.equation sum [4000, 64] reads(%g) [affine_map<(k, o)[s] -> (k, o)>] tables(%x) [affine_map<(k, o)[s] -> (k)>] below [9000]
      writes affine_map<(k, o)[s] -> (s, o)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4000x64xf32>, tensor<4000xi32>) -> tensor<9000x64xf32>
  return %y : tensor<9000x64xf32>
}

// What a kernel with outer places computes for pairs of them is never stored: a block does some rows of a place, one equation after the
// other. Here scores, what a softmax needs of them, and the sum that they weigh: five stripes of 32 rows at each of three places.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#q = affine_map<(b, i, j, e) -> (b, i, e)>
#k = affine_map<(b, i, j, e) -> (b, j, e)>
#score = affine_map<(b, i, j, e) -> (b, i, j)>
#cell = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#p = affine_map<(b, i, e, j) -> (b, i, j)>
#v = affine_map<(b, i, e, j) -> (b, j, e)>
#y = affine_map<(b, i, e, j) -> (b, i, e)>
#seen = affine_set<(b, i, j, e) : (i - j >= 0)>
#visible = affine_set<(b, i, j) : (i - j >= 0)>
#summed = affine_set<(b, i, e, j) : (i - j >= 0)>

// CHECK: memref.global "public" @block_memory : memref<0xi8, 3>
// CHECK-LABEL: func.func @attention$0(
// CHECK-SAME: %{{[^)]*}}: memref<3x150x32xf32>, %{{[^)]*}}: memref<3x150x32xf32>, %{{[^)]*}}: memref<3x150x32xf32>, %{{[^)]*}}: memref<3x150x32xf32>) attributes {nn.block_threads = 256 : i64}
// CHECK-NOT: 150x150
// Scores and weights lie at one place, since weights are computed cell by cell; the last stripe has 22 rows.
// CHECK-DAG: memref.view %{{.*}}[%[[PLACE:c[0-9]+]]][] : memref<0xi8, 3> to memref<1x32x150xf32, 3>
// CHECK: scf.for %{{.*}} to %c15 step

// Scores: keys come by copies; none for tiles that no row of the stripe sees.
// CHECK: barrier.cta.sync
// CHECK: arith.cmpi sge
// CHECK: scf.if %{{.*}} -> (f32
// CHECK: cp.async.ca.shared.global
// CHECK: math.fma
// The largest of a row, a warp a row, and the sum of its weights.
// CHECK: barrier.cta.sync
// CHECK: shfl.sync.bfly
// CHECK: barrier.cta.sync
// CHECK: math.exp
// CHECK: shfl.sync.bfly
// CHECK: barrier.cta.sync
// CHECK: math.exp
// CHECK: memref.store %{{.*}} : memref<1x32x150xf32, 3>
// The weighted sum ends where the last row of a tile does.
// CHECK: barrier.cta.sync
// CHECK: %[[END:.*]] = arith.minsi
// CHECK: scf.if
// CHECK: scf.for %{{.*}} = %c0 to %[[END]] step %c16
// CHECK: math.fma
// CHECK: return
// CHECK-NOT: func.func @attention$1
nn.kernel @attention frame 150 grain 32 attributes {nn.outer = array<i64: 3>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<3x150x32xf32>, %k: memref<3x150x32xf32>, %v: memref<3x150x32xf32>, %y: memref<3x150x32xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<3x150x150xf32>
  nn.equation sum [3, 150, 150, 32] reads(%q, %k) [#q, #k] writes(%s) #score where #seen attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<3x150x32xf32>, memref<3x150x32xf32>, memref<3x150x150xf32>) -> ()
  %most = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<3x150xf32>
  nn.equation max [3, 150, 150] reads(%s) [#cell] writes(%most) #row where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<3x150x150xf32>, memref<3x150xf32>) -> ()
  %sum = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<3x150xf32>
  nn.equation sum [3, 150, 150] reads(%s, %most) [#cell, #row] writes(%sum) #row where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.subf %a, %b : f32
    %e = math.exp %m : f32
    nn.yield %e : f32
  } : (memref<3x150x150xf32>, memref<3x150xf32>, memref<3x150xf32>) -> ()
  %p = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<3x150x150xf32>
  nn.equation map [3, 150, 150] reads(%s, %most, %sum) [#cell, #row, #row] writes(%p) #cell where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.subf %a, %b : f32
    %e = math.exp %m : f32
    %d = arith.divf %e, %c : f32
    nn.yield %d : f32
  } : (memref<3x150x150xf32>, memref<3x150xf32>, memref<3x150xf32>, memref<3x150x150xf32>) -> ()
  nn.equation sum [3, 150, 32, 150] reads(%p, %v) [#p, #v] writes(%y) #y where #summed attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<3x150x150xf32>, memref<3x150x32xf32>, memref<3x150x32xf32>) -> ()
}

// Factors that are rounded to bf16 are packed, two terms a word, and multiplied by tensor cores, also those of the block's memory: neighbours
// along the sum are read together. A mask ends the sum at a word.
// CHECK-LABEL: func.func @rounded$0(
// CHECK: scf.for %{{.*}} to %[[STRIPES:c[0-9]+]] step
// CHECK: vector.load %arg0{{.*}} {alignment = 8 : i64} : memref<2x600x32xf32>, vector<2xf32>
// CHECK: ff2bf16x2.rn
// CHECK: mma.m16n8k16.row.col.bf16
// CHECK: barrier.cta.sync
// CHECK: %[[LAST:.*]] = arith.minsi
// CHECK: %[[ANY:.*]] = arith.maxsi %[[LAST]], %c0
// CHECK: %[[MORE:.*]] = arith.addi %[[ANY]], %c1
// CHECK: %[[WORDS:.*]] = arith.divui %[[MORE]], %c2
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : memref<1x32x600xf32, 3>, vector<2xf32>
// CHECK: scf.for %{{.*}} = %c0 to %[[WORDS]] step %c16
// CHECK: mma.m16n8k16.row.col.bf16
nn.kernel @rounded frame 600 grain 32 attributes {nn.outer = array<i64: 2>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x600x32xf32>, %k: memref<2x600x32xf32>, %v: memref<2x600x32xf32>, %y: memref<2x600x32xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x600x600xf32>
  nn.equation sum [2, 600, 600, 32] reads(%q, %k) [#q, #k] writes(%s) #score where #seen attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %c = nn.round %a mantissa 7 : f32
    %d = nn.round %b mantissa 7 : f32
    %m = arith.mulf %c, %d : f32
    nn.yield %m : f32
  } : (memref<2x600x32xf32>, memref<2x600x32xf32>, memref<2x600x600xf32>) -> ()
  nn.equation sum [2, 600, 32, 600] reads(%s, %v) [#p, #v] writes(%y) #y where #summed attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %c = nn.round %a mantissa 7 : f32
    %d = nn.round %b mantissa 7 : f32
    %m = arith.mulf %c, %d : f32
    nn.yield %m : f32
  } : (memref<2x600x600xf32>, memref<2x600x32xf32>, memref<2x600x32xf32>) -> ()
}

// 16 rows of 4096 scores are more than any GPU gives a block: a grid for each equation.
#w = affine_map<(b, i, j) -> (b, i)>
// CHECK-LABEL: func.func @long$0({{.*}}: memref<2x4096x4096xf32>)
// CHECK-LABEL: func.func @long$1({{.*}}: memref<2x4096x4096xf32>
nn.kernel @long frame 4096 grain 16 attributes {nn.outer = array<i64: 2>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x4096x64xf32>, %k: memref<2x4096x64xf32>, %y: memref<2x4096xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096x4096xf32>
  nn.equation sum [2, 4096, 4096, 64] reads(%q, %k) [#q, #k] writes(%s) #score attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x4096x64xf32>, memref<2x4096x64xf32>, memref<2x4096x4096xf32>) -> ()
  nn.equation sum [2, 4096, 4096] reads(%s) [#cell] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    nn.yield %e : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096xf32>) -> ()
}

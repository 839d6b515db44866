// A stripe of a length that no block's memory holds is gone through in chunks, once for each reduction that others wait for; what is needed again
// is computed again. Equations of a pass have the number of the chunk as an index.
// RUN: %nn-opt %s --nn-stream-stripes | FileCheck %s
// RUN: %nn-opt %s --nn-stream-stripes --nn-emit-gpu --canonicalize --cse | FileCheck %s --check-prefix=CODE

#q = affine_map<(b, i, j, e) -> (b, i, e)>
#k = affine_map<(b, i, j, e) -> (b, e, j)>
#score = affine_map<(b, i, j, e) -> (b, i, j)>
#cell = affine_map<(b, i, j) -> (b, i, j)>
#next = affine_map<(b, i, j) -> (b, i, j + 1)>
#row = affine_map<(b, i, j) -> (b, i)>
#each = affine_map<(b, i) -> (b, i)>
#p = affine_map<(b, i, e, j) -> (b, i, j)>
#v = affine_map<(b, i, e, j) -> (b, j, e)>
#y = affine_map<(b, i, e, j) -> (b, i, e)>
#seen = affine_set<(b, i, j, e) : (i - j >= 0)>
#visible = affine_set<(b, i, j) : (i - j >= 0)>
#summed = affine_set<(b, i, e, j) : (i - j >= 0)>

// Three passes over 32 chunks of 128 keys. What a pass reduces begins as the identity, is accumulated, and goes where it belongs behind the pass.
// CHECK-LABEL: nn.kernel @attention frame 4096
// CHECK-NOT: 4096x4096
// CHECK-DAG: %[[MOST:.*]] = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096xf32>
// CHECK: %[[ACC:.*]] = nn.scratch axis 2 {nn.chunk = 0 : i64, nn.outer = array<i64: 1>} : memref<32x2x4096xf32>
// CHECK: nn.equation map [2, 4096] reads() [] writes(%[[ACC]])
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: %[[S:.*]] = nn.scratch axis 2 {nn.chunk = 0 : i64, nn.outer = array<i64: 1>} : memref<32x2x4096x128xf32>
// CHECK: nn.equation sum [32, 2, 4096, 128, 64] reads({{.*}}) {{.*}} writes(%[[S]]) {{.*}} where {{.*}} nn.frame = 2 : i64, nn.outer = array<i64: 1>, nn.pass = 0 : i64}
// CHECK: nn.equation max [32, 2, 4096, 128] reads(%[[S]]) {{.*}} writes(%[[ACC]]) {{.*}} accumulate {{.*}} nn.pass = 0 : i64}
// CHECK: nn.equation map [2, 4096] reads(%[[ACC]]) {{.*}} writes(%[[MOST]])
// CHECK: nn.equation sum [32, 2, 4096, 128, 64] {{.*}} nn.pass = 1 : i64}
// CHECK: nn.equation sum [32, 2, 4096, 128] {{.*}} accumulate {{.*}} nn.pass = 1 : i64}
// CHECK: nn.equation sum [32, 2, 4096, 128, 64] {{.*}} nn.pass = 2 : i64}
// CHECK: nn.equation map [32, 2, 4096, 128] {{.*}} nn.pass = 2 : i64}
// CHECK: nn.equation sum [32, 2, 4096, 64, 128] {{.*}} accumulate {{.*}} nn.pass = 2 : i64}
// CHECK: nn.equation map [2, 4096, 64] reads({{.*}}) {{.*}} writes(%arg3)
// CHECK-NOT: nn.equation

// One grid, and in it a loop for each pass. A stripe ends at the chunk in which its last row does; keys come 16 bytes at once.
// CODE-LABEL: func.func @attention$0(
// CODE-SAME: %{{[^)]*}}: memref<2x4096x64xf32>, %{{[^)]*}}: memref<2x64x4096xf32>, %{{[^)]*}}: memref<2x4096x64xf32>, %{{[^)]*}}: memref<2x4096x64xf32>) attributes {nn.block_threads = 256 : i64}
// CODE-DAG: memref.view {{.*}} to memref<1x1x64x128xf32, 3>
// CODE-DAG: memref.view {{.*}} to memref<1x1x64x64xf32, 3>
// CODE: scf.for %{{.*}} to %[[STRIPES:c[0-9]+]] step
// CODE: %[[START:.*]] = arith.muli %{{.*}}, %c64
// CODE: barrier.cta.sync
// CODE: %[[LAST:.*]] = arith.addi %[[START]], %c191
// CODE: %[[SOME:.*]] = arith.maxsi %[[LAST]], %c0
// CODE: %[[BEHIND:.*]] = arith.divui %[[SOME]], %c128
// CODE: %[[END:.*]] = arith.minsi %[[BEHIND]], %c32
// CODE: scf.for %{{.*}} = %c0 to %[[END]] step %c1 {
// CODE: cp.async.cg.shared.global.16
// CODE: arith.maximumf
// CODE: scf.for %{{.*}} = %c0 to %[[END]] step %c1 {
// CODE: math.exp
// CODE: scf.for %{{.*}} = %c0 to %[[END]] step %c1 {
// CODE: math.exp
// What the block has of the mixture, and more.
// CODE: math.fma
// CODE: memref.load %[[MIXTURE:.*]][{{.*}}] : memref<1x1x64x64xf32, 3>
// CODE: arith.addf
// CODE: memref.store {{.*}}, %[[MIXTURE]][{{.*}}] : memref<1x1x64x64xf32, 3>
// CODE: return
// CODE-NOT: @attention$1
nn.kernel @attention frame 4096 grain 32 attributes {nn.outer = array<i64: 2>, nn.overlaps = array<i64>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x4096x64xf32>, %k: memref<2x64x4096xf32>, %v: memref<2x4096x64xf32>, %y: memref<2x4096x64xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096x4096xf32>
  nn.equation sum [2, 4096, 4096, 64] reads(%q, %k) [#q, #k] writes(%s) #score where #seen attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x4096x64xf32>, memref<2x64x4096xf32>, memref<2x4096x4096xf32>) -> ()
  %most = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096xf32>
  nn.equation max [2, 4096, 4096] reads(%s) [#cell] writes(%most) #row where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096xf32>) -> ()
  %sum = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096xf32>
  nn.equation sum [2, 4096, 4096] reads(%s, %most) [#cell, #row] writes(%sum) #row where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.subf %a, %b : f32
    %e = math.exp %m : f32
    nn.yield %e : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096xf32>, memref<2x4096xf32>) -> ()
  %p = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096x4096xf32>
  nn.equation map [2, 4096, 4096] reads(%s, %most, %sum) [#cell, #row, #row] writes(%p) #cell where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.subf %a, %b : f32
    %e = math.exp %m : f32
    %d = arith.divf %e, %c : f32
    nn.yield %d : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096xf32>, memref<2x4096xf32>, memref<2x4096x4096xf32>) -> ()
  nn.equation sum [2, 4096, 64, 4096] reads(%p, %v) [#p, #v] writes(%y) #y where #summed attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096x64xf32>, memref<2x4096x64xf32>) -> ()
}

// The last chunk is shorter, where nothing is read, and nothing stored of what a kernel writes along the length: all chunks have to be there for it.
// CHECK-LABEL: nn.kernel @stored frame 3000
// CHECK: nn.equation map [24, 2, 3000, 128] reads({{.*}}) {{.*}} writes(%arg2) {{.*}} where {{.*}} drop {{.*}} nn.pass = 0 : i64}
// CHECK-NOT: writes(%arg2)
// CODE-LABEL: func.func @stored$0(
// CODE: scf.for %{{.*}} = %c0 to %c24 step %c1 {
// CODE: arith.cmpi ult, %{{.*}}, %c3000
// CODE: memref.store {{.*}} : memref<2x3000x3000xf32>
nn.kernel @stored frame 3000 grain 16 attributes {nn.outer = array<i64: 2>, nn.overlaps = array<i64>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x3000x64xf32>, %k: memref<2x64x3000xf32>, %w: memref<2x3000x3000xf32>, %y: memref<2x3000xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x3000x3000xf32>
  nn.equation sum [2, 3000, 3000, 64] reads(%q, %k) [#q, #k] writes(%s) #score attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x3000x64xf32>, memref<2x64x3000xf32>, memref<2x3000x3000xf32>) -> ()
  nn.equation map [2, 3000, 3000] reads(%s) [#cell] writes(%w) #cell attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    %e = math.tanh %a : f32
    nn.yield %e : f32
  } : (memref<2x3000x3000xf32>, memref<2x3000x3000xf32>) -> ()
  nn.equation sum [2, 3000, 3000] reads(%s) [#cell] writes(%y) #row where #visible attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    nn.yield %e : f32
  } : (memref<2x3000x3000xf32>, memref<2x3000xf32>) -> ()
}

// Where values of one chunk meet those of another, or a position is asked for, equations stay grids of their own.
// CHECK-LABEL: nn.kernel @shifted frame 4096
// CHECK: memref<2x4096x4096xf32>
// CHECK-NOT: nn.pass
nn.kernel @shifted frame 4096 grain 16 attributes {nn.outer = array<i64: 2>, nn.overlaps = array<i64>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x4096x64xf32>, %k: memref<2x64x4096xf32>, %y: memref<2x4096xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x4096x4096xf32>
  nn.equation sum [2, 4096, 4096, 64] reads(%q, %k) [#q, #k] writes(%s) #score attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x4096x64xf32>, memref<2x64x4096xf32>, memref<2x4096x4096xf32>) -> ()
  nn.equation sum [2, 4096, 4095] reads(%s, %s) [#cell, #next] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %e = arith.mulf %a, %b : f32
    nn.yield %e : f32
  } : (memref<2x4096x4096xf32>, memref<2x4096x4096xf32>, memref<2x4096xf32>) -> ()
}

// A sum of exponentials below a maximum does not wait for it: it is accumulated below the largest value so far, in the same pass, and rescaled where
// that grows. Only a map that makes the maximum finite may lie between, and the exponentials are those of the values that it is the largest of.
// CHECK-LABEL: nn.kernel @exponentials frame 8192
// CHECK-DAG: nn.equation map [2, 8192] reads() [] writes(%[[MOST:.*]])
// CHECK-DAG: nn.equation map [2, 8192] reads() [] writes(%[[SUM:.*]])
// CHECK: nn.equation map [64, 2, 8192] reads(%[[MOST]]) {{.*}} writes(%[[BEFORE:.*]]) {{.*}} nn.pass = 0 : i64}
// CHECK: math.absf
// CHECK: nn.equation max [64, 2, 8192, 128] reads(%[[S:.*]]) {{.*}} writes(%[[MOST]]) {{.*}} accumulate {{.*}} nn.pass = 0 : i64}
// CHECK: nn.equation map [64, 2, 8192] reads(%[[MOST]]) {{.*}} writes(%[[NOW:.*]]) {{.*}} nn.pass = 0 : i64}
// CHECK: nn.equation map [64, 2, 8192] reads(%[[SUM]], %[[BEFORE]], %[[NOW]]) {{.*}} writes(%[[SUM]]) {{.*}} nn.pass = 0 : i64}
// CHECK: arith.minimumf
// CHECK: nn.equation sum [64, 2, 8192, 128] reads(%[[S]], %[[NOW]]) {{.*}} writes(%[[SUM]]) {{.*}} accumulate {{.*}} nn.pass = 0 : i64}
// CHECK: nn.equation sum [64, 2, 8192, 128] {{.*}} accumulate {{.*}} nn.pass = 1 : i64}
// CHECK-NOT: nn.pass = 2
// Whoever has the maximum of a row rescales its sum.
// CODE-LABEL: func.func @exponentials$0(
// CODE: arith.maximumf
// CODE-NOT: barrier.cta.sync
// CODE: arith.minimumf
// CODE: barrier.cta.sync
// CODE: math.exp
nn.kernel @exponentials frame 8192 grain 16 attributes {nn.outer = array<i64: 2>, nn.overlaps = array<i64>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<2x8192x64xf32>, %k: memref<2x64x8192xf32>, %y: memref<2x8192xf32>, %z: memref<2x8192xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x8192x8192xf32>
  nn.equation sum [2, 8192, 8192, 64] reads(%q, %k) [#q, #k] writes(%s) #score attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    nn.yield %m : f32
  } : (memref<2x8192x64xf32>, memref<2x64x8192xf32>, memref<2x8192x8192xf32>) -> ()
  %most = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x8192xf32>
  nn.equation max [2, 8192, 8192] reads(%s) [#cell] writes(%most) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<2x8192x8192xf32>, memref<2x8192xf32>) -> ()
  %finite = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<2x8192xf32>
  nn.equation map [2, 8192] reads(%most) [#each] writes(%finite) #each attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    %infinity = arith.constant 0x7F800000 : f32
    %zero = arith.constant 0.0 : f32
    %magnitude = math.absf %a : f32
    %is = arith.cmpf oeq, %magnitude, %infinity : f32
    %c = arith.select %is, %zero, %a : f32
    nn.yield %c : f32
  } : (memref<2x8192xf32>, memref<2x8192xf32>) -> ()
  nn.equation sum [2, 8192, 8192] reads(%s, %finite) [#cell, #row] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.subf %a, %b : f32
    %e = math.exp %m : f32
    nn.yield %e : f32
  } : (memref<2x8192x8192xf32>, memref<2x8192xf32>, memref<2x8192xf32>) -> ()
  nn.equation sum [2, 8192, 8192] reads(%s, %finite) [#cell, #row] writes(%z) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.subf %a, %b : f32
    %e = math.tanh %m : f32
    nn.yield %e : f32
  } : (memref<2x8192x8192xf32>, memref<2x8192xf32>, memref<2x8192xf32>) -> ()
}

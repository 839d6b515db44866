// An equation that needs what other threads have computed is a grid of its own: one thread a cell, neighbours in memory side by side, what
// pieces hand on stored whole; a row of the frame a thread where several points share a cell.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#row = affine_map<(b, o) -> (b, o)>
#left = affine_map<(b, o, i) -> (i, o)>
#right = affine_map<(b, o, i) -> (b, i)>
#result = affine_map<(b, o, i) -> (b, o)>
#column = affine_map<(o, b) -> (b, o)>
#mirrored = affine_map<(o, b) -> (b, 4 - o)>
#place = affine_map<(b, i) -> (b, i)>
#written = affine_map<(b, i)[s] -> (b, s)>

// CHECK-LABEL: func.func @k$0(%arg0: memref<3x5xf32>, %arg1: memref<4x3xf32>, %arg2: memref<4x5xf32>)
// CHECK: %[[BLOCK:.*]] = llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.ctaid.x"
// CHECK: %[[THREADS:.*]] = llvm.call_intrinsic "llvm.nvvm.read.ptx.sreg.ntid.x"
// CHECK: scf.for %[[CELL:.*]] = %{{.*}} to %c20 step
// CHECK: %[[O:.*]] = arith.remui %[[CELL]], %c5
// CHECK: %[[B:.*]] = arith.divui %[[CELL]], %c5
// CHECK: scf.for %[[I:.*]] = %c0 to %c3 step %c1
// CHECK: memref.load %arg0[%[[I]], %[[O]]]
// CHECK: memref.load %arg1[%[[B]], %[[I]]]
// CHECK: memref.store %{{.*}}, %arg2[%[[B]], %[[O]]]

// The second one goes through its cells as they lie in memory, not as its box does.
// CHECK-LABEL: func.func @k$1(%arg0: memref<4x5xf32>, %arg1: memref<4x5xf32>)
// CHECK: %[[O:.*]] = arith.remui %{{.*}}, %c5
// CHECK: %[[B:.*]] = arith.divui %{{.*}}, %c5
// CHECK: memref.store %{{.*}}, %arg1[%[[B]], %[[O]]]
nn.kernel @k frame 4 grain 2 attributes {nn.workspace_bytes = 64 : i64} {
^bb0(%w: memref<3x5xf32>, %x: memref<4x3xf32>, %y: memref<4x5xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<4x5xf32>
  nn.equation sum [4, 5, 3] reads(%w, %x) [#left, #right] writes(%h) #result attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<3x5xf32>, memref<4x3xf32>, memref<4x5xf32>) -> ()
  nn.equation map [5, 4] reads(%h) [#mirrored] writes(%y) #column attributes {nn.form = "owner", nn.frame = 1 : i64} {
  ^bb0(%a: f32):
    %n = arith.negf %a : f32
    nn.yield %n : f32
  } : (memref<4x5xf32>, memref<4x5xf32>) -> ()
}

// A scatter: thread r does row r, point by point, after setting it to zeros.
// CHECK-LABEL: func.func @scattered$0(
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %c4 step
// CHECK: %[[NEXT:.*]] = arith.addi %[[ROW]], %c1
// CHECK: scf.for %[[CLEARED:.*]] = %[[ROW]] to %[[NEXT]]
// CHECK: scf.for {{.*}} to %c7
// CHECK: memref.store %cst, %{{.*}}[%[[CLEARED]],
// CHECK: scf.for {{.*}} to %c6
// CHECK: memref.load %{{.*}}[%[[ROW]],
// CHECK: arith.addf
nn.kernel @scattered frame 4 grain 4 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<4x6xf32>, %t: memref<4x6xi32>, %y: memref<4x7xf32>):
  nn.equation sum [4, 6] reads(%x) [#place] tables(%t) [#place] writes(%y) #written attributes {nn.form = "scatter", nn.init, nn.frame = 0 : i64} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<4x6xf32>, memref<4x6xi32>, memref<4x7xf32>) -> ()
}

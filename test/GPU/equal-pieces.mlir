// Kernels that differ have pieces that do not: of those one is kept, with its variables in shared memory.
// RUN: %nn-opt %s --nn-emit-gpu --nn-merge-equal-pieces | FileCheck %s

#all = affine_map<(r, i) -> (r, i)>
#row = affine_map<(r, i) -> (r)>
#cell = affine_map<(r) -> (r)>

// CHECK: memref.global "private" @first$0$shared
// CHECK-NOT: memref.global
// CHECK-LABEL: func.func @first$0
// CHECK: memref.get_global @first$0$shared
// CHECK-LABEL: func.func @first$1
nn.kernel @first frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<100xf32>, %z: memref<200xf32>):
  nn.equation sum [100, 300] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<100xf32>) -> ()
  nn.equation map [200] reads(%z) [#cell] writes(%z) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %b = arith.addf %a, %a : f32
    nn.yield %b : f32
  } : (memref<200xf32>, memref<200xf32>) -> ()
}

// The sum is that of @first, the map is another one.
// CHECK-NOT: func.func @second$0
// CHECK-LABEL: func.func @second$1
nn.kernel @second frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<100xf32>, %z: memref<200xf32>):
  nn.equation sum [100, 300] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<100xf32>) -> ()
  nn.equation map [200] reads(%z) [#cell] writes(%z) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    nn.yield %b : f32
  } : (memref<200xf32>, memref<200xf32>) -> ()
}

// So is the sum here, and what has another length is another one.
// CHECK-NOT: func.func @third$0
// CHECK-LABEL: func.func @fourth$0
nn.kernel @third frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<100xf32>):
  nn.equation sum [100, 300] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<100xf32>) -> ()
}
nn.kernel @fourth frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x301xf32>, %y: memref<100xf32>):
  nn.equation sum [100, 301] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x301xf32>, memref<100xf32>) -> ()
}

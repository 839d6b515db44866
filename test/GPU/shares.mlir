// A cell with many points gets several threads where cells are few: neighbours along what is read, or the warps of a block for 32
// cells side by side.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#all = affine_map<(r, i) -> (r, i)>
#row = affine_map<(r, i) -> (r)>
#column = affine_map<(i, r) -> (i)>
#turned = affine_map<(i, r) -> (r, i)>
#none = affine_map<(r, i) -> ()>

// 100 rows of 300: 64 threads a row, 4 rows a block. Lanes meet by halves, the two warps of a row in shared memory; the first thread stores.
// CHECK: memref.global "private" @rows$0$shared : memref<2x128xf32, 3> = uninitialized {alignment = 16 : i64}
// CHECK-LABEL: func.func @rows$0(%arg0: memref<100x300xf32>, %arg1: memref<100xf32>) attributes {nn.block_threads = 256 : i64}
// CHECK: %[[SHARED:.*]] = memref.get_global @rows$0$shared
// CHECK: %[[RANK:.*]] = arith.remui %{{.*}}, %c64
// CHECK: scf.for {{.*}} to %c100
// CHECK: %[[OWN:.*]] = scf.for %[[I:.*]] = %[[RANK]] to %c300 step %c64
// CHECK: memref.load %arg0[%{{.*}}, %[[I]]]
// CHECK: llvm.call_intrinsic "llvm.nvvm.shfl.sync.bfly.f32"(%c-1_i32, %[[OWN]], %c16_i32, %c31_i32)
// CHECK-COUNT-4: shfl.sync.bfly.f32
// CHECK: memref.store %{{.*}}, %[[SHARED]]
// CHECK: barrier.cta.sync.aligned.all
// CHECK: memref.load %[[SHARED]][%c0,
// CHECK: memref.load %[[SHARED]][%c1,
// CHECK: barrier.cta.sync.aligned.all
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[RANK]], %c0
// CHECK: memref.store %{{.*}}, %arg1
nn.kernel @rows frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<100xf32>):
  nn.equation sum [100, 300] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<100xf32>) -> ()
}

// Sums of 300 columns of 100: 25 threads would do, 16 do, 32 columns side by side a block; no lanes meet.
// CHECK: memref.global "private" @columns$0$shared : memref<16x32xf32, 3>
// CHECK-LABEL: func.func @columns$0({{.*}}) attributes {nn.block_threads = 512 : i64}
// CHECK: %[[RANK:.*]] = arith.divui %{{.*}}, %c32
// CHECK: scf.for %[[R:.*]] = %[[RANK]] to %c100 step %c16
// CHECK-NOT: shfl
// CHECK: barrier.cta.sync.aligned.all
nn.kernel @columns frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<300xf32>):
  nn.equation sum [300, 100] reads(%x) [#turned] writes(%y) #column attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<300xf32>) -> ()
}

// One cell has a block; a maximum adds to what is there as any other.
// CHECK-LABEL: func.func @one$0({{.*}}) attributes {nn.block_threads = 1024 : i64}
// CHECK: %[[OLD:.*]] = memref.load %arg1[]
// CHECK: arith.maximumf %[[OLD]],
nn.kernel @one frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<f32>):
  nn.equation max [100, 300] reads(%x) [#all] writes(%y) #none accumulate attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<100x300xf32>, memref<f32>) -> ()
}

// Enough cells for a GPU: a thread each.
// CHECK-LABEL: func.func @many$0({{.*}}) attributes {nn.block_threads = 256 : i64}
// CHECK-NOT: barrier
nn.kernel @many frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<60000x300xf32>, %y: memref<60000xf32>):
  nn.equation sum [60000, 300] reads(%x) [#all] writes(%y) #row attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<60000x300xf32>, memref<60000xf32>) -> ()
}

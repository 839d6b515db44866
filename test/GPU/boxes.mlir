// Which factors come by boxes of tensors on sm_90a: the attribute of a kernel there says for each of its maps the operand, and of each
// axis, the last one first, its size, its stride in bytes, the points of a box and the step between them.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#left = affine_map<(b, o, i) -> (b, i)>
#right = affine_map<(b, o, i) -> (o, i)>
#result = affine_map<(b, o, i) -> (b, o)>

// Both lie along the sum, whose end is the end of the tensor: 52 words are three parts and a quarter of one, which is filled with 0. Thread
// 0 claims a stage, tells its barrier of 8192 bytes and starts two copies; nobody else has a part in them. There are no barriers of
// the block but for the one behind which barriers are there.
// CHECK-LABEL: func.func @dense$0$sm_90a(
// CHECK-SAME: memref<900x52xi32>, %{{.*}}: memref<1000x900xf32>, %[[X:.*]]: !llvm.ptr, %[[W:.*]]: !llvm.ptr) attributes
// CHECK-SAME: nn.shared_bytes = 32832 : i64
// CHECK-SAME: nn.tensors = [array<i64: 0, 52, 4, 16, 1, 1000, 208, 64, 1>, array<i64: 1, 52, 4, 16, 1, 900, 208, 64, 1>]
// CHECK-DAG: %[[ONE:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-DAG: %[[WARPS:.*]] = llvm.mlir.constant(8 : i32)
// CHECK-DAG: %[[BYTES:.*]] = llvm.mlir.constant(8192 : i32)
// CHECK: llvm.call_intrinsic "llvm.nvvm.mbarrier.init.shared"({{.*}}, %[[ONE]])
// CHECK: llvm.call_intrinsic "llvm.nvvm.mbarrier.init.shared"({{.*}}, %[[WARPS]])
// CHECK: fence.proxy.async
// CHECK: barrier.cta.sync.aligned.all
// CHECK-NOT: barrier.cta.sync.aligned.all
// CHECK: scf.for
// CHECK: mbarrier.try.wait.parity
// CHECK: mbarrier.arrive.expect.tx.scope.cta.space.cta"(%[[FULL:[^,]*]], %[[BYTES]])
// CHECK: cp.async.bulk.tensor.g2s.tile.2d"(%{{.*}}, %[[FULL]], %[[X]],
// CHECK: cp.async.bulk.tensor.g2s.tile.2d"(%{{.*}}, %[[FULL]], %[[W]],
// CHECK: scf.for
// CHECK: mbarrier.try.wait.parity
// CHECK: bar.warp.sync
// CHECK: wgmma.fence
// CHECK: wgmma.mma_async
// CHECK: wgmma.commit_group
// CHECK: wgmma.wait_group.sync.aligned 1;
// CHECK: mbarrier.arrive.shared
// CHECK: cp.async.bulk.tensor.g2s.tile.2d
// CHECK: wgmma.wait_group.sync.aligned 0;
// CHECK-NOT: cp.async.commit.group
// CHECK-NOT: barrier.cta.sync.aligned.all
// CHECK: return
nn.kernel @dense frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<1000x52xi32>, %w: memref<900x52xi32>, %y: memref<1000x900xf32>):
  nn.equation sum [1000, 900, 52] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<1000x52xi32>, memref<900x52xi32>, memref<1000x900xf32>) -> ()
}

// One factor by boxes, the other one by threads, whose warps arrive, too.
// CHECK-LABEL: func.func @mixed$0$sm_90a(
// CHECK-SAME: nn.tensors = [array<i64: 0, 64, 4, 16, 1, 1000, 256, 64, 1>]
// CHECK-DAG: %[[BYTES:.*]] = llvm.mlir.constant(4096 : i32)
// CHECK-DAG: %[[WARPS:.*]] = llvm.mlir.constant(8 : i32)
// CHECK-DAG: %[[ARRIVE:.*]] = llvm.mlir.constant(9 : i32)
// CHECK: llvm.call_intrinsic "llvm.nvvm.mbarrier.init.shared"({{.*}}, %[[ARRIVE]])
// CHECK: llvm.call_intrinsic "llvm.nvvm.mbarrier.init.shared"({{.*}}, %[[WARPS]])
// CHECK: mbarrier.arrive.expect.tx.scope.cta.space.cta"(%{{.*}}, %[[BYTES]])
// CHECK: cp.async.bulk.tensor.g2s.tile.2d
// CHECK: cp.async.ca.shared.global.4
// CHECK: cp.async.commit.group
// CHECK: cp.async.wait.group"(%c2_i32)
// CHECK: fence.proxy.async
// CHECK: bar.warp.sync
// CHECK: mbarrier.arrive.shared
// CHECK: mbarrier.try.wait.parity
#across = affine_map<(b, o, i) -> (i, o)>
nn.kernel @mixed frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<1000x64xi32>, %w: memref<64x900xi32>, %y: memref<1000x900xf32>):
  nn.equation sum [1000, 900, 64] reads(%x, %w) [#left, #across] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<1000x64xi32>, memref<64x900xi32>, memref<1000x900xf32>) -> ()
}

// A window of 3 x 3 over pictures of 16 x 16 that are filled with 0 outside: 64 lines of a tile are four rows of a picture. Words are 32
// channels at nine places.
// CHECK-LABEL: func.func @window$0$sm_90a(
// CHECK-SAME: nn.tensors = [array<i64: 0, 32, 4, 16, 1, 16, 128, 16, 1, 16, 2048, 4, 1, 32, 32768, 1, 1>, array<i64: 1, 288, 4, 16, 1, 64, 1152, 64, 1>]
#around = affine_map<(n, o, y, x, v, u, c) -> (n, y + v - 1, x + u - 1, c)>
#weights = affine_map<(n, o, y, x, v, u, c) -> (o, v, u, c)>
#picture = affine_map<(n, o, y, x, v, u, c) -> (n, y, x, o)>
nn.kernel @window frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<32x16x16x32xi32>, %w: memref<64x3x3x32xi32>, %y: memref<32x16x16x64xf32>):
  nn.equation sum [32, 64, 16, 16, 3, 3, 32] reads(%x, %w) [#around, #weights] writes(%y) #picture fill [0 : i32, unit] attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<32x16x16x32xi32>, memref<64x3x3x32xi32>, memref<32x16x16x64xf32>) -> ()
}

// Every second place: points of a box are two apart. 64 lines are a picture.
// CHECK-LABEL: func.func @strided$0$sm_90a(
// CHECK-SAME: nn.tensors = [array<i64: 0, 32, 4, 16, 1, 17, 128, 8, 2, 17, 2176, 8, 2, 128, 36992, 1, 1>, array<i64: 1, 288, 4, 16, 1, 64, 1152, 64, 1>]
#second = affine_map<(n, o, y, x, v, u, c) -> (n, y * 2 + v, x * 2 + u, c)>
nn.kernel @strided frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<128x17x17x32xi32>, %w: memref<64x3x3x32xi32>, %y: memref<128x8x8x64xf32>):
  nn.equation sum [128, 64, 8, 8, 3, 3, 32] reads(%x, %w) [#second, #weights] writes(%y) #picture attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<128x17x17x32xi32>, memref<64x3x3x32xi32>, memref<128x8x8x64xf32>) -> ()
}

// Windows of one place: all places of all pictures are one axis, whatever the size of a picture. 36 words behind others are no end of
// the tensor: those come by threads.
// CHECK-LABEL: func.func @places$0$sm_90a(
// CHECK-SAME: nn.tensors = [array<i64: 0, 36, 4, 16, 1, 16928, 144, 64, 1>]
#place = affine_map<(n, o, y, x, v, u, c) -> (n, y + v, x + u, c)>
#part = affine_map<(n, o, y, x, v, u, c) -> (o, c)>
nn.kernel @places frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<32x23x23x36xi32>, %w: memref<64x52xi32>, %y: memref<32x23x23x64xf32>):
  nn.equation sum [32, 64, 23, 23, 1, 1, 36] reads(%x, %w) [#place, #part] writes(%y) #picture attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<32x23x23x36xi32>, memref<64x52xi32>, memref<32x23x23x64xf32>) -> ()
}

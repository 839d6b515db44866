// A sum of products of two factors is done by tiles, whatever its maps; what has few rows or columns is not.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#left = affine_map<(b, o, i) -> (b, i)>
#right = affine_map<(b, o, i) -> (i, o)>
#result = affine_map<(b, o, i) -> (b, o)>

// Four tiles of 32 x 32 cover 50 x 40; a part of a factor is 16 steps of 32, there are four of them, and each thread copies two words
// of each. Nothing comes from beyond the 37 terms. Three parts are on their way before the loop, two while one is computed with.
// CHECK-DAG: memref.global "private" @dense$0$left : memref<4x16x32xf32, 3>
// CHECK-DAG: memref.global "private" @dense$0$right : memref<4x16x32xf32, 3>
// CHECK-LABEL: func.func @dense$0({{.*}}) attributes {nn.block_threads = 256 : i64}
// CHECK: scf.for %{{.*}} to %c4 step
// CHECK: barrier.cta.sync.aligned.all
// CHECK-COUNT-3: cp.async.commit.group
// CHECK-NOT: cp.async.commit.group
// CHECK: scf.for %{{.*}} = %c0 to %c37 step %c16 iter_args
// CHECK: cp.async.wait.group"(%c2_i32)
// CHECK: barrier.cta.sync.aligned.all
// CHECK: %[[BYTES:.*]] = arith.select %{{.*}}, %c4_i32, %c0_i32
// CHECK: llvm.call_intrinsic "llvm.nvvm.cp.async.ca.shared.global.4.s"(%{{.*}}, %{{.*}}, %[[BYTES]]) : (!llvm.ptr<3>, !llvm.ptr<1>, i32)
// CHECK: cp.async.commit.group
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : memref<4x16x32xf32, 3>, vector<2xf32>
// CHECK: math.fma
// CHECK: scf.yield
// CHECK: cp.async.wait.group"(%c0_i32)
// CHECK: scf.if
// CHECK: memref.store
nn.kernel @dense frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xf32>, %w: memref<37x40xf32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<50x37xf32>, memref<37x40xf32>, memref<50x40xf32>) -> ()
}

// CHECK-LABEL: func.func @narrow$0(
// CHECK-NOT: vector.load
nn.kernel @narrow frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xf32>, %w: memref<37x10xf32>, %y: memref<50x10xf32>):
  nn.equation sum [50, 10, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<50x37xf32>, memref<37x10xf32>, memref<50x10xf32>) -> ()
}

// Words of two bf16 go to tensor cores; a row of shared memory is a line of a factor.
// CHECK: memref.global "private" @pairs$0$left : memref<4x32x16xi32, 3>
// CHECK-LABEL: func.func @pairs$0(
// CHECK: llvm.call_intrinsic "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3"
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.bf16"
nn.kernel @pairs frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xi32>, %w: memref<37x40xi32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<50x37xi32>, memref<37x40xi32>, memref<50x40xf32>) -> ()
}

// Where tiles are large enough there is a kernel for sm_90a, too, whose stages are a ring (boxes.mlir): behind a fence and the barrier of
// a stage two products of 16 terms are begun, the second 32 bytes farther; those of the part before are waited for; then copies are
// started. Descriptors: mode 2, eight rows 512 bytes apart.
// CHECK-LABEL: func.func @groups$0(
// CHECK-NOT: wgmma
// CHECK: mma.m16n8k16.row.col.bf16
// CHECK: memref.global "public" @block_memory : memref<0xi8, 3> {alignment = 512 : i64}
// CHECK-LABEL: func.func @groups$0$sm_90a(
// CHECK-SAME: attributes {nn.block_threads = 256 : i64, nn.resident_blocks = 2 : i64, nn.shared_bytes = 32832 : i64,
// CHECK: %[[BEHIND:.*]] = llvm.mlir.constant(2 : i64)
// CHECK: %[[FIXED:.*]] = llvm.mlir.constant(-9223371899415756800 : i64)
// CHECK: scf.for {{.*}} iter_args
// CHECK: cp.async.wait.group
// CHECK-NEXT: llvm.inline_asm has_side_effects "fence.proxy.async.shared::cta;", "~{memory}"
// CHECK: mbarrier.try.wait.parity
// CHECK: %[[LEFT:.*]] = llvm.or %{{.*}}, %[[FIXED]]
// CHECK: %[[RIGHT:.*]] = llvm.or %{{.*}}, %[[FIXED]]
// CHECK: wgmma.fence.sync.aligned
// CHECK: llvm.inline_asm has_side_effects "{ .reg .pred p; setp.eq.u32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {{.*}} %[[LEFT]], %[[RIGHT]] :
// CHECK-DAG: %[[LEFT2:.*]] = llvm.add %[[LEFT]], %[[BEHIND]]
// CHECK-DAG: %[[RIGHT2:.*]] = llvm.add %[[RIGHT]], %[[BEHIND]]
// CHECK: wgmma.mma_async{{.*}} %[[LEFT2]], %[[RIGHT2]] :
// CHECK: wgmma.commit_group.sync.aligned
// CHECK: llvm.inline_asm has_side_effects "wgmma.wait_group.sync.aligned 1;"
// CHECK: cp.async.ca.shared.global.4.s
// CHECK: cp.async.commit.group
// CHECK: scf.yield
nn.kernel @groups frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<1000x52xi32>, %w: memref<52x900xi32>, %y: memref<1000x900xf32>):
  nn.equation sum [1000, 900, 52] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<1000x52xi32>, memref<52x900xi32>, memref<1000x900xf32>) -> ()
}

// Sixteen bytes at once where four neighbours are inside or outside together: along the sum of pairs, along the lines of f32. The other
// factor of this product lies across the lines.
// CHECK-LABEL: func.func @wide$0(
// CHECK: cp.async.ca.shared.global.4.s
// CHECK: cp.async.cg.shared.global.16.s
// CHECK: scf.for
nn.kernel @wide frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<2048x500xf32>, %w: memref<500x2048xf32>, %y: memref<2048x2048xf32>):
  nn.equation sum [2048, 2048, 500] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<2048x500xf32>, memref<500x2048xf32>, memref<2048x2048xf32>) -> ()
}

// Factors that are rounded to bf16 become words on the way: of 37 terms 19, the last of which is half empty. In f32 it is both factors
// that tensor cores want rounded, to tf32 at least.
// CHECK: memref.global "private" @packed$0$left : memref<2x32x16xi32, 3>
// CHECK-LABEL: func.func @packed$0(
// CHECK: scf.for %{{.*}} = %c0 to %c19 step %c16 iter_args
// CHECK: memref.load %arg0
// CHECK: llvm.call_intrinsic "llvm.nvvm.ff2bf16x2.rn"
// CHECK: ldmatrix.sync.aligned.m8n8.x4
// CHECK: mma.m16n8k16.row.col.bf16
// CHECK: memref.store %{{.*}} : memref<2x32x16xi32, 3>
// CHECK: scf.yield
nn.kernel @packed frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xf32>, %w: memref<37x40xf32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %r = nn.round %a mantissa 7 : f32
    %s = nn.round %b mantissa 7 : f32
    %p = arith.mulf %r, %s : f32
    nn.yield %p : f32
  } : (memref<50x37xf32>, memref<37x40xf32>, memref<50x40xf32>) -> ()
}

// CHECK: memref.global "private" @tf32$0$left : memref<2x32x16xi32, 3>
// CHECK-LABEL: func.func @tf32$0(
// CHECK: scf.for %{{.*}} = %c0 to %c37 step %c16 iter_args
// CHECK: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k8.row.col.tf32"
nn.kernel @tf32 frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xf32>, %w: memref<37x40xf32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %r = nn.round %a mantissa 10 : f32
    %s = nn.round %b mantissa 10 : f32
    %p = arith.mulf %r, %s : f32
    nn.yield %p : f32
  } : (memref<50x37xf32>, memref<37x40xf32>, memref<50x40xf32>) -> ()
}

// A factor that is computed goes through registers.
// CHECK-LABEL: func.func @rounded$0(
// CHECK: scf.for %{{.*}} to %c500 step %c16 iter_args
// CHECK: memref.load %arg0
// CHECK: cp.async.cg.shared.global.16.s
// CHECK: math.fma
// CHECK: memref.store
// CHECK: scf.yield
nn.kernel @rounded frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<2048x500xf32>, %w: memref<500x2048xf32>, %y: memref<2048x2048xf32>):
  nn.equation sum [2048, 2048, 500] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %r = nn.round %a mantissa 7 : f32
    %p = arith.mulf %r, %b : f32
    nn.yield %p : f32
  } : (memref<2048x500xf32>, memref<500x2048xf32>, memref<2048x2048xf32>) -> ()
}

// A number of a table ends the sum over the examples of a batch: it is read once. One that differs from term to term is none.
// CHECK-LABEL: func.func @gradient$0(
// CHECK: %[[COUNT:.*]] = memref.load %arg2[] : memref<i32>
// CHECK-NOT: memref.load %arg2
// CHECK: cp.async.ca.shared.global.4.s
// CHECK-LABEL: func.func @mixed$0(
// CHECK-NOT: cp.async
nn.kernel @gradient frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<83x50xf32>, %x: memref<83x40xf32>, %n: memref<i32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 83] reads(%g, %x) [affine_map<(o, i, b)[n] -> (b, o)>, affine_map<(o, i, b)[n] -> (b, i)>]
      tables(%n) [affine_map<(o, i, b)[n] -> ()>] writes(%y) affine_map<(o, i, b)[n] -> (o, i)>
      where affine_set<(o, i, b)[n] : (n - b - 1 >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<83x50xf32>, memref<83x40xf32>, memref<i32>, memref<50x40xf32>) -> ()
}
nn.kernel @mixed frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<83x50xf32>, %x: memref<83x40xf32>, %n: memref<83xi32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 83] reads(%g, %x) [affine_map<(o, i, b)[n] -> (b, o)>, affine_map<(o, i, b)[n] -> (b, i)>]
      tables(%n) [affine_map<(o, i, b)[n] -> (b)>] writes(%y) affine_map<(o, i, b)[n] -> (o, i)>
      where affine_set<(o, i, b)[n] : (n - o - 1 >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<83x50xf32>, memref<83x40xf32>, memref<83xi32>, memref<50x40xf32>) -> ()
}

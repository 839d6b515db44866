// A sum of products of two factors is done by tiles, whatever its maps; what has few rows or columns is not.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#left = affine_map<(b, o, i) -> (b, i)>
#right = affine_map<(b, o, i) -> (i, o)>
#result = affine_map<(b, o, i) -> (b, o)>

// Four tiles of 32 x 32 cover 50 x 40; a part of a factor is 16 steps of 32, and each thread brings two words of it.
// CHECK-DAG: memref.global "private" @dense$0$left : memref<2x16x36xf32, 3>
// CHECK-DAG: memref.global "private" @dense$0$right : memref<2x16x36xf32, 3>
// CHECK-LABEL: func.func @dense$0({{.*}}) attributes {nn.block_threads = 256 : i64}
// CHECK: scf.for %{{.*}} to %c4 step
// CHECK: barrier.cta.sync.aligned.all
// CHECK: scf.for %{{.*}} = %c0 to %c37 step %c16 iter_args
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : memref<2x16x36xf32, 3>, vector<2xf32>
// CHECK: math.fma
// CHECK: barrier.cta.sync.aligned.all
// CHECK: scf.yield
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
// CHECK: memref.global "private" @pairs$0$left : memref<2x32x20xi32, 3>
// CHECK-LABEL: func.func @pairs$0(
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.mma.m16n8k16.row.col.bf16"
nn.kernel @pairs frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xi32>, %w: memref<37x40xi32>, %y: memref<50x40xf32>):
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%y) #result attributes {nn.form = "owner"} {
  ^bb0(%a: i32, %b: i32):
    %p = nn.dot_pairs %a, %b : f32
    nn.yield %p : f32
  } : (memref<50x37xi32>, memref<37x40xi32>, memref<50x40xf32>) -> ()
}

// Sums of products of pairs are one instruction where there is one, in vectors of cells and in dot form; the inner loop holds nothing else
// but loads. Elsewhere they are two operations of f32.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512bf16 --canonicalize --cse | FileCheck %s
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s --check-prefix=PLAIN

// CHECK-LABEL: func.func @cells
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>,
// CHECK-NOT: arith.{{shli|andi|extf}}
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK-NOT: arith.{{shli|andi|extf}}
// CHECK: scf.yield
// PLAIN-LABEL: func.func @cells
// PLAIN: arith.andi
// PLAIN: vector.fma
// PLAIN: arith.shli
// PLAIN: vector.fma
// PLAIN-NOT: dpbf16ps
nn.kernel @cells frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<392x256xi32>, %x: memref<64x392xi32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 392] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: i32, %v: i32):
    %p = nn.dot_pairs %w, %v : f32
    nn.yield %p : f32
  } : (memref<392x256xi32>, memref<64x392xi32>, memref<64x256xf32>) -> ()
}

// CHECK-LABEL: func.func @dots
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>,
// CHECK: vector.load %arg0{{.*}} vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK: scf.yield
// CHECK: vector.shuffle
nn.kernel @dots frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<256x392xi32>, %x: memref<64x392xi32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 392] reads(%W, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: i32, %v: i32):
    %p = nn.dot_pairs %w, %v : f32
    nn.yield %p : f32
  } : (memref<256x392xi32>, memref<64x392xi32>, memref<64x256xf32>) -> ()
}

// Neighbours are read as two vectors that lie together, not gathered.
// CHECK-LABEL: func.func @words
// CHECK-NOT: vector.gather
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31]
// CHECK: arith.shrui
// CHECK: arith.ori
// CHECK: vector.store {{.*}} vector<16xi32>
nn.kernel @words frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x512xf32>, %y: memref<64x256xi32>):
  nn.equation map [64, 256] reads(%x, %x) [affine_map<(b, i) -> (b, 2 * i)>, affine_map<(b, i) -> (b, 2 * i + 1)>]
      writes(%y) affine_map<(b, i) -> (b, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = nn.pair %a, %b : i32
    nn.yield %p : i32
  } : (memref<64x512xf32>, memref<64x512xf32>, memref<64x256xi32>) -> ()
}

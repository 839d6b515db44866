// A contraction keeps its accumulators in registers: vectors along the index of unit stride, a tile of rows, the reduction innermost.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s --check-prefix=AVX512
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx2 --canonicalize --cse | FileCheck %s --check-prefix=AVX2

// AVX512-LABEL: func.func @dense
// AVX512-SAME: %arg3: index, %arg4: index, %arg5: memref<0xi8>
// AVX512: scf.for {{.*}} = %arg3 to %arg4 step
// AVX512: scf.for
// AVX512: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>,
// AVX512: vector.load %arg0{{.*}} vector<16xf32>
// AVX512: memref.load %arg1
// AVX512: vector.broadcast
// AVX512: vector.fma {{.*}} vector<16xf32>
// AVX512: scf.yield
// AVX512: vector.store

// AVX2-LABEL: func.func @dense
// AVX2: iter_args({{.*}}) -> (vector<8xf32>,
// AVX2: vector.fma {{.*}} vector<8xf32>
nn.kernel @dense frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<784x256xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 784] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<784x256xf32>, memref<64x784xf32>, memref<64x256xf32>) -> ()
}

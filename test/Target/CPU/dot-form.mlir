// With the reduced index along memory, lanes hold partial sums that meet after the loop, in a fixed order.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>,
// CHECK: vector.load %arg0{{.*}} vector<16xf32>
// CHECK: vector.load %arg1{{.*}} vector<16xf32>
// CHECK: vector.fma
// Sixteen cells meet in four rounds: halves, quarters, eighths, single lanes; cells side by side are stored together.
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
// CHECK: vector.shuffle {{.*}} [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29]
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
// CHECK-NOT: vector.reduction
// CHECK: vector.store
nn.kernel @dense frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<256x784xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 784] reads(%W, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<256x784xf32>, memref<64x784xf32>, memref<64x256xf32>) -> ()
}

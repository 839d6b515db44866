// With the reduced index along memory, lanes hold partial sums that meet after the loop, in a fixed order.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>,
// CHECK: vector.load %arg0{{.*}} vector<16xf32>
// CHECK: vector.load %arg1{{.*}} vector<16xf32>
// CHECK: vector.fma
// CHECK: vector.reduction <add>, {{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK: memref.store
nn.kernel @dense frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<256x784xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 784] reads(%W, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<256x784xf32>, memref<64x784xf32>, memref<64x256xf32>) -> ()
}

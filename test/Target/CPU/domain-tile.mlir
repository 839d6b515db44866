// A condition on a summed index, as that a row of a batch is an example, ends the index's loop; the cells are tiled as without it.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @gradient
// CHECK: arith.minsi {{.*}} : index
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>,
// CHECK-NOT: arith.select
// CHECK: vector.fma
nn.kernel @gradient frame 256 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<64x256xf32>, %x: memref<64x512xf32>, %count: memref<i32>, %dw: memref<256x512xf32>):
  nn.equation sum [64, 256, 512] reads(%g, %x) [affine_map<(b, o, i) -> (b, o)>, affine_map<(b, o, i) -> (b, i)>]
      tables(%count) [affine_map<(b, o, i) -> ()>] writes(%dw) affine_map<(b, o, i) -> (o, i)>
      where affine_set<(b, o, i)[n] : (n - b - 1 >= 0)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
  ^bb0(%s: f32, %t: f32):
    %p = arith.mulf %s, %t : f32
    nn.yield %p : f32
  } : (memref<64x256xf32>, memref<64x512xf32>, memref<i32>, memref<256x512xf32>) -> ()
}

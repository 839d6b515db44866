// 28 places are two vectors, the second one partial, in one tile with 6 channels: each weight is read once for both.
// Vectors of a window lie in two lines of the cache each, so a tile of rows would read twice as much as it multiplies.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @window
// CHECK: vector.load %arg1
// CHECK: vector.maskedload %arg1
// CHECK-NOT: {{load %arg1}}
// CHECK: scf.yield {{.*}} : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>{{$}}
// CHECK: vector.store {{.*}}, %arg2[%c0, {{.*}}, %c0]
// CHECK: %[[MASK:.*]] = vector.constant_mask [12] : vector<16xi1>
// CHECK: vector.maskedstore %arg2[%c0, {{.*}}, %c16], %[[MASK]]
nn.kernel @window frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<6x5x5xf32>, %x: memref<32x32xf32>, %y: memref<6x28x28xf32>):
  nn.equation sum [6, 28, 28, 5, 5] reads(%w, %x) [affine_map<(k, i, j, u, v) -> (k, u, v)>, affine_map<(k, i, j, u, v) -> (i + u, j + v)>]
      writes(%y) affine_map<(k, i, j, u, v) -> (k, i, j)> attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<6x5x5xf32>, memref<32x32xf32>, memref<6x28x28xf32>) -> ()
}

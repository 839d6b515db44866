// The gradient of windows of two: cells along the places of a result have one between each other. Both are in the tile,
// and are stored together; reads of every second element load what the lanes in use need.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @windows
// 14 of 16 lanes read elements 0, 2, .., 26: a whole vector and 12 of the next one, from element 15 on.
// CHECK: vector.load %arg1[{{.*}}, %c0] : memref<6x28xf32>, vector<16xf32>
// CHECK: %[[REST:.*]] = vector.constant_mask [12] : vector<16xi1>
// CHECK: vector.maskedload %arg1[{{.*}}, %c15], %[[REST]]
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31]
// CHECK: arith.select
// CHECK: vector.shuffle {{.*}} [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK: vector.store {{.*}}, %arg2[{{.*}}, %c0] : memref<6x28xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31]
// CHECK: vector.maskedstore %arg2[{{.*}}, %c16], %[[REST]]
// CHECK-NOT: vector.gather
nn.kernel @windows frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<6x14xf32>, %x: memref<6x28xf32>, %r: memref<6x28xf32>):
  nn.equation map [6, 14, 2] reads(%g, %x) [affine_map<(k, j, v) -> (k, j)>, affine_map<(k, j, v) -> (k, j * 2 + v)>]
      writes(%r) affine_map<(k, j, v) -> (k, j * 2 + v)> attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %zero = arith.constant 0.0 : f32
    %is = arith.cmpf ogt, %b, %zero : f32
    %s = arith.select %is, %a, %zero : f32
    nn.yield %s : f32
  } : (memref<6x14xf32>, memref<6x28xf32>, memref<6x28xf32>) -> ()
}

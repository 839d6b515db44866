// Conditions on other indices do not keep a contraction from its register tile: they bound loops around it.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// The gradient of a weight, over the examples that a batch has: a tile of several vectors.
// CHECK-LABEL: func.func @weight_gradient
// CHECK: %[[END:.*]] = arith.minsi {{.*}} : index
// CHECK: scf.for {{.*}} to %[[END]] {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
// CHECK-NOT: arith.select
// CHECK: return
nn.kernel @weight_gradient frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<32x64xf32>, %x: memref<32x48xf32>, %n: memref<i32>, %y: memref<64x48xf32>):
  nn.equation sum [32, 64, 48] reads(%g, %x) [affine_map<(b, o, i)[s] -> (b, o)>, affine_map<(b, o, i)[s] -> (b, i)>]
      tables(%n) [affine_map<(b, o, i)[s] -> ()>] writes(%y) affine_map<(b, o, i)[s] -> (o, i)>
      where affine_set<(b, o, i)[s] : (s - b - 1 >= 0)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<32x64xf32>, memref<32x48xf32>, memref<i32>, memref<64x48xf32>) -> ()
}

// The gradient of the input of a convolution: places outside of the window bound the loop over it; a tile of examples.
// CHECK-LABEL: func.func @input_gradient
// CHECK: %[[HIGH:.*]] = arith.minsi
// CHECK: %[[LOW:.*]] = arith.maxsi
// CHECK: scf.for {{.*}} = %[[LOW]] to %[[HIGH]] {{.*}} -> (vector<16xf32>, vector<16xf32>
// CHECK-NOT: arith.select
// CHECK: return
nn.kernel @input_gradient frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%k: memref<3x8x16xf32>, %g: memref<64x10x8xf32>, %y: memref<64x12x16xf32>):
  nn.equation sum [64, 12, 16, 3, 8] reads(%k, %g) [affine_map<(b, p, c, u, o) -> (u, o, c)>, affine_map<(b, p, c, u, o) -> (b, p - u, o)>]
      writes(%y) affine_map<(b, p, c, u, o) -> (b, p, c)>
      where affine_set<(b, p, c, u, o) : (p - u >= 0, u - p + 9 >= 0)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<3x8x16xf32>, memref<64x10x8xf32>, memref<64x12x16xf32>) -> ()
}

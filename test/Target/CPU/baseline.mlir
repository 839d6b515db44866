// The oldest x86-64: vectors of 128 bits, and no fused operations, which would be calls of the C library.
// RUN: %nn-opt %s --nn-emit-cpu=isa=baseline --nn-expand-math --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK: iter_args({{.*}}) -> (vector<4xf32>,
// CHECK-NOT: fma
// CHECK: %[[P:.*]] = arith.mulf {{.*}} vector<4xf32>
// CHECK-NEXT: arith.addf %[[P]]
// CHECK-NOT: fma
// CHECK: return
nn.kernel @dense frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<784x256xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 784] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<784x256xf32>, memref<64x784xf32>, memref<64x256xf32>) -> ()
}

// Reducing the argument of a sine takes short parts of pi there; a division by a constant stays one.
// CHECK-LABEL: func.func @functions
// CHECK-NOT: fma
// CHECK: arith.constant dense<-1.5703125> : vector<4xf32>
// CHECK-NOT: fma
// CHECK: arith.divf
// CHECK-NOT: fma
// CHECK: return
nn.kernel @functions frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %y: memref<16xf32>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %three = arith.constant 3.0 : f32
    %c = math.sin %v : f32
    %q = arith.divf %c, %three : f32
    nn.yield %q : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
}

// Maps that read a contraction's result cell by cell run on its accumulators, before they are stored; see Note [Maps of results].
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// A step by a gradient: weights and moments are asked for before the sum, the gradient is never stored.
// CHECK-LABEL: func.func @momentum
// CHECK-COUNT-24: memref.prefetch %arg2[
// CHECK-COUNT-24: memref.prefetch %arg3[
// CHECK: %[[SUM:[0-9]+]]:24 = scf.for
// CHECK: scf.yield
// CHECK: vector.load %arg2
// CHECK-NEXT: %[[V:.*]] = arith.addf {{.*}}, %[[SUM]]#0
// CHECK-NEXT: vector.store %[[V]], %arg4
// CHECK-NEXT: vector.load %arg3
// CHECK-NEXT: %[[W:.*]] = arith.subf {{.*}}, %[[V]]
// CHECK-NEXT: vector.store %[[W]], %arg5
// CHECK-NOT: vector.store {{.*}}, %view
// CHECK: return
nn.kernel @momentum frame 512 grain 64 attributes {nn.workspace_bytes = 131072 : i64} {
^bb0(%x: memref<256x512xf32>, %g: memref<256x512xf32>, %v: memref<512x512xf32>, %w: memref<512x512xf32>, %v1: memref<512x512xf32>,
     %w1: memref<512x512xf32>):
  %d = nn.scratch axis 0 offset 0 : memref<512x512xf32>
  nn.equation sum [256, 512, 512] reads(%x, %g) [affine_map<(b, k, o) -> (b, k)>, affine_map<(b, k, o) -> (b, o)>]
      writes(%d) affine_map<(b, k, o) -> (k, o)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<256x512xf32>, memref<256x512xf32>, memref<512x512xf32>) -> ()
  nn.equation map [512, 512] reads(%v, %d) [affine_map<(o, k) -> (k, o)>, affine_map<(o, k) -> (k, o)>]
      writes(%v1) affine_map<(o, k) -> (k, o)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %a, %c : f32
    nn.yield %s : f32
  } : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  nn.equation map [512, 512] reads(%w, %v1) [affine_map<(k, o) -> (k, o)>, affine_map<(k, o) -> (k, o)>]
      writes(%w1) affine_map<(k, o) -> (k, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %s = arith.subf %a, %c : f32
    nn.yield %s : f32
  } : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
}

// What is written may lie where the sum reads the rows of the stripe: other tiles need them still.
// CHECK-LABEL: func.func @rows
// CHECK: %[[SUM:[0-9]+]]:24 = scf.for
// CHECK: vector.store %[[SUM]]#0, %view
// CHECK-NOT: , %arg2[
// CHECK: vector.store {{.*}}, %arg2
// CHECK: return
nn.kernel @rows frame 256 grain 64 attributes {nn.workspace_bytes = 131072 : i64} {
^bb0(%x: memref<256x512xf32>, %w: memref<512x512xf32>, %y: memref<256x512xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<256x512xf32>
  nn.equation sum [256, 512, 512] reads(%x, %w) [affine_map<(b, o, k) -> (b, k)>, affine_map<(b, o, k) -> (k, o)>]
      writes(%h) affine_map<(b, o, k) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<256x512xf32>, memref<512x512xf32>, memref<256x512xf32>) -> ()
  nn.equation map [256, 512] reads(%h) [affine_map<(b, o) -> (b, o)>] writes(%y) affine_map<(b, o) -> (b, o)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = arith.negf %a : f32
    nn.yield %s : f32
  } : (memref<256x512xf32>, memref<256x512xf32>) -> ()
}

// A later equation reads the sum of other cells: it is stored, and the map before runs on the accumulators all the same.
// CHECK-LABEL: func.func @stored
// CHECK: %[[SUM:[0-9]+]]:24 = scf.for
// CHECK: vector.store %[[SUM]]#0, %view
// CHECK-NEXT: %[[R:.*]] = arith.negf %[[SUM]]#0
// CHECK-NEXT: vector.store %[[R]], %arg2
// CHECK: vector.gather %view
// CHECK: return
nn.kernel @stored frame 256 grain 64 attributes {nn.workspace_bytes = 65536 : i64} {
^bb0(%x: memref<256x512xf32>, %w: memref<512x256xf32>, %y: memref<256x256xf32>, %z: memref<256x256xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<256x256xf32>
  nn.equation sum [256, 256, 512] reads(%x, %w) [affine_map<(b, o, k) -> (b, k)>, affine_map<(b, o, k) -> (k, o)>]
      writes(%h) affine_map<(b, o, k) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (memref<256x512xf32>, memref<512x256xf32>, memref<256x256xf32>) -> ()
  nn.equation map [256, 256] reads(%h) [affine_map<(b, o) -> (b, o)>] writes(%y) affine_map<(b, o) -> (b, o)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = arith.negf %a : f32
    nn.yield %s : f32
  } : (memref<256x256xf32>, memref<256x256xf32>) -> ()
  nn.equation map [256, 256] reads(%h) [affine_map<(b, o) -> (b, -o + 255)>] writes(%z) affine_map<(b, o) -> (b, o)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = arith.negf %a : f32
    nn.yield %s : f32
  } : (memref<256x256xf32>, memref<256x256xf32>) -> ()
}

// Maps over one box that share functions of what they read run in one loop: the functions are computed once, and what the next one reads
// is not read back. Not where one may write what the other touches at another point.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @derivative
// CHECK: vector.load %arg0
// CHECK-NOT: vector.load
// CHECK: math.exp
// CHECK-NOT: math.exp
// CHECK: vector.store {{.*}}, %arg1
// CHECK-NEXT: vector.store {{.*}}, %arg2
// CHECK: return
nn.kernel @derivative frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %y: memref<16xf32>, %dx: memref<16xf32>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %e = math.exp %v : f32
    %s = arith.addf %e, %v : f32
    nn.yield %s : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%dx) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %one = arith.constant 1.0 : f32
    %e = math.exp %v : f32
    %s = arith.addf %e, %one : f32
    nn.yield %s : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
}

// The second one reads what the first one is about to store, in place.
// CHECK-LABEL: func.func @update
// CHECK: scf.for
// CHECK: vector.load %arg0
// CHECK: %[[R:.*]] = math.sqrt
// CHECK: %[[M:.*]] = arith.addf %[[R]]
// CHECK: vector.load %arg3
// CHECK-NOT: vector.load
// CHECK-NOT: math.sqrt
// CHECK: arith.subf %{{.*}}, %[[M]]
// CHECK: arith.mulf %{{.*}}, %[[R]]
// CHECK: vector.store %[[M]], %arg2
// CHECK-NEXT: vector.store {{.*}}, %arg4
// CHECK-NOT: scf.for
// CHECK: return
nn.kernel @update frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<64x16xf32>, %m: memref<64x16xf32>, %m1: memref<64x16xf32>, %w: memref<64x16xf32>, %w1: memref<64x16xf32>):
  nn.equation map [64, 16] reads(%g, %m) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>] writes(%m1)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %r = math.sqrt %a : f32
    %s = arith.addf %r, %c : f32
    nn.yield %s : f32
  } : (memref<64x16xf32>, memref<64x16xf32>, memref<64x16xf32>) -> ()
  nn.equation map [64, 16] reads(%w, %m1, %g) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>]
      writes(%w1) affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32, %d: f32):
    %r = math.sqrt %d : f32
    %s = arith.subf %a, %c : f32
    %p = arith.mulf %s, %r : f32
    nn.yield %p : f32
  } : (memref<64x16xf32>, memref<64x16xf32>, memref<64x16xf32>, memref<64x16xf32>) -> ()
}

// The second one reads a mirrored buffer, which may be the one that the first one writes.
// CHECK-LABEL: func.func @mirrored
// CHECK: scf.for
// CHECK: vector.store {{.*}}, %arg1
// CHECK: scf.for
// CHECK: vector.store {{.*}}, %arg3
// CHECK: return
nn.kernel @mirrored frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x48xf32>, %y: memref<64x48xf32>, %z: memref<64x48xf32>, %u: memref<64x48xf32>):
  nn.equation map [64, 48] reads(%x) [affine_map<(r, i) -> (r, i)>] writes(%y)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = math.sqrt %a : f32
    nn.yield %s : f32
  } : (memref<64x48xf32>, memref<64x48xf32>) -> ()
  nn.equation map [64, 48] reads(%x, %z) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, -i + 47)>] writes(%u)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %r = math.sqrt %a : f32
    %s = arith.addf %r, %c : f32
    nn.yield %s : f32
  } : (memref<64x48xf32>, memref<64x48xf32>, memref<64x48xf32>) -> ()
}

// What the second one writes lies where the first one reads, with longer rows.
// CHECK-LABEL: func.func @reused
// CHECK: vector.store {{.*}}, %arg2
// CHECK: scf.for
// CHECK: vector.store {{.*}}, %view
// CHECK: return
nn.kernel @reused frame 64 grain 16 attributes {nn.workspace_bytes = 4096 : i64} {
^bb0(%x: memref<64x32xf32>, %y: memref<64x32xf32>, %z: memref<64x32xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<64x32xf32>
  %k = nn.scratch axis 0 offset 1024 : memref<64x48xf32>
  nn.equation map [64, 32] reads(%x, %h) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>] writes(%z)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %c: f32):
    %r = math.sqrt %a : f32
    %s = arith.addf %r, %c : f32
    nn.yield %s : f32
  } : (memref<64x32xf32>, memref<64x32xf32>, memref<64x32xf32>) -> ()
  nn.equation map [64, 32] reads(%x) [affine_map<(r, i) -> (r, i)>] writes(%k)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = math.sqrt %a : f32
    nn.yield %s : f32
  } : (memref<64x32xf32>, memref<64x48xf32>) -> ()
}

// Nothing costly is shared: what the second one reads is still in the first cache.
// CHECK-LABEL: func.func @cheap
// CHECK: scf.for
// CHECK: vector.store {{.*}}, %arg1
// CHECK: scf.for
// CHECK: vector.store {{.*}}, %arg2
// CHECK: return
nn.kernel @cheap frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x16xf32>, %y: memref<64x16xf32>, %z: memref<64x16xf32>):
  nn.equation map [64, 16] reads(%x) [affine_map<(r, i) -> (r, i)>] writes(%y)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = arith.negf %a : f32
    nn.yield %s : f32
  } : (memref<64x16xf32>, memref<64x16xf32>) -> ()
  nn.equation map [64, 16] reads(%x) [affine_map<(r, i) -> (r, i)>] writes(%z)
      affine_map<(r, i) -> (r, i)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32):
    %s = arith.addf %a, %a : f32
    nn.yield %s : f32
  } : (memref<64x16xf32>, memref<64x16xf32>) -> ()
}

// What a reduction reads in long strides is asked for some steps before.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// Rows of 6 kB, of which a tile reads a piece each.
// CHECK-LABEL: func.func @rows
// CHECK: %[[LATER:.*]] = arith.addi %[[K:.*]], %c8
// CHECK: memref.prefetch %arg0[%[[LATER]], %[[O:.*]]], read, locality<3>, data
// CHECK-NEXT: vector.load %arg0[%[[K]], %[[O]]]
nn.kernel @rows frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<384x1536xf32>, %x: memref<64x384xf32>, %y: memref<64x1536xf32>):
  nn.equation sum [64, 1536, 384] reads(%w, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<384x1536xf32>, memref<64x384xf32>, memref<64x1536xf32>) -> ()
}

// Pieces that follow each other are left to the processor.
// CHECK-LABEL: func.func @panels
// CHECK-NOT: memref.prefetch
// CHECK: return
nn.kernel @panels frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<24x384x64xf32>, %x: memref<64x384xf32>, %y: memref<64x1536xf32>):
  nn.equation sum [64, 24, 64, 384] reads(%w, %x) [affine_map<(b, p, o, i) -> (p, i, o)>, affine_map<(b, p, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, p, o, i) -> (b, p * 64 + o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<24x384x64xf32>, memref<64x384xf32>, memref<64x1536xf32>) -> ()
}

// Three loops that walk on with one stride are one: the innermost has three steps, all of them 4608.
// CHECK-LABEL: func.func @nest
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK: %[[LATER:.*]] = arith.addi %[[V:.*]], %c8
// CHECK-NEXT: memref.prefetch %arg0[%[[C:.*]], %[[U:.*]], %[[LATER]], %[[O:.*]]], read
// CHECK-NEXT: vector.load %arg0[%[[C]], %[[U]], %[[V]], %[[O]]]
nn.kernel @nest frame 32 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<512x3x3x512xf32>, %x: memref<32x512x6x6xf32>, %y: memref<32x4x4x512xf32>):
  nn.equation sum [32, 512, 4, 4, 512, 3, 3]
      reads(%w, %x) [affine_map<(b, o, i, j, c, u, v) -> (c, u, v, o)>, affine_map<(b, o, i, j, c, u, v) -> (b, c, i + u, j + v)>]
      writes(%y) affine_map<(b, o, i, j, c, u, v) -> (b, i, j, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<512x3x3x512xf32>, memref<32x512x6x6xf32>, memref<32x4x4x512xf32>) -> ()
}

// A sum that has ended by then asks for nothing.
// CHECK-LABEL: func.func @short
// CHECK-NOT: memref.prefetch
// CHECK: return
nn.kernel @short frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<12x1536xf32>, %x: memref<64x12xf32>, %y: memref<64x1536xf32>):
  nn.equation sum [64, 1536, 12] reads(%w, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<12x1536xf32>, memref<64x12xf32>, memref<64x1536xf32>) -> ()
}

// The loops around a register tile move few bytes between caches.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// A product whose right side exceeds the cache: its columns are the outer loop, the rows of a stripe the inner one, so that a panel of
// the large side is read once.
// CHECK-LABEL: func.func @rows_inside
// CHECK: scf.for %[[B:.*]] = %arg3 to %arg4
// CHECK: scf.for %[[O:.*]] = %c0 to %c1536
// CHECK: scf.for %[[T:.*]] = %c0 to %c{{[0-9]+}} step
// CHECK: scf.for {{.*}} -> (vector<16xf32>
// CHECK: vector.load %arg0[%{{.*}}, %[[O]]]
nn.kernel @rows_inside frame 8 grain 1 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<384x1536xf32>, %x: memref<8x256x384xf32>, %y: memref<8x256x1536xf32>):
  nn.equation sum [8, 256, 1536, 384] reads(%w, %x) [affine_map<(b, t, o, i) -> (i, o)>, affine_map<(b, t, o, i) -> (b, t, i)>]
      writes(%y) affine_map<(b, t, o, i) -> (b, t, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<384x1536xf32>, memref<8x256x384xf32>, memref<8x256x1536xf32>) -> ()
}

// A long sum: all tiles of the stripe take a block of it before any takes the next one. Cells are cleared first and go on from what they hold.
// CHECK-LABEL: func.func @blocks
// CHECK: scf.for %[[START:.*]] = %arg3 to %arg4
// CHECK: vector.store %cst{{.*}}, %arg2
// CHECK: scf.for %[[K:.*]] = %c0 to %c8192 step %[[BLOCK:.*]] {
// CHECK: scf.for
// CHECK: vector.load %arg2
// CHECK: %[[NEXT:.*]] = arith.addi %[[K]], %[[BLOCK]]
// CHECK: %[[END:.*]] = arith.minsi %[[NEXT]], %c8192
// CHECK: scf.for {{.*}} = %[[K]] to %[[END]]
// CHECK: vector.store {{.*}}, %arg2
nn.kernel @blocks frame 64 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%g: memref<8192x64xf32>, %x: memref<8192x512xf32>, %y: memref<64x512xf32>):
  nn.equation sum [8192, 64, 512] reads(%g, %x) [affine_map<(k, o, i) -> (k, o)>, affine_map<(k, o, i) -> (k, i)>]
      writes(%y) affine_map<(k, o, i) -> (o, i)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<8192x64xf32>, memref<8192x512xf32>, memref<64x512xf32>) -> ()
}

// The gradient of a weight that many inputs meet: tiles run along the long rows of the large operand, which no cache holds, so that a
// block has few of them. The loop over one example is none to cut.
// CHECK-LABEL: func.func @streams
// CHECK: scf.for %[[K:.*]] = %c0 to %c2708 step %c32 {
// CHECK: %[[NEXT:.*]] = arith.addi %[[K]], %c32
// CHECK: %[[END:.*]] = arith.minsi %[[NEXT]], %c2708
// CHECK: scf.for {{.*}} = %[[K]] to %[[END]]
nn.kernel @streams frame 1424 grain 356 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<1x2708x1424xf32>, %g: memref<1x2708x16xf32>, %y: memref<1424x16xf32>):
  nn.equation sum [1, 16, 2708, 1424] reads(%x, %g) [affine_map<(b, o, k, i) -> (b, k, i)>, affine_map<(b, o, k, i) -> (b, k, o)>]
      writes(%y) affine_map<(b, o, k, i) -> (i, o)> attributes {nn.frame = 3 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<1x2708x1424xf32>, memref<1x2708x16xf32>, memref<1424x16xf32>) -> ()
}

// Rows that a cache holds are not many streams.
// CHECK-LABEL: func.func @near
// CHECK-NOT: arith.minsi
nn.kernel @near frame 1424 grain 356 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<90x1424xf32>, %g: memref<90x16xf32>, %y: memref<1424x16xf32>):
  nn.equation sum [16, 90, 1424] reads(%x, %g) [affine_map<(o, k, i) -> (k, i)>, affine_map<(o, k, i) -> (k, o)>]
      writes(%y) affine_map<(o, k, i) -> (i, o)> attributes {nn.frame = 2 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<90x1424xf32>, memref<90x16xf32>, memref<1424x16xf32>) -> ()
}

// Channels innermost, rows of 2 kB: the lines that the window touches for one channel push each other out, so that channels are the innermost loop.
// CHECK-LABEL: func.func @channels_last
// CHECK: scf.for %[[START:.*]] = %c0 to %c512 step %c53 {
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %[[START]] to %{{.*}} step %c1 iter_args
nn.kernel @channels_last frame 32 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<512x3x3x512xf32>, %x: memref<32x6x6x512xf32>, %y: memref<32x4x4x512xf32>):
  nn.equation sum [32, 512, 4, 4, 512, 3, 3]
      reads(%w, %x) [affine_map<(b, o, i, j, c, u, v) -> (c, u, v, o)>, affine_map<(b, o, i, j, c, u, v) -> (b, i + u, j + v, c)>]
      writes(%y) affine_map<(b, o, i, j, c, u, v) -> (b, i, j, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<512x3x3x512xf32>, memref<32x6x6x512xf32>, memref<32x4x4x512xf32>) -> ()
}

// Rows of 272 bytes lie in sets of their own; the window stays innermost.
// CHECK-LABEL: func.func @apart
// CHECK: scf.for %{{.*}} = %c0 to %c68 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
nn.kernel @apart frame 32 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<68x3x3x64xf32>, %x: memref<32x6x6x68xf32>, %y: memref<32x4x4x64xf32>):
  nn.equation sum [32, 64, 4, 4, 68, 3, 3]
      reads(%w, %x) [affine_map<(b, o, i, j, c, u, v) -> (c, u, v, o)>, affine_map<(b, o, i, j, c, u, v) -> (b, i + u, j + v, c)>]
      writes(%y) affine_map<(b, o, i, j, c, u, v) -> (b, i, j, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<68x3x3x64xf32>, memref<32x6x6x68xf32>, memref<32x4x4x64xf32>) -> ()
}

// The gradient of a strided convolution: the few values of a phase, between ends that conditions decide, are the outer loop of the sum, the
// channels the inner one. The condition 2 a + r >= 1 is such an end, so nothing is tested inside.
// CHECK-LABEL: func.func @phases
// CHECK: arith.maxsi
// CHECK: %[[LOW:.*]] = arith.maxsi
// CHECK: scf.for {{.*}} = %[[LOW]] to %c2 {{.*}} -> (vector<16xf32>
// CHECK: scf.for {{.*}} = %c0 to %c128 {{.*}} -> (vector<16xf32>
// CHECK-NOT: arith.select
// CHECK-NOT: arith.maxsi
// CHECK: scf.yield
nn.kernel @phases frame 8 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<128x3x64xf32>, %g: memref<8x16x128xf32>, %y: memref<8x32x64xf32>):
  nn.equation sum [8, 128, 16, 64, 2, 2] reads(%w, %g) [affine_map<(b, o, q, c, r, a) -> (o, a * 2 + r - 1, c)>, affine_map<(b, o, q, c, r, a) -> (b, q - a + 1, o)>]
      writes(%y) affine_map<(b, o, q, c, r, a) -> (b, q * 2 + r, c)>
      where affine_set<(b, o, q, c, r, a) : (q - a + 1 >= 0, -q + a + 14 >= 0, a * 2 + r - 1 >= 0)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32, %u: f32):
    %p = arith.mulf %v, %u : f32
    nn.yield %p : f32
  } : (memref<128x3x64xf32>, memref<8x16x128xf32>, memref<8x32x64xf32>) -> ()
}

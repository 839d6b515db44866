// The gradient of a weight: 2048 points in 64 x 96 cells are six tiles of 32 x 32. Eight parts of 256 points each are one product more in
// scratch, then they are added, and the update goes on there.
// RUN: %nn-opt %s --nn-split-sums | FileCheck %s
// RUN: %nn-opt %s --nn-split-sums --nn-emit-gpu | FileCheck %s --check-prefix=PIECES

#left = affine_map<(i, j, b) -> (b, i)>
#right = affine_map<(i, j, b) -> (b, j)>
#result = affine_map<(i, j, b) -> (i, j)>
#cell = affine_map<(i, j) -> (i, j)>

// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2, d3) -> (d3 * 256 + d2, d0)>
// CHECK-DAG: #[[RIGHT:.*]] = affine_map<(d0, d1, d2, d3) -> (d3 * 256 + d2, d1)>
// CHECK-DAG: #[[PART:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>
// CHECK-DAG: #[[READ:.*]] = affine_map<(d0, d1, d2) -> (d2, d0, d1)>
// CHECK-LABEL: nn.kernel @gradient
// CHECK: %[[G:.*]] = nn.scratch
// CHECK: %[[PARTS:.*]] = nn.scratch {{.*}} : memref<8x64x96xf32>
// CHECK: nn.equation sum [64, 96, 256, 8] reads(%{{.*}}, %{{.*}}) [#[[LEFT]], #[[RIGHT]]] writes(%[[PARTS]]) #[[PART]] attributes
// CHECK: arith.mulf
// CHECK: nn.equation sum [64, 96, 8] reads(%[[PARTS]]) [#[[READ]]] writes(%[[G]])
// CHECK: nn.equation map
// PIECES: func.func @gradient$0({{.*}}: memref<2048x64xf32>, {{.*}}: memref<2048x96xf32>, {{.*}}: memref<8x64x96xf32>)
// PIECES: func.func @gradient$1({{.*}}: memref<8x64x96xf32>, {{.*}}: memref<64x96xf32>)
// PIECES-NOT: func.func @gradient$2
nn.kernel @gradient frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<2048x64xf32>, %dy: memref<2048x96xf32>, %w: memref<64x96xf32>):
  %g = nn.scratch axis 0 offset 0 : memref<64x96xf32>
  nn.equation sum [64, 96, 2048] reads(%x, %dy) [#left, #right] writes(%g) #result attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<2048x64xf32>, memref<2048x96xf32>, memref<64x96xf32>) -> ()
  nn.equation map [64, 96] reads(%w, %g) [#cell, #cell] writes(%w) #cell attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
    %s = arith.subf %a, %b : f32
    nn.yield %s : f32
  } : (memref<64x96xf32>, memref<64x96xf32>, memref<64x96xf32>) -> ()
}

// Tiles enough, or too few points: as it is.
// CHECK-LABEL: nn.kernel @forward
// CHECK: nn.equation sum [2048, 1024, 512]
// CHECK-NOT: nn.equation
nn.kernel @forward frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<512x2048xf32>, %dy: memref<512x1024xf32>, %w: memref<2048x1024xf32>):
  nn.equation sum [2048, 1024, 512] reads(%x, %dy) [#left, #right] writes(%w) #result attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<512x2048xf32>, memref<512x1024xf32>, memref<2048x1024xf32>) -> ()
}

// Sums of a kernel with outer places stay whole: they are done by stripes.
// CHECK-LABEL: nn.kernel @places frame 4096
// CHECK-NOT: nn.scratch
// CHECK: nn.equation sum [1, 4096, 64, 4096]
#w = affine_map<(b, i, e, j) -> (b, i, j)>
#v = affine_map<(b, i, e, j) -> (b, j, e)>
#y = affine_map<(b, i, e, j) -> (b, i, e)>
nn.kernel @places frame 4096 grain 16 attributes {nn.outer = array<i64: 1>, nn.workspace_bytes = 0 : i64} {
^bb0(%w: memref<1x4096x4096xf32>, %v: memref<1x4096x64xf32>, %y: memref<1x4096x64xf32>):
  nn.equation sum [1, 4096, 64, 4096] reads(%w, %v) [#w, #v] writes(%y) #y attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<1x4096x4096xf32>, memref<1x4096x64xf32>, memref<1x4096x64xf32>) -> ()
}

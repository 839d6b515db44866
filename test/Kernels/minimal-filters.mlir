// Windows of three are summed with four products for two results where that spares more than its transforms cost.
// RUN: %nn-opt %s --nn-minimal-filters | FileCheck %s

// 256 channels, 8 x 8 places: along both axes, 16 products instead of 36. The filter is transformed before the signal is
// padded, so that its products lie in one piece and no kernel of theirs has to begin with it.
// CHECK: #[[FIRST:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d3 * 2 + (d1 + 2) floordiv 3, d4)>
// CHECK: #[[SECOND:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d3 * 2 + d1 floordiv 3 + 2, d4)>
// CHECK-LABEL: func.func @deep
// CHECK: nn.equation map [4, 256, 256, 3] reads(%arg1, %arg1, %arg1)
// CHECK: %[[Z:.+]] = nn.equation map [32, 256, 10, 10]
// CHECK: nn.equation map [4, 4, 256, 256]
// CHECK: nn.equation map [32, 4, 256, 4, 10] reads(%[[Z]], %[[Z]]) [#[[FIRST]], #[[SECOND]]]
// CHECK: nn.equation map [32, 4, 4, 256, 4, 4]
// CHECK: nn.equation sum [32, 256, 4, 4, 256, 4, 4]
// CHECK: nn.equation map [32, 4, 256, 4, 4, 2]
// CHECK: nn.equation map [32, 256, 4, 8, 2]
// CHECK: return
func.func @deep(%x: tensor<32x256x8x8xf32>, %w: tensor<256x256x3x3xf32>) -> tensor<32x256x8x8xf32> {
  %z = nn.equation map [32, 256, 10, 10] reads(%x) [affine_map<(b, c, i, j) -> (b, c, i - 1, j - 1)>]
      writes affine_map<(b, c, i, j) -> (b, c, i, j)> fill [0.0 : f32] {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<32x256x8x8xf32>) -> tensor<32x256x10x10xf32>
  %y = nn.equation sum [32, 256, 8, 8, 256, 3, 3] reads(%w, %z)
      [affine_map<(b, o, i, j, c, u, v) -> (o, c, u, v)>, affine_map<(b, o, i, j, c, u, v) -> (b, c, i + u, j + v)>]
      writes affine_map<(b, o, i, j, c, u, v) -> (b, o, i, j)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<256x256x3x3xf32>, tensor<32x256x10x10xf32>) -> tensor<32x256x8x8xf32>
  return %y : tensor<32x256x8x8xf32>
}

// One picture: the filter's transform would cost more than it spares.
// CHECK-LABEL: func.func @single
// CHECK-NOT: nn.equation map
// CHECK: return
func.func @single(%x: tensor<256x10x10xf32>, %w: tensor<256x256x3x3xf32>) -> tensor<256x8x8xf32> {
  %y = nn.equation sum [256, 8, 8, 256, 3, 3] reads(%w, %x)
      [affine_map<(o, i, j, c, u, v) -> (o, c, u, v)>, affine_map<(o, i, j, c, u, v) -> (c, i + u, j + v)>]
      writes affine_map<(o, i, j, c, u, v) -> (o, i, j)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<256x256x3x3xf32>, tensor<256x10x10xf32>) -> tensor<256x8x8xf32>
  return %y : tensor<256x8x8xf32>
}

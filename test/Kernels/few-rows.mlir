// A frame of fewer rows than a register tile has is shared by two threads where it takes long, and else is not.
// RUN: %nn-opt %s --nn-form-kernels | FileCheck %s

// CHECK: nn.kernel @k frame 6 grain 3
// CHECK: nn.equation sum [64, 32, 32, 6, 5, 5]
// CHECK: func.func @long
func.func @long(%x: tensor<64x6x36x36xf32> {nn.binding = #nn.bind<arg, "x">}, %g: tensor<64x32x32xf32> {nn.binding = #nn.bind<arg, "g">})
    -> (tensor<6x5x5xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [64, 32, 32, 6, 5, 5] reads(%x, %g) [affine_map<(b, i, j, c, u, v) -> (b, c, i + u, j + v)>, affine_map<(b, i, j, c, u, v) -> (b, i, j)>]
      writes affine_map<(b, i, j, c, u, v) -> (c, u, v)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<64x6x36x36xf32>, tensor<64x32x32xf32>) -> tensor<6x5x5xf32>
  return %y : tensor<6x5x5xf32>
}

// CHECK: nn.kernel @k_0 frame 6 grain 6
// CHECK: nn.equation sum [4, 32, 32, 6, 5, 5]
// CHECK: func.func @short
func.func @short(%x: tensor<4x6x36x36xf32> {nn.binding = #nn.bind<arg, "x">}, %g: tensor<4x32x32xf32> {nn.binding = #nn.bind<arg, "g">})
    -> (tensor<6x5x5xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [4, 32, 32, 6, 5, 5] reads(%x, %g) [affine_map<(b, i, j, c, u, v) -> (b, c, i + u, j + v)>, affine_map<(b, i, j, c, u, v) -> (b, i, j)>]
      writes affine_map<(b, i, j, c, u, v) -> (c, u, v)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<4x6x36x36xf32>, tensor<4x32x32xf32>) -> tensor<6x5x5xf32>
  return %y : tensor<6x5x5xf32>
}

// What takes little, such as the mean of a row, does without a register tile: a stripe is one example, which the second cache holds.
// CHECK: nn.kernel @k_1 frame 8 grain 1
// CHECK: nn.equation sum [8, 256, 384]
// CHECK: nn.equation sum [8, 256, 1536, 384]
// CHECK: func.func @means
func.func @means(%x: tensor<8x256x384xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<384x1536xf32> {nn.binding = #nn.bind<arg, "w">})
    -> (tensor<8x256x1536xf32> {nn.binding = #nn.bind<output, "0">}) {
  %m = nn.equation sum [8, 256, 384] reads(%x) [affine_map<(b, p, i) -> (b, p, i)>] writes affine_map<(b, p, i) -> (b, p)> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<8x256x384xf32>) -> tensor<8x256xf32>
  %n = nn.equation map [8, 256, 384] reads(%x, %m) [affine_map<(b, p, i) -> (b, p, i)>, affine_map<(b, p, i) -> (b, p)>]
      writes affine_map<(b, p, i) -> (b, p, i)> {
  ^bb0(%a: f32, %c: f32):
    %d = arith.subf %a, %c : f32
    nn.yield %d : f32
  } : (tensor<8x256x384xf32>, tensor<8x256xf32>) -> tensor<8x256x384xf32>
  %y = nn.equation sum [8, 256, 1536, 384] reads(%n, %w) [affine_map<(b, p, o, i) -> (b, p, i)>, affine_map<(b, p, o, i) -> (i, o)>]
      writes affine_map<(b, p, o, i) -> (b, p, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<8x256x384xf32>, tensor<384x1536xf32>) -> tensor<8x256x1536xf32>
  return %y : tensor<8x256x1536xf32>
}

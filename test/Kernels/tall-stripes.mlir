// Stripes are tall where each of them reads an operand from memory whole.
// RUN: %nn-opt %s --nn-form-kernels | FileCheck %s

// 12 MB in a stripe: a quarter of the rows each.
// CHECK: nn.kernel @k frame 384 grain 96
// CHECK: nn.equation sum [2048, 1536, 384]
// CHECK: func.func @wide
func.func @wide(%x: tensor<2048x384xf32> {nn.binding = #nn.bind<arg, "x">}, %g: tensor<2048x1536xf32> {nn.binding = #nn.bind<arg, "g">})
    -> (tensor<384x1536xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [2048, 1536, 384] reads(%x, %g) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (b, o)>]
      writes affine_map<(b, o, i) -> (i, o)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<2048x384xf32>, tensor<2048x1536xf32>) -> tensor<384x1536xf32>
  return %y : tensor<384x1536xf32>
}

// 3 MB, which a shared cache may hold.
// CHECK: nn.kernel @k_0 frame 384 grain 64
// CHECK: nn.equation sum [2048, 384, 384]
// CHECK: func.func @narrow
func.func @narrow(%x: tensor<2048x384xf32> {nn.binding = #nn.bind<arg, "x">}, %g: tensor<2048x384xf32> {nn.binding = #nn.bind<arg, "g">})
    -> (tensor<384x384xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [2048, 384, 384] reads(%x, %g) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (b, o)>]
      writes affine_map<(b, o, i) -> (i, o)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<2048x384xf32>, tensor<2048x384xf32>) -> tensor<384x384xf32>
  return %y : tensor<384x384xf32>
}

// Each stripe reads two matrices of 2 MB that the second cache does not hold, so it is tall although the values between
// them, 6 KB for each row, then fill much of that cache.
// CHECK: nn.kernel @k_1 frame 256 grain 64
// CHECK: nn.equation sum [256, 1536, 384]
// CHECK: nn.equation sum [256, 384, 1536]
// CHECK: func.func @chain
func.func @chain(%x: tensor<256x384xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<384x1536xf32> {nn.binding = #nn.bind<arg, "w">},
                 %v: tensor<1536x384xf32> {nn.binding = #nn.bind<arg, "v">})
    -> (tensor<256x384xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [256, 1536, 384] reads(%x, %w) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (i, o)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<256x384xf32>, tensor<384x1536xf32>) -> tensor<256x1536xf32>
  %z = nn.equation sum [256, 384, 1536] reads(%y, %v) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (i, o)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %d: f32):
    %p = arith.mulf %a, %d : f32
    nn.yield %p : f32
  } : (tensor<256x1536xf32>, tensor<1536x384xf32>) -> tensor<256x384xf32>
  return %z : tensor<256x384xf32>
}

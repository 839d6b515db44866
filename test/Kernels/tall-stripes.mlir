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
// CHECK: nn.kernel @k_0 frame 384 grain 32
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

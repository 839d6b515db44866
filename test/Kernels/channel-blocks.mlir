// A convolution of one image whose weight no cache holds: its stripes run along channels, since those along rows of the image would read
// all of the weight each. Then channels may be innermost, too, and a stripe is some vectors of them.
// RUN: %nn-opt %s --nn-form-kernels --nn-assign-layouts | FileCheck %s
#k = affine_map<(o, i, j, c, u, v) -> (o, c, u, v)>
#x = affine_map<(o, i, j, c, u, v) -> (c, i + u, j + v)>
#y = affine_map<(o, i, j, c, u, v) -> (o, i, j)>
#id = affine_map<(o, i, j) -> (o, i, j)>

// CHECK: nn.kernel @{{.*}} frame 512 grain {{32|64|96|128}} {
// CHECK: %[[S:.+]] = nn.scratch axis 2 : memref<4x4x512xf32>
// CHECK: nn.equation sum {{.*}} writes(%[[S]])
nn.parameter @K : tensor<512x512x3x3xf32> kind "weight"
func.func @layer(%K: tensor<512x512x3x3xf32> {nn.binding = #nn.bind<param, "K">}, %x: tensor<512x6x6xf32> {nn.binding = #nn.bind<field, "x">})
    -> (tensor<512x4x4xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [512, 4, 4, 512, 3, 3] reads(%K, %x) [#k, #x] writes #y {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<512x512x3x3xf32>, tensor<512x6x6xf32>) -> tensor<512x4x4xf32>
  %r = nn.equation map [512, 4, 4] reads(%y) [#id] writes #id {
  ^bb0(%a: f32):
    %e = math.exp %a : f32
    nn.yield %e : f32
  } : (tensor<512x4x4xf32>) -> tensor<512x4x4xf32>
  return %r : tensor<512x4x4xf32>
}

// Sums that several points share: serial within the range of a frame, from zero.
// RUN: %nn-opt %s --nn-form-kernels | FileCheck %s

// The feature index is the frame: ranges of it touch different cells.
// CHECK: nn.kernel @k frame 8
// CHECK: nn.equation sum [99, 8] {{.*}} attributes {nn.form = "scatter", nn.frame = 1 : i64, nn.init}
// CHECK: func.func @groups
func.func @groups(%m: tensor<99x8xf32> {nn.binding = #nn.bind<arg, "m">}, %to: tensor<99xi32> {nn.binding = #nn.bind<arg, "to">})
    -> (tensor<20x8xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [99, 8] reads(%m) [affine_map<(e, f)[s] -> (e, f)>] tables(%to) [affine_map<(e, f)[s] -> (e)>] below [20]
      writes affine_map<(e, f)[s] -> (s, f)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<99x8xf32>, tensor<99xi32>) -> tensor<20x8xf32>
  return %y : tensor<20x8xf32>
}

// A window that was not pulled, and one whose cells are only partly reached.
// CHECK: nn.kernel @k_0 frame 0
// CHECK: attributes {nn.form = "scatter", nn.init}
// CHECK: nn.kernel @k_1 frame 3 grain 3
// CHECK: attributes {nn.form = "owner", nn.frame = 0 : i64, nn.init}
// CHECK: func.func @partly
func.func @partly(%m: tensor<4x3xf32> {nn.binding = #nn.bind<arg, "m">})
    -> (tensor<6xf32> {nn.binding = #nn.bind<output, "0">}, tensor<3x9xf32> {nn.binding = #nn.bind<output, "1">}) {
  %y = nn.equation sum [4, 3] reads(%m) [affine_map<(i, u) -> (i, u)>] writes affine_map<(i, u) -> (i + u)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x3xf32>) -> tensor<6xf32>
  %z = nn.equation sum [3, 4] reads(%m) [affine_map<(i, j) -> (j, i)>] writes affine_map<(i, j) -> (i, 2 * j)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x3xf32>) -> tensor<3x9xf32>
  return %y, %z : tensor<6xf32>, tensor<3x9xf32>
}

// An unchanged parameter is no result; an argument that is returned is copied.
// CHECK: nn.kernel @k_2 frame 3
// CHECK: nn.equation map [3]
// CHECK: func.func @same(%arg0: memref<3xf32> {nn.binding = #nn.bind<param, "w">}, %arg1: memref<3xf32> {nn.binding = #nn.bind<output, "0">, nn.result})
func.func @same(%w: tensor<3xf32> {nn.binding = #nn.bind<param, "w">})
    -> (tensor<3xf32> {nn.binding = #nn.bind<param, "w">}, tensor<3xf32> {nn.binding = #nn.bind<output, "0">}) {
  return %w, %w : tensor<3xf32>, tensor<3xf32>
}

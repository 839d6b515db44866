// A weight is stored for the contractions that use it, the same in every function and for its optimizer's states.
// RUN: %nn-opt %s --nn-form-kernels --nn-assign-layouts | FileCheck %s

// Only forward, with a wide result: the output index is innermost. Checkpoints keep the logical order.
// CHECK: nn.parameter @wide : tensor<256x784xf32> kind "weight" {nn.layout = array<i64: 1, 0>}
// CHECK: nn.state_var @wide.m : tensor<256x784xf32> role "optimizer" {nn.layout = array<i64: 1, 0>}
// A narrow result would waste most of a vector: the reduced index stays innermost.
// CHECK: nn.parameter @narrow : tensor<3x256xf32> kind "weight"{{$}}
// What traces, by heavier equations that would have it otherwise, does not decide.
// CHECK: nn.parameter @traced : tensor<256x784xf32> kind "weight" {nn.layout = array<i64: 1, 0>}
// CHECK: nn.parameter @run : tensor<256x784xf32> kind "weight"{{$}}
nn.parameter @wide : tensor<256x784xf32> kind "weight"
nn.state_var @wide.m : tensor<256x784xf32> role "optimizer"
nn.parameter @narrow : tensor<3x256xf32> kind "weight"
nn.parameter @traced : tensor<256x784xf32> kind "weight"
nn.parameter @run : tensor<256x784xf32> kind "weight"

// CHECK: func.func @forward(%arg0: memref<784x256xf32> {{.*}}, %arg1: memref<3x256xf32> {{.*}}, %arg2: memref<64x784xf32>
func.func @forward(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "wide">}, %v: tensor<3x256xf32> {nn.binding = #nn.bind<param, "narrow">},
    %x: tensor<64x784xf32> {nn.binding = #nn.bind<field, "x">}) -> (tensor<64x3xf32> {nn.binding = #nn.bind<output, "0">}) {
  %h = nn.equation sum [64, 256, 784] reads(%w, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<64x784xf32>) -> tensor<64x256xf32>
  %y = nn.equation sum [64, 3, 256] reads(%v, %h) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<3x256xf32>, tensor<64x256xf32>) -> tensor<64x3xf32>
  return %y : tensor<64x3xf32>
}

// The state follows its parameter through the update; here nothing but maps decides.
// CHECK: func.func @update(%arg0: memref<784x256xf32> {{.*}}, %arg1: memref<784x256xf32>
func.func @update(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "wide">}, %m: tensor<256x784xf32> {nn.binding = #nn.bind<state, "wide.m">})
    -> (tensor<256x784xf32> {nn.binding = #nn.bind<state, "wide.m">}) {
  %n = nn.equation map [256, 784] reads(%w, %m) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
      writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.addf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<256x784xf32>) -> tensor<256x784xf32>
  return %n : tensor<256x784xf32>
}

// A step, and a function that gives named values; the same two, where both run.
func.func @step(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "traced">}, %x: tensor<64x784xf32> {nn.binding = #nn.bind<field, "x">})
    -> (tensor<64x256xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [64, 256, 784] reads(%w, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<64x784xf32>) -> tensor<64x256xf32>
  return %y : tensor<64x256xf32>
}

func.func @trace(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "traced">}, %g: tensor<640x256xf32> {nn.binding = #nn.bind<field, "g">})
    -> (tensor<640x784xf32> {nn.binding = #nn.bind<output, "0">}) attributes {nn.trace} {
  %y = nn.equation sum [640, 784, 256] reads(%w, %g) [affine_map<(b, i, o) -> (o, i)>, affine_map<(b, i, o) -> (b, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<640x256xf32>) -> tensor<640x784xf32>
  return %y : tensor<640x784xf32>
}

func.func @other_step(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "run">}, %x: tensor<64x784xf32> {nn.binding = #nn.bind<field, "x">})
    -> (tensor<64x256xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [64, 256, 784] reads(%w, %x) [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<64x784xf32>) -> tensor<64x256xf32>
  return %y : tensor<64x256xf32>
}

func.func @backward(%w: tensor<256x784xf32> {nn.binding = #nn.bind<param, "run">}, %g: tensor<640x256xf32> {nn.binding = #nn.bind<field, "g">})
    -> (tensor<640x784xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [640, 784, 256] reads(%w, %g) [affine_map<(b, i, o) -> (o, i)>, affine_map<(b, i, o) -> (b, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<256x784xf32>, tensor<640x256xf32>) -> tensor<640x784xf32>
  return %y : tensor<640x784xf32>
}

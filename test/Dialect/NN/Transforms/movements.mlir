// Room around a tensor is made once, and what is written into it only to be cut off again is not computed.
// RUN: %nn-opt %s --nn-normalize --nn-simplify --split-input-file | FileCheck %s

// Two pads are one, a contraction reads it, and the condition that says the same as the fill is gone.
// CHECK: #[[INSIDE:.*]] = affine_map<(d0, d1) -> (d0 - 1, d1 - 1)>
// CHECK-LABEL: func.func @padded
// CHECK: %[[Z:.*]] = nn.equation map [6, 7] reads(%arg0) [#[[INSIDE]]]
// CHECK-SAME: fill [0.000000e+00 : f32]
// CHECK-NOT: arith.select
// CHECK: nn.equation sum [4, 5, 3, 3] reads(%[[Z]], %arg1)
// CHECK-NOT: fill
// CHECK: return
func.func @padded(%x: tensor<4x5xf32>, %k: tensor<3x3xf32>) -> tensor<4x5xf32> {
  %a = nn.equation map [6, 5] reads(%x) [affine_map<(i, j) -> (i - 1, j)>] writes affine_map<(i, j) -> (i, j)> fill [0.0 : f32] {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %one = arith.constant 1 : i32
    %end = arith.constant 5 : i32
    %zero = arith.constant 0.0 : f32
    %from = arith.cmpi sge, %i, %one : i32
    %to = arith.cmpi slt, %i, %end : i32
    %c = arith.andi %from, %to : i1
    %s = arith.select %c, %v, %zero : f32
    nn.yield %s : f32
  } : (tensor<4x5xf32>) -> tensor<6x5xf32>
  %z = nn.equation map [6, 7] reads(%a) [affine_map<(i, j) -> (i, j - 1)>] writes affine_map<(i, j) -> (i, j)> fill [0.0 : f32] {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6x5xf32>) -> tensor<6x7xf32>
  %y = nn.equation sum [4, 5, 3, 3] reads(%z, %k) [affine_map<(i, j, u, v) -> (i + u, j + v)>, affine_map<(i, j, u, v) -> (u, v)>]
      writes affine_map<(i, j, u, v) -> (i, j)> {
  ^bb0(%a0: f32, %b0: f32):
    %p = arith.mulf %a0, %b0 : f32
    nn.yield %p : f32
  } : (tensor<6x7xf32>, tensor<3x3xf32>) -> tensor<4x5xf32>
  return %y : tensor<4x5xf32>
}

// -----

// A condition that is narrower than the fill stays.
// CHECK-LABEL: func.func @narrower
// CHECK: arith.select
func.func @narrower(%x: tensor<4xf32>) -> tensor<6xf32> {
  %a = nn.equation map [6] reads(%x) [affine_map<(i) -> (i - 1)>] writes affine_map<(i) -> (i)> fill [0.0 : f32] {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %two = arith.constant 2 : i32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpi sge, %i, %two : i32
    %s = arith.select %c, %v, %zero : f32
    nn.yield %s : f32
  } : (tensor<4xf32>) -> tensor<6xf32>
  return %a : tensor<6xf32>
}

// -----

// The gradient of what was padded: written at once where the copies cut it out, without what they leave away.
// CHECK: #[[CUT:.*]] = affine_map<(d0, d1) -> (d0 + d1 - 1)>
// CHECK-LABEL: func.func @cut
// CHECK: nn.equation sum [4, 3] reads(%arg0, %arg1)
// CHECK-SAME: writes #[[CUT]] drop
// CHECK-NOT: nn.equation
// CHECK: return
func.func @cut(%dy: tensor<4xf32>, %k: tensor<3xf32>) -> tensor<4xf32> {
  %z = nn.equation sum [4, 3] reads(%dy, %k) [affine_map<(i, u) -> (i)>, affine_map<(i, u) -> (u)>] writes affine_map<(i, u) -> (i + u)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<4xf32>, tensor<3xf32>) -> tensor<6xf32>
  %x = nn.equation sum [6] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i - 1)> drop {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6xf32>) -> tensor<4xf32>
  return %x : tensor<4xf32>
}

// -----

// Part of a sum: only that part is computed, at its place, and nothing is dropped any more.
// CHECK: #[[PART:.*]] = affine_map<(d0, d1) -> (d0 + 2, d1)>
// CHECK-LABEL: func.func @part
// CHECK: nn.equation sum [3, 8] reads(%arg0) [#[[PART]]] writes #{{[a-z0-9]+}} {
// CHECK-NOT: nn.equation
// CHECK: return
func.func @part(%x: tensor<6x8xf32>) -> tensor<3xf32> {
  %s = nn.equation sum [6, 8] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6x8xf32>) -> tensor<6xf32>
  %p = nn.equation map [3] reads(%s) [affine_map<(i) -> (i + 2)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6xf32>) -> tensor<3xf32>
  return %p : tensor<3xf32>
}

// -----

// Two readers: the whole is computed once.
// CHECK-LABEL: func.func @shared
// CHECK: nn.equation sum [6, 8]
func.func @shared(%x: tensor<6x8xf32>) -> (tensor<3xf32>, tensor<6xf32>) {
  %s = nn.equation sum [6, 8] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6x8xf32>) -> tensor<6xf32>
  %p = nn.equation map [3] reads(%s) [affine_map<(i) -> (i + 2)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<6xf32>) -> tensor<3xf32>
  return %p, %s : tensor<3xf32>, tensor<6xf32>
}

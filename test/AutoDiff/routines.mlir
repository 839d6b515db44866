// Derivatives of routines are routines and equations, in both modes.
// RUN: %nn-opt %s --nn-differentiate --canonicalize --cse | FileCheck %s

// A system is solved once more, with the transposed matrix; the matrix gets the outer product.
// CHECK-LABEL: func.func @solve
func.func @solve(%a: tensor<3x3xf64>, %b: tensor<3x2xf64>, %g: tensor<3x2xf64>) -> (tensor<3x3xf64>, tensor<3x2xf64>) {
  // CHECK: %[[X:.*]] = nn.routine solve(%arg0, %arg1)
  // CHECK: %[[DX:.*]] = nn.equation map [3, 2]
  // CHECK: %[[T:.*]] = nn.equation map [3, 3] reads(%arg0)
  // CHECK: %[[DB:.*]] = nn.routine solve(%[[T]], %[[DX]])
  // CHECK: %[[P:.*]] = nn.equation sum [3, 3, 2] reads(%[[DB]], %[[X]])
  // CHECK: %[[DA:.*]] = nn.equation map [3, 3] reads(%[[P]])
  // CHECK: return %[[DA]], %[[DB]]
  %x = nn.routine solve(%a, %b) : (tensor<3x3xf64>, tensor<3x2xf64>) -> tensor<3x2xf64>
  %s = nn.equation sum [3, 2] reads(%x, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
  ^bb0(%u: f64, %v: f64):
    %p = arith.mulf %u, %v : f64
    nn.yield %p : f64
  } : (tensor<3x2xf64>, tensor<3x2xf64>) -> tensor<f64>
  %d:2 = nn.grad %s wrt (%a, %b) : tensor<f64>, tensor<3x3xf64>, tensor<3x2xf64> -> tensor<3x3xf64>, tensor<3x2xf64>
  return %d#0, %d#1 : tensor<3x3xf64>, tensor<3x2xf64>
}

// The transpose of a transform is the one with the other sign; a tangent is transformed like a value.
// CHECK-LABEL: func.func @fft
func.func @fft(%x: tensor<8x2xf32>, %v: tensor<8x2xf32>, %g: tensor<8x2xf32>) -> (tensor<8x2xf32>, tensor<8x2xf32>) {
  %y = nn.routine fft(%x) : (tensor<8x2xf32>) -> tensor<8x2xf32>
  %s = nn.equation sum [8, 2] reads(%y, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
  ^bb0(%u: f32, %w: f32):
    %p = arith.mulf %u, %w : f32
    nn.yield %p : f32
  } : (tensor<8x2xf32>, tensor<8x2xf32>) -> tensor<f32>
  // CHECK: %[[DX:.*]] = nn.routine fft_inverse(
  // CHECK: %[[T:.*]] = nn.routine fft(%arg1)
  // CHECK: return %[[DX]], %[[T]]
  %d = nn.grad %s wrt (%x) : tensor<f32>, tensor<8x2xf32> -> tensor<8x2xf32>
  %t = nn.jvp %y wrt %x along %v : tensor<8x2xf32>, tensor<8x2xf32>
  return %d, %t : tensor<8x2xf32>, tensor<8x2xf32>
}

// The values alone need no gaps between them.
// CHECK-LABEL: func.func @values
// CHECK-NOT: arith.divf
// CHECK: return
func.func @values(%a: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %w, %v = nn.routine eigh(%a) : (tensor<3x3xf64>) -> (tensor<3xf64>, tensor<3x3xf64>)
  %s = nn.equation sum [3] reads(%w) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%u: f64):
    nn.yield %u : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %d = nn.grad %s wrt (%a) : tensor<f64>, tensor<3x3xf64> -> tensor<3x3xf64>
  return %d : tensor<3x3xf64>
}

// What carries the number of a call is written once more behind the cotangent, from what was there before.
// CHECK-LABEL: func.func @again
func.func @again(%w: tensor<4xf32>, %z: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  // CHECK: %[[X:.*]] = nn.equation map [4] reads(%arg1)
  // CHECK: %[[Y:.*]] = nn.equation map [4] reads(%[[X]], %arg0)
  // CHECK: nn.equation sum [4]
  // CHECK: %[[ONE:.*]] = nn.equation map [4]
  // CHECK: %[[KEPT:.*]] = nn.barrier %[[X]] after(%[[ONE]])
  // CHECK: %[[AGAIN:.*]] = nn.equation map [4] reads(%[[KEPT]], %arg0)
  // CHECK-NOT: nn.remat
  %x = nn.equation map [4] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%u: f32):
    %e = math.exp %u : f32
    nn.yield %e : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %y = nn.equation map [4] reads(%x, %w) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> attributes {nn.remat = 0 : i64} {
  ^bb0(%u: f32, %v: f32):
    %p = arith.mulf %u, %v : f32
    nn.yield %p : f32
  } : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %q = nn.equation map [4] reads(%y) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> attributes {nn.remat = 0 : i64} {
  ^bb0(%u: f32):
    %t = math.sin %u : f32
    nn.yield %t : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %s = nn.equation sum [4] reads(%q) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%u: f32):
    nn.yield %u : f32
  } : (tensor<4xf32>) -> tensor<f32>
  %d = nn.grad %s wrt (%w) : tensor<f32>, tensor<4xf32> -> tensor<4xf32>
  return %d, %s : tensor<4xf32>, tensor<f32>
}

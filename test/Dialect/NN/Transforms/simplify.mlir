// Copies are read through, factors summed first, masks of equal indices substituted, repetitions counted.
// RUN: %nn-opt %s --nn-simplify | FileCheck %s

// t[i, j] = x[i];  y[i] = sum[j] t[i, j] * w[j]
// CHECK-LABEL: func.func @factor
func.func @factor(%x: tensor<4xf32>, %w: tensor<5xf32>) -> tensor<4xf32> {
  // CHECK: %[[S:.*]] = nn.equation sum [5] reads(%arg1)
  // CHECK: nn.equation map [4] reads(%arg0, %[[S]])
  // CHECK-NOT: nn.equation
  %t = nn.equation map [4, 5] reads(%x) [affine_map<(i, j) -> (i)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4x5xf32>
  %y = nn.equation sum [4, 5] reads(%t, %w) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// A product of three matrices and a vector is contracted from its end: sum[j, k] a[i, j] b[j, k] v[k].
// CHECK-LABEL: func.func @chain
func.func @chain(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %v: tensor<6xf32>) -> tensor<4xf32> {
  // CHECK: %[[BV:.*]] = nn.equation sum [5, 6] reads(%arg1, %arg2)
  // CHECK: nn.equation sum [4, 5] reads(%arg0, %[[BV]])
  // CHECK-NOT: nn.equation
  %y = nn.equation sum [4, 5, 6] reads(%a, %b, %v) [affine_map<(i, j, k) -> (i, j)>, affine_map<(i, j, k) -> (j, k)>, affine_map<(i, j, k) -> (k)>]
      writes affine_map<(i, j, k) -> (i)> {
  ^bb0(%x: f32, %z: f32, %w: f32):
    %p = arith.mulf %x, %z : f32
    %q = arith.mulf %p, %w : f32
    nn.yield %q : f32
  } : (tensor<4x5xf32>, tensor<5x6xf32>, tensor<6xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// A mask of equal indices in a sum is a substitution.
// CHECK-LABEL: func.func @delta
func.func @delta(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: return %arg0
  %y = nn.equation sum [4, 4] reads(%x) [affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpi eq, %i, %j : i32
    %s = arith.select %c, %v, %zero : f32
    nn.yield %s : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// Repeated and summed again: multiplied by the number of times.
// CHECK-LABEL: func.func @repeat
func.func @repeat(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: nn.equation map [4] reads(%arg0)
  // CHECK: arith.constant 7.0
  %t = nn.equation map [7, 4] reads(%x) [affine_map<(k, i) -> (i)>] writes affine_map<(k, i) -> (k, i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<7x4xf32>
  %y = nn.equation sum [7, 4] reads(%t) [affine_map<(k, i) -> (k, i)>] writes affine_map<(k, i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<7x4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// Equal and unused equations go.
// CHECK-LABEL: func.func @once
func.func @once(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[Y:.*]] = nn.equation
  // CHECK-NOT: nn.equation
  // CHECK: return %[[Y]], %[[Y]]
  %a = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %p = math.exp %v : f32
    nn.yield %p : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %b = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %p = math.exp %v : f32
    nn.yield %p : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %c = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %p = math.sin %v : f32
    nn.yield %p : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// Costly work that is the same at every point is done once, and once for all equations that need it.
// CHECK-LABEL: func.func @uniform
func.func @uniform(%m: tensor<4xf32>, %v: tensor<5xf32>, %t: tensor<f32>) -> (tensor<4xf32>, tensor<5xf32>) {
  // CHECK: %[[C:.*]] = nn.equation map [] reads(%arg2)
  // CHECK: math.powf
  // CHECK: nn.equation map [4] reads(%arg0, %[[C]])
  // CHECK-NOT: math.powf
  // CHECK: nn.equation map [5] reads(%arg1, %[[C]])
  // CHECK-NOT: math.powf
  %a = nn.equation map [4] reads(%m, %t) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%x: f32, %s: f32):
    %beta = arith.constant 0.9 : f32
    %one = arith.constant 1.0 : f32
    %p = math.powf %beta, %s : f32
    %c = arith.subf %one, %p : f32
    %q = arith.divf %x, %c : f32
    nn.yield %q : f32
  } : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %b = nn.equation map [5] reads(%v, %t) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%x: f32, %s: f32):
    %beta = arith.constant 0.9 : f32
    %one = arith.constant 1.0 : f32
    %p = math.powf %beta, %s : f32
    %c = arith.subf %one, %p : f32
    %q = arith.divf %x, %c : f32
    nn.yield %q : f32
  } : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  return %a, %b : tensor<4xf32>, tensor<5xf32>
}

// Only the last row is read, so only the last row is computed, of both equations.
// CHECK-LABEL: func.func @last_row
func.func @last_row(%x: tensor<9x4xf32>) -> tensor<4xf32> {
  // CHECK: nn.equation map [4] reads(%arg0) {{.*}}
  // CHECK: (tensor<9x4xf32>) -> tensor<4xf32>
  // CHECK-NOT: 9x4xf32
  // CHECK: return
  %a = nn.equation map [9, 4] reads(%x) [affine_map<(t, i) -> (t, i)>] writes affine_map<(t, i) -> (t, i)> {
  ^bb0(%v: f32):
    %p = math.exp %v : f32
    nn.yield %p : f32
  } : (tensor<9x4xf32>) -> tensor<9x4xf32>
  %b = nn.equation map [9, 4] reads(%a) [affine_map<(t, i) -> (t, i)>] writes affine_map<(t, i) -> (t, i)> {
  ^bb0(%v: f32):
    %p = math.sin %v : f32
    nn.yield %p : f32
  } : (tensor<9x4xf32>) -> tensor<9x4xf32>
  %y = nn.equation map [4] reads(%b) [affine_map<(i) -> (8, i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %p = arith.negf %v : f32
    nn.yield %p : f32
  } : (tensor<9x4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// A transposed copy of a sum that nothing else reads is the sum, written in that order.
// CHECK-LABEL: func.func @transposed
// CHECK: %[[Y:.*]] = nn.equation sum [4, 6, 5] {{.*}} writes [[SWAPPED:#map[0-9]*]]
// CHECK-NOT: nn.equation map
// CHECK: return %[[Y]] : tensor<6x4xf32>
func.func @transposed(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<6x4xf32> {
  %y = nn.equation sum [4, 6, 5] reads(%a, %b) [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>] writes affine_map<(i, j, k) -> (i, j)> {
  ^bb0(%v: f32, %w: f32):
    %p = arith.mulf %v, %w : f32
    nn.yield %p : f32
  } : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %z = nn.equation map [6, 4] reads(%y) [affine_map<(j, i) -> (i, j)>] writes affine_map<(j, i) -> (j, i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %z : tensor<6x4xf32>
}

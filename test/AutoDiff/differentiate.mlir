// Reverse mode swaps two maps of an equation; forward mode keeps them; a jacobian runs its seeds along one more axis.
// RUN: %nn-opt %s --nn-differentiate | FileCheck %s

// The cotangent of x is written where x was read: a strided window becomes a strided write that drops what leaves x.
// CHECK-DAG: #[[READ:.*]] = affine_map<(d0, d1) -> (d0 * 2 + d1 - 1)>
// CHECK-DAG: #[[I:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[U:.*]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @window
func.func @window(%x: tensor<6xf32>, %k: tensor<3xf32>, %dy: tensor<3xf32>) -> (tensor<6xf32>, tensor<3xf32>) {
  %y = nn.equation sum [3, 3] reads(%x, %k) [affine_map<(i, u) -> (2 * i + u - 1)>, affine_map<(i, u) -> (u)>]
      writes affine_map<(i, u) -> (i)> fill [0.0 : f32, unit] {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<6xf32>, tensor<3xf32>) -> tensor<3xf32>
  %s = nn.equation sum [3] reads(%y, %dy) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  // CHECK: %[[DY:.*]] = nn.equation map [3]
  // CHECK: %[[DX:.*]] = nn.equation sum [3, 3] reads(%arg1, %[[DY]]) [#[[U]], #[[I]]] writes #[[READ]] drop {
  // CHECK: %[[DK:.*]] = nn.equation sum [3, 3] reads(%arg0, %[[DY]]) [#[[READ]], #[[I]]] writes #[[U]] fill [0.000000e+00 : f32, unit] {
  %g:2 = nn.grad %s wrt (%x, %k) : tensor<f32>, tensor<6xf32>, tensor<3xf32> -> tensor<6xf32>, tensor<3xf32>
  // CHECK: return %[[DX]], %[[DK]]
  return %g#0, %g#1 : tensor<6xf32>, tensor<3xf32>
}

// What a variable does not reach has a gradient of zeros, and what is stopped is a constant.
// CHECK-LABEL: func.func @unreached
func.func @unreached(%x: tensor<3xf32>, %w: tensor<2xf32>) -> (tensor<2xf32>, tensor<3xf32>) {
  %c = nn.stop %x : tensor<3xf32>
  %s = nn.equation sum [3] reads(%c) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<3xf32>) -> tensor<f32>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<0.000000e+00> : tensor<2xf32>
  // CHECK-DAG: %[[X:.*]] = nn.constant dense<0.000000e+00> : tensor<3xf32>
  %g:2 = nn.grad %s wrt (%w, %x) : tensor<f32>, tensor<2xf32>, tensor<3xf32> -> tensor<2xf32>, tensor<3xf32>
  // CHECK: return %[[W]], %[[X]]
  return %g#0, %g#1 : tensor<2xf32>, tensor<3xf32>
}

// A gather in a read becomes a symbol in the write.
// CHECK-LABEL: func.func @gather
func.func @gather(%table: tensor<9x4xf32>, %at: tensor<5xi32>) -> tensor<9x4xf32> {
  %s = nn.equation sum [5, 4] reads(%table) [affine_map<(t, d)[r] -> (r, d)>] tables(%at) [affine_map<(t, d)[r] -> (t)>] below [9]
      writes affine_map<(t, d)[r] -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<9x4xf32>, tensor<5xi32>) -> tensor<f32>
  // CHECK: nn.equation sum [5, 4] reads({{.*}}) [{{.*}}] tables(%arg1) [{{.*}}] below [9] writes #{{.*}} {
  %g = nn.grad %s wrt (%table) : tensor<f32>, tensor<9x4xf32> -> tensor<9x4xf32>
  return %g : tensor<9x4xf32>
}

// The contributions of all examples to a shared value are summed; those to a value of one example are not.
// CHECK-LABEL: func.func @shared
func.func @shared(%w: tensor<3xf32>, %x: tensor<3xf32> {nn.per_example}) -> (tensor<3xf32>, tensor<3xf32>) attributes {nn.batch = 4 : i64} {
  %y = nn.equation sum [3] reads(%w, %x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  %s = nn.batch_sum %y : tensor<f32>
  // CHECK: %[[DW:.*]] = nn.equation map [3] reads(%arg1,
  // CHECK: %[[SUM:.*]] = nn.batch_sum %[[DW]]
  // CHECK: %[[DX:.*]] = nn.equation map [3] reads(%arg0,
  %g:2 = nn.grad %s wrt (%w, %x) : tensor<f32>, tensor<3xf32>, tensor<3xf32> -> tensor<3xf32>, tensor<3xf32>
  // CHECK: return %[[SUM]], %[[DX]]
  return %g#0, %g#1 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @tangent
func.func @tangent(%w: tensor<2x3xf32>, %x: tensor<3xf32>, %t: tensor<3xf32>) -> tensor<2xf32> {
  %y = nn.equation sum [2, 3] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  // CHECK: %[[D:.*]] = nn.equation sum [2, 3] reads(%arg0, %arg2)
  %d = nn.jvp %y wrt %x along %t : tensor<2xf32>, tensor<3xf32>
  // CHECK: return %[[D]]
  return %d : tensor<2xf32>
}

// Two results and five variables: two seeds backwards, at once.
// CHECK-LABEL: func.func @wide
func.func @wide(%w: tensor<2x5xf32>, %x: tensor<5xf32>) -> tensor<2x5xf32> {
  %y = nn.equation sum [2, 5] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<2x5xf32>, tensor<5xf32>) -> tensor<2xf32>
  // CHECK: %[[SEEDS:.*]] = nn.equation map [2, 2]
  // CHECK: nn.equation sum [2, 2, 5] reads(%arg0, %[[SEEDS]])
  // CHECK-NOT: tensor<5x5xf32>
  %j = nn.jacobian %y wrt %x : tensor<2xf32>, tensor<5xf32> -> tensor<2x5xf32>
  return %j : tensor<2x5xf32>
}

// Five results and two variables: two seeds forwards.
// CHECK-LABEL: func.func @tall
func.func @tall(%w: tensor<5x2xf32>, %x: tensor<2xf32>) -> tensor<5x2xf32> {
  %y = nn.equation sum [5, 2] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<5x2xf32>, tensor<2xf32>) -> tensor<5xf32>
  // CHECK: %[[SEEDS:.*]] = nn.equation map [2, 2]
  // CHECK: nn.equation sum [2, 5, 2] reads(%arg0, %[[SEEDS]])
  // CHECK-NOT: tensor<5x5xf32>
  %j = nn.jacobian %y wrt %x : tensor<5xf32>, tensor<2xf32> -> tensor<5x2xf32>
  return %j : tensor<5x2xf32>
}

// Given slopes are the derivative, whatever the value was computed from; afterwards the value alone is left.
// CHECK-LABEL: func.func @given
func.func @given(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  // CHECK: %[[Y:.*]] = nn.equation map []
  // CHECK: %[[V:.*]] = math.exp
  // CHECK: nn.yield %[[V]]
  %y = nn.equation map [] reads(%x) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%v: f32):
    %e = math.exp %v : f32
    %s = math.sin %v : f32
    %r = nn.with_slopes %e along(%v) by(%s) : f32
    nn.yield %r : f32
  } : (tensor<f32>) -> tensor<f32>
  // CHECK: %[[G:.*]] = nn.equation map []
  // CHECK: %[[S:.*]] = math.sin
  // CHECK: arith.mulf %{{.*}}, %[[S]]
  // CHECK-NOT: nn.with_slopes
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<f32> -> tensor<f32>
  // CHECK: return %[[Y]]
  return %y, %g : tensor<f32>, tensor<f32>
}

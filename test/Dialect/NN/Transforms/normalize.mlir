// Conditions go into `where`, equalities go away, softmax and logarithms of sums become logsumexp, constants fold.
// RUN: %nn-opt %s --nn-normalize | FileCheck %s

// CHECK-DAG: #[[LOWER:.*]] = affine_set<(d0, d1) : (d0 - d1 >= 0)>
// CHECK-DAG: #[[INSIDE:.*]] = affine_set<(d0, d1) : (d0 * -2 - d1 + 6 >= 0)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @causal
func.func @causal(%x: tensor<4x4xf32>) -> tensor<4xf32> {
  // CHECK: nn.equation logsumexp [4, 4] reads(%arg0) [{{.*}}] writes #[[ROW]] where #[[LOWER]] {
  // CHECK-NEXT: ^bb0(%[[V:.*]]: f32):
  // CHECK-NEXT: nn.yield %[[V]]
  %m = nn.equation logsumexp [4, 4] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %none = arith.constant 0xFF800000 : f32
    %c = arith.cmpi sle, %j, %i : i32
    %s = arith.select %c, %v, %none : f32
    nn.yield %s : f32
  } : (tensor<4x4xf32>) -> tensor<4xf32>
  return %m : tensor<4xf32>
}

// Another value than the identity stays where it is.
// CHECK-LABEL: func.func @not_identity
func.func @not_identity(%x: tensor<4x4xf32>) -> tensor<4xf32> {
  // CHECK: arith.select
  %m = nn.equation max [4, 4] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpi sle, %j, %i : i32
    %s = arith.select %c, %v, %zero : f32
    nn.yield %s : f32
  } : (tensor<4x4xf32>) -> tensor<4xf32>
  return %m : tensor<4xf32>
}

// sum[i, j where i == j] x[i, j]: a trace runs over one index.
// CHECK-LABEL: func.func @trace
func.func @trace(%x: tensor<4x4xf32>) -> tensor<f32> {
  // CHECK: nn.equation sum [4] reads(%arg0) [#[[DIAGONAL:.*]]] writes
  %m = nn.equation sum [4, 4] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
  ^bb0(%v: f32):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpi eq, %i, %j : i32
    %s = arith.select %c, %v, %zero : f32
    nn.yield %s : f32
  } : (tensor<4x4xf32>) -> tensor<f32>
  return %m : tensor<f32>
}

// m[v] = sum[e where target[e] == v] x[e]: a grouped sum writes at the target.
// CHECK-LABEL: func.func @group
func.func @group(%x: tensor<9xf32>, %target: tensor<9xi32>) -> tensor<4xf32> {
  // CHECK: nn.equation sum [9] reads(%arg0) [{{.*}}] tables(%arg1) [{{.*}}] writes #[[SYMBOL:.*]] where
  // CHECK-NEXT: ^bb0(%[[V:.*]]: f32):
  // CHECK-NEXT: nn.yield %[[V]]
  %m = nn.equation sum [4, 9] reads(%x, %target) [affine_map<(v, e) -> (e)>, affine_map<(v, e) -> (e)>] writes affine_map<(v, e) -> (v)> {
  ^bb0(%a: f32, %t: i32):
    %v = nn.index 0 : i32
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpi eq, %t, %v : i32
    %s = arith.select %c, %a, %zero : f32
    nn.yield %s : f32
  } : (tensor<9xf32>, tensor<9xi32>) -> tensor<4xf32>
  return %m : tensor<4xf32>
}

// -log softmax(z)[label]: neither the maximum nor the quotient is left.
// CHECK-LABEL: func.func @softmax
func.func @softmax(%z: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  // CHECK-NOT: max
  // CHECK: %[[L:.*]] = nn.equation logsumexp [5] reads(%arg0)
  // CHECK: %[[P:.*]] = nn.equation map [5] reads(%[[L]], %arg0)
  // CHECK: arith.subf
  // CHECK-NEXT: math.exp
  // CHECK: %[[LOG:.*]] = nn.equation map [5] reads(%[[L]], %arg0)
  // CHECK: %[[D:.*]] = arith.subf
  // CHECK-NEXT: nn.yield %[[D]]
  // CHECK: return %[[P]], %[[LOG]]
  %m = nn.equation max [5] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<5xf32>) -> tensor<f32>
  %e = nn.equation map [5] reads(%z, %m) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %k: f32):
    %d = arith.subf %v, %k : f32
    %x = math.exp %d : f32
    nn.yield %x : f32
  } : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  %s = nn.equation sum [5] reads(%e) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<5xf32>) -> tensor<f32>
  %p = nn.equation map [5] reads(%e, %s) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %k: f32):
    %q = arith.divf %v, %k : f32
    nn.yield %q : f32
  } : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  %l = nn.equation map [5] reads(%p) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %g = math.log %v : f32
    nn.yield %g : f32
  } : (tensor<5xf32>) -> tensor<5xf32>
  return %p, %l : tensor<5xf32>, tensor<5xf32>
}

// What `training` decided is gone.
// CHECK-LABEL: func.func @constant
func.func @constant(%x: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-NEXT: nn.equation map [3] reads(%arg0)
  // CHECK-NEXT: ^bb0(%[[V:.*]]: f32):
  // CHECK-NEXT: %[[N:.*]] = arith.negf %[[V]]
  // CHECK-NEXT: nn.yield %[[N]]
  %t = nn.constant dense<true> : tensor<i1>
  %y = nn.equation map [3] reads(%x, %t) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %c: i1):
    %n = arith.negf %v : f32
    %s = arith.select %c, %n, %v : f32
    nn.yield %s : f32
  } : (tensor<3xf32>, tensor<i1>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// A condition that holds at every point goes; one that does not hold at the border stays.
// CHECK-LABEL: func.func @implied
func.func @implied(%x: tensor<8xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: nn.equation max [4, 2] reads(%arg0) [#map{{[0-9]*}}] writes #map{{[0-9]*}} {
  %m = nn.equation max [4, 2] reads(%x) [affine_map<(i, u) -> (2 * i + u)>] writes affine_map<(i, u) -> (i)>
      where affine_set<(i, u) : (2 * i + u >= 0, 7 - 2 * i - u >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<8xf32>) -> tensor<4xf32>
  // CHECK: nn.equation max [4, 2] {{.*}} where #[[INSIDE]] {
  %n = nn.equation max [4, 2] reads(%x) [affine_map<(i, u) -> (2 * i + u)>] writes affine_map<(i, u) -> (i)>
      where affine_set<(i, u) : (2 * i + u >= 0, 6 - 2 * i - u >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<8xf32>) -> tensor<4xf32>
  return %m, %n : tensor<4xf32>, tensor<4xf32>
}

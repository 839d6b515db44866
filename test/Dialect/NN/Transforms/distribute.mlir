// A sum of terms that equalities mask is multiplied into a contraction term by term, and not made. The values stay.
// RUN: %nn-opt %s --nn-distribute | FileCheck %s
// RUN: %nn-opt %s --nn-interpret -o /dev/null
// RUN: %nn-opt %s --nn-distribute --nn-interpret -o /dev/null

// W[i, j] = (if i == j then c[0] else 0) + c[1];  y[i] = sum[j] W[i, j] * x[j]
// CHECK-LABEL: func.func @matrix
// CHECK-NOT: tensor<3x3xf64>
// CHECK: nn.equation map [3] reads({{.*}}) {{.*}} writes #{{.*}} {
// CHECK: arith.mulf
// CHECK: nn.equation sum [3] reads(%arg1, %arg0)
// CHECK: nn.equation map [3] reads(
// CHECK: arith.addf
// CHECK-NOT: nn.equation
// CHECK: return
func.func @matrix(%c: tensor<2xf64>, %x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[2.0, -1.0]> : tensor<2xf64>, dense<[1.0, 2.0, 4.0]> : tensor<3xf64>], expect = [dense<[-5.0, -3.0, 1.0]> : tensor<3xf64>]}} {
  %w = nn.equation map [3, 3] reads(%c, %c) [affine_map<(i, j) -> (0)>, affine_map<(i, j) -> (1)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%a: f64, %b: f64):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %same = arith.cmpi eq, %i, %j : i32
    %zero = arith.constant 0.0 : f64
    %d = arith.select %same, %a, %zero : f64
    %s = arith.addf %d, %b : f64
    nn.yield %s : f64
  } : (tensor<2xf64>, tensor<2xf64>) -> tensor<3x3xf64>
  %y = nn.equation sum [3, 3] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f64, %b: f64):
    %p = arith.mulf %a, %b : f64
    nn.yield %p : f64
  } : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// W[i, j, k, l] = (if i == k and j == l then c[0] else 0) + (if i == j then c[1] else 0): a term on the diagonal of the result
// is computed once, and read there.
// CHECK-LABEL: func.func @pairs
// CHECK-NOT: 2x2x2x2
// CHECK: return
func.func @pairs(%c: tensor<2xf64>, %x: tensor<2x2xf64>) -> tensor<2x2xf64> attributes {nn.run = {
    args = [dense<[2.0, -1.0]> : tensor<2xf64>, dense<[[1.0, 2.0], [3.0, 5.0]]> : tensor<2x2xf64>],
    expect = [dense<[[-9.0, 4.0], [6.0, -1.0]]> : tensor<2x2xf64>]}} {
  %w = nn.equation map [2, 2, 2, 2] reads(%c, %c) [affine_map<(i, j, k, l) -> (0)>, affine_map<(i, j, k, l) -> (1)>]
      writes affine_map<(i, j, k, l) -> (i, j, k, l)> {
  ^bb0(%a: f64, %b: f64):
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %k = nn.index 2 : i32
    %l = nn.index 3 : i32
    %ik = arith.cmpi eq, %i, %k : i32
    %jl = arith.cmpi eq, %j, %l : i32
    %both = arith.andi %ik, %jl : i1
    %ij = arith.cmpi eq, %i, %j : i32
    %zero = arith.constant 0.0 : f64
    %d = arith.select %both, %a, %zero : f64
    %e = arith.select %ij, %b, %zero : f64
    %s = arith.addf %d, %e : f64
    nn.yield %s : f64
  } : (tensor<2xf64>, tensor<2xf64>) -> tensor<2x2x2x2xf64>
  %y = nn.equation sum [2, 2, 2, 2] reads(%w, %x) [affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (k, l)>]
      writes affine_map<(i, j, k, l) -> (i, j)> {
  ^bb0(%a: f64, %b: f64):
    %p = arith.mulf %a, %b : f64
    nn.yield %p : f64
  } : (tensor<2x2x2x2xf64>, tensor<2x2xf64>) -> tensor<2x2xf64>
  return %y : tensor<2x2xf64>
}

// A sum of terms without equalities is one tensor, as it was.
// CHECK-LABEL: func.func @plain
// CHECK: nn.equation map [3, 3]
// CHECK: nn.equation sum [3, 3]
func.func @plain(%a: tensor<3xf64>, %x: tensor<3xf64>) -> tensor<3xf64> {
  %w = nn.equation map [3, 3] reads(%a, %a) [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%p: f64, %q: f64):
    %s = arith.addf %p, %q : f64
    nn.yield %s : f64
  } : (tensor<3xf64>, tensor<3xf64>) -> tensor<3x3xf64>
  %y = nn.equation sum [3, 3] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%p: f64, %q: f64):
    %m = arith.mulf %p, %q : f64
    nn.yield %m : f64
  } : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// A sum with a circulant factor runs over differences: the factor is read at the index itself. The values stay.
// RUN: %nn-opt %s --nn-unwrap-shifts | FileCheck %s
// RUN: %nn-opt %s --nn-interpret -o /dev/null
// RUN: %nn-opt %s --nn-unwrap-shifts --nn-interpret -o /dev/null

// y[i] = sum[j] c[(j - i) mod 3] * x[j]
// CHECK-DAG: #[[OWN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[FORTH:.*]] = affine_map<(d0, d1) -> ((d0 + d1) mod 3)>
// CHECK-DAG: #[[BACK:.*]] = affine_map<(d0, d1) -> ((d0 - d1) mod 3)>
// CHECK-LABEL: func.func @circulant
// CHECK-NOT: nn.equation map
// CHECK: nn.equation sum [3, 3] reads({{.*}}) [#[[FORTH]], #[[OWN]]]
func.func @circulant(%c: tensor<3xf64>, %x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[1.0, 10.0, 100.0]> : tensor<3xf64>, dense<[1.0, 2.0, 4.0]> : tensor<3xf64>], expect = [dense<[421.0, 142.0, 214.0]> : tensor<3xf64>]}} {
  %w = nn.equation map [3, 3] reads(%c) [affine_map<(i, j) -> ((j - i) mod 3)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%a: f64):
    nn.yield %a : f64
  } : (tensor<3xf64>) -> tensor<3x3xf64>
  %y = nn.equation sum [3, 3] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f64, %b: f64):
    %p = arith.mulf %a, %b : f64
    nn.yield %p : f64
  } : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// Transposed, the summed index comes with a minus: y[j] = sum[i] c[(j - i) mod 3] * x[i].
// CHECK-LABEL: func.func @transposed
// CHECK-NOT: nn.equation map
// CHECK: nn.equation sum [3, 3] reads({{.*}}) [#[[BACK]], #[[OWN]]]
func.func @transposed(%c: tensor<3xf64>, %x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[1.0, 10.0, 100.0]> : tensor<3xf64>, dense<[1.0, 2.0, 4.0]> : tensor<3xf64>], expect = [dense<[241.0, 412.0, 124.0]> : tensor<3xf64>]}} {
  %w = nn.equation map [3, 3] reads(%c) [affine_map<(i, j) -> ((j - i) mod 3)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%a: f64):
    nn.yield %a : f64
  } : (tensor<3xf64>) -> tensor<3x3xf64>
  %y = nn.equation sum [3, 3] reads(%w, %x) [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (i)>] writes affine_map<(j, i) -> (j)> {
  ^bb0(%a: f64, %b: f64):
    %p = arith.mulf %a, %b : f64
    nn.yield %p : f64
  } : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// Over fewer places than the extent an index does not take every difference: as it was.
// CHECK-LABEL: func.func @part
// CHECK: nn.equation map [3, 3]
func.func @part(%c: tensor<3xf64>, %x: tensor<3xf64>) -> tensor<3xf64> {
  %w = nn.equation map [3, 3] reads(%c) [affine_map<(i, j) -> ((j - i) mod 3)>] writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%a: f64):
    nn.yield %a : f64
  } : (tensor<3xf64>) -> tensor<3x3xf64>
  %y = nn.equation sum [3, 2] reads(%w, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%a: f64, %b: f64):
    %p = arith.mulf %a, %b : f64
    nn.yield %p : f64
  } : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// Quotients and rests that are the same at every point of a box go away: a convolution of one group has plain subscripts.
// RUN: %nn-opt %s --nn-simplify --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func.func @groups
// CHECK-SAME: %[[X:.*]]: tensor<6x9xf32>
// CHECK: nn.equation sum [16, 6, 9] reads(%[[X]]) [affine_map<(d0, d1, d2) -> (d1, d2)>]
func.func @groups(%x: tensor<6x9xf32>) -> tensor<16xf32> {
  %y = nn.equation sum [16, 6, 9] reads(%x) [affine_map<(o, c, i) -> ((o floordiv 16) * 6 + c, i mod 9)>] writes affine_map<(o, c, i) -> (o)> {
  ^bb0(%v: f32):
    %w = arith.mulf %v, %v : f32
    nn.yield %w : f32
  } : (tensor<6x9xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// Multiples of the divisor come out, what is left decides; where it differs, the quotient stays.
// CHECK-LABEL: func.func @parts
// CHECK-DAG: affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: affine_map<(d0, d1) -> ((d0 * 4 + d1) floordiv 3)>
func.func @parts(%x: tensor<8xf32>, %z: tensor<11xf32>) -> tensor<8x4xf32> {
  %y = nn.equation map [8, 4] reads(%x, %z) [affine_map<(i, j) -> ((i * 4 + j) floordiv 4)>, affine_map<(i, j) -> ((i * 4 + j) floordiv 3)>]
      writes affine_map<(i, j) -> (i, j)> {
  ^bb0(%v: f32, %u: f32):
    %w = arith.mulf %v, %u : f32
    nn.yield %w : f32
  } : (tensor<8xf32>, tensor<11xf32>) -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

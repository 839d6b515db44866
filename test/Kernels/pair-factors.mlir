// Factors that are rounded to bf16 lie in words of two along a summed index; what is too small to pay stays as it is.
// RUN: %nn-opt %s --nn-pair-factors --split-input-file | FileCheck %s
// RUN: %nn-opt %s --split-input-file --nn-interpret -o /dev/null
// RUN: %nn-opt %s --split-input-file --nn-pair-factors --nn-interpret -o /dev/null

#rows = affine_map<(i, k, j) -> (i, j)>
#columns = affine_map<(i, k, j) -> (j, k)>
#cells = affine_map<(i, k, j) -> (i, k)>

// Five numbers make three words; the last one holds one of them and 0.
// CHECK-LABEL: func.func @odd
// CHECK: %[[A:.*]] = nn.equation map [8, 3] reads(%arg0, %arg0)
// CHECK-SAME: fill [unit, 0.000000e+00 : f32]
// CHECK: %[[P:.*]] = nn.pair %{{.*}}, %{{.*}} : i32
// CHECK: %[[B:.*]] = nn.equation map [3, 8] reads(%arg1, %arg1)
// CHECK: nn.equation sum [8, 8, 3] reads(%[[A]], %[[B]])
// CHECK: nn.dot_pairs %{{.*}}, %{{.*}} : f32
// CHECK-NOT: nn.round
func.func @odd(%a: tensor<8x5xf32>, %b: tensor<5x8xf32>) -> tensor<8x8xf32> attributes {nn.run = {
    args = [dense<1.01171875> : tensor<8x5xf32>, dense<3.0> : tensor<5x8xf32>],
    expect = [dense<15.234375> : tensor<8x8xf32>]}} {
  %y = nn.equation sum [8, 8, 5] reads(%a, %b) [#rows, #columns] writes #cells {
  ^bb0(%p: f32, %q: f32):
    %r = nn.round %p mantissa 7 : f32
    %s = nn.round %q mantissa 7 : f32
    %t = arith.mulf %r, %s : f32
    nn.yield %t : f32
  } : (tensor<8x5xf32>, tensor<5x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// -----

#rows = affine_map<(i, k, j)[n] -> (i, j)>
#columns = affine_map<(i, k, j)[n] -> (j, k)>
#cells = affine_map<(i, k, j)[n] -> (i, k)>
#number = affine_map<(i, k, j)[n] -> ()>

// A length that only the run knows: what lies behind it counts as 0, whatever is there.
// CHECK-LABEL: func.func @bounded
// CHECK: nn.equation map [8, 3] reads(%arg0, %arg0) {{.*}}tables(%arg2)
// CHECK: arith.select
// CHECK: nn.equation sum [8, 8, 3] {{.*}}where #[[HALF:set[0-9]*]]
func.func @bounded(%a: tensor<8x6xf32>, %b: tensor<6x8xf32>, %n: tensor<i32>) -> tensor<8x8xf32> attributes {nn.run = {
    args = [dense<1.01171875> : tensor<8x6xf32>, dense<[[1., 1., 1., 1., 1., 1., 1., 1.], [2., 2., 2., 2., 2., 2., 2., 2.],
            [4., 4., 4., 4., 4., 4., 4., 4.], [0x7F800000, 1., 1., 1., 1., 1., 1., 1.], [1., 1., 1., 1., 1., 1., 1., 1.],
            [1., 1., 1., 1., 1., 1., 1., 1.]]> : tensor<6x8xf32>, dense<3> : tensor<i32>],
    expect = [dense<7.109375> : tensor<8x8xf32>]}} {
  %y = nn.equation sum [8, 8, 6] reads(%a, %b) [#rows, #columns] tables(%n) [#number] below [7] writes #cells
      where affine_set<(i, k, j)[n] : (n - j - 1 >= 0)> {
  ^bb0(%p: f32, %q: f32):
    %r = nn.round %p mantissa 7 : f32
    %s = nn.round %q mantissa 7 : f32
    %t = arith.mulf %r, %s : f32
    nn.yield %t : f32
  } : (tensor<8x6xf32>, tensor<6x8xf32>, tensor<i32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// -----

#rows = affine_map<(i, k, j) -> (i, j)>
#columns = affine_map<(i, k, j) -> (j, k)>
#cells = affine_map<(i, k, j) -> (i, k)>

// Every element of the first operand is a factor only twice; tf32 has no words of two.
// CHECK-LABEL: func.func @others
// CHECK-NOT: nn.pair
func.func @others(%a: tensor<64x8xf32>, %b: tensor<8x2xf32>, %c: tensor<8x16xf32>, %d: tensor<16x8xf32>) -> (tensor<64x2xf32>, tensor<8x8xf32>) {
  %y = nn.equation sum [64, 2, 8] reads(%a, %b) [#rows, #columns] writes #cells {
  ^bb0(%p: f32, %q: f32):
    %r = nn.round %p mantissa 7 : f32
    %s = nn.round %q mantissa 7 : f32
    %t = arith.mulf %r, %s : f32
    nn.yield %t : f32
  } : (tensor<64x8xf32>, tensor<8x2xf32>) -> tensor<64x2xf32>
  %z = nn.equation sum [8, 8, 16] reads(%c, %d) [#rows, #columns] writes #cells {
  ^bb0(%p: f32, %q: f32):
    %r = nn.round %p mantissa 10 : f32
    %s = nn.round %q mantissa 10 : f32
    %t = arith.mulf %r, %s : f32
    nn.yield %t : f32
  } : (tensor<8x16xf32>, tensor<16x8xf32>) -> tensor<8x8xf32>
  return %y, %z : tensor<64x2xf32>, tensor<8x8xf32>
}

// A function that says so gets an output with the number of ties where the first of equal values is chosen: behind a greatest entry, in each
// row, and in pairs where entries are sorted. What a condition leaves out is no tie. Others stay as they are.
// RUN: %nn-opt %s --nn-count-ties | FileCheck %s
// RUN: %nn-opt %s --nn-count-ties --nn-interpret -o /dev/null

// The first row has its greatest entry 3 three times, the second once.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: tensor<i32> {nn.binding = #nn.bind<output, "nn.ties">}
// CHECK-NOT: nn.count_ties
func.func @rows(%x: tensor<2x4xf32>) -> tensor<2xi32> attributes {nn.count_ties, nn.run = {
    args = [dense<[[3.0, 1.0, 3.0, 3.0], [1.0, 1.0, 0.0, 2.0]]> : tensor<2x4xf32>],
    expect = [dense<[0, 3]> : tensor<2xi32>, dense<2> : tensor<i32>]}} {
  %p = nn.equation argmax [2, 4] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2x4xf32>) -> tensor<2xi32>
  return %p : tensor<2xi32>
}

// Of 1, 1, 0, 2 only the first two are compared from the second on: 1 is there once.
// CHECK-LABEL: func.func @masked
func.func @masked(%x: tensor<4xf32>) -> tensor<i32> attributes {nn.count_ties, nn.run = {
    args = [dense<[1.0, 1.0, 0.0, 2.0]> : tensor<4xf32>], expect = [dense<1> : tensor<i32>, dense<0> : tensor<i32>]}} {
  %p = nn.equation argmin [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> where affine_set<(i) : (i - 1 >= 0, 1 - i >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<i32>
  return %p : tensor<i32>
}

// Three equal entries are three pairs, and two more one; together with the greatest of the row, 5 twice.
// CHECK-LABEL: func.func @sorted
func.func @sorted(%x: tensor<5xf32>) -> (tensor<5xi32>, tensor<i32>) attributes {nn.count_ties, nn.run = {
    args = [dense<[2.0, 5.0, 2.0, 2.0, 5.0]> : tensor<5xf32>],
    expect = [dense<[0, 2, 3, 1, 4]> : tensor<5xi32>, dense<1> : tensor<i32>, dense<5> : tensor<i32>]}} {
  %o = nn.routine order(%x) : (tensor<5xf32>) -> tensor<5xi32>
  %p = nn.equation argmax [5] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<5xf32>) -> tensor<i32>
  return %o, %p : tensor<5xi32>, tensor<i32>
}

// CHECK-LABEL: func.func @quiet
// CHECK-SAME: -> tensor<i32> {
func.func @quiet(%x: tensor<5xf32>) -> tensor<i32> {
  %p = nn.equation argmax [5] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<5xf32>) -> tensor<i32>
  return %p : tensor<i32>
}

// CHECK-LABEL: func.func @none
// CHECK-SAME: -> tensor<5xf32> {
func.func @none(%x: tensor<5xf32>) -> tensor<5xf32> attributes {nn.count_ties} {
  return %x : tensor<5xf32>
}

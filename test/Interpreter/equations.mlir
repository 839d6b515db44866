// Equations in closed form: every kind of combination, empty groups, ties, infinities, gathers, scatters, fills, drops, masks.
// RUN: %nn-opt %s --nn-interpret -o /dev/null

func.func @dense(%W: tensor<2x3xf32>, %x: tensor<3xf32>) -> tensor<2xf32> attributes {nn.run = {
    args = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf64>, dense<[1.0, -1.0, 2.0]> : tensor<3xf64>],
    expect = [dense<[5.0, 11.0]> : tensor<2xf64>]}} {
  %y = nn.equation sum [2, 3] reads(%W, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// Rows of three: plain, ties with an infinity, a NaN.
func.func @kinds(%x: tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>)
    attributes {nn.run = {
    args = [dense<[[1.0, 4.0, 2.0], [0xFFF0000000000000, 3.0, 3.0], [1.0, 0x7FF8000000000000, 5.0]]> : tensor<3x3xf64>],
    expect = [dense<[7.0, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<3xf64>,
              dense<[8.0, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<3xf64>,
              dense<[4.0, 3.0, 0x7FF8000000000000]> : tensor<3xf64>,
              dense<[1.0, 0xFFF0000000000000, 0x7FF8000000000000]> : tensor<3xf64>,
              dense<[4.169846019556285, 3.693147180559945, 0x7FF8000000000000]> : tensor<3xf64>,
              dense<[1, 1, 1]> : tensor<3xi32>, dense<[0, 0, 1]> : tensor<3xi32>]}} {
  %sum = nn.equation sum [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xf32>
  %prod = nn.equation prod [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xf32>
  %max = nn.equation max [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xf32>
  %min = nn.equation min [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xf32>
  %lse = nn.equation logsumexp [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xf32>
  %argmax = nn.equation argmax [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xi32>
  %argmin = nn.equation argmin [3, 3] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3x3xf32>) -> tensor<3xi32>
  return %sum, %prod, %max, %min, %lse, %argmax, %argmin : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>
}

// A group that nothing reaches holds the identity. Elements of `to` are 0, 2, 2: group 1 is empty.
func.func @empty_groups(%x: tensor<3xf32>, %to: tensor<3xi32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>, tensor<3xi1>)
    attributes {nn.run = {
    args = [dense<[1.0, 4.0, 2.0]> : tensor<3xf64>, dense<[0, 2, 2]> : tensor<3xi32>],
    expect = [dense<[1.0, 0.0, 6.0]> : tensor<3xf64>, dense<[1.0, 1.0, 8.0]> : tensor<3xf64>,
              dense<[1.0, 0xFFF0000000000000, 4.0]> : tensor<3xf64>, dense<[1.0, 0x7FF0000000000000, 2.0]> : tensor<3xf64>,
              dense<[1.0, 0xFFF0000000000000, 4.126928011042972]> : tensor<3xf64>,
              dense<[0, 0, 1]> : tensor<3xi32>, dense<[0, 2147483647, 1]> : tensor<3xi32>,
              dense<[true, true, false]> : tensor<3xi1>]}} {
  %sum = nn.equation sum [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %prod = nn.equation prod [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %max = nn.equation max [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %min = nn.equation min [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  %lse = nn.equation logsumexp [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xf32>
  // Position within the reduced index e, of the group's greatest value.
  %argmax = nn.equation argmax [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi32>
  %first = nn.equation min [3] reads() [] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
    %e = nn.index 0 : i32
    nn.yield %e : i32
  } : (tensor<3xi32>) -> tensor<3xi32>
  %all = nn.equation min [3] reads(%x) [affine_map<(e) -> (e)>] tables(%to) [affine_map<(e) -> (e)>] writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    %three = arith.constant 3.0 : f32
    %small = arith.cmpf olt, %v, %three : f32
    nn.yield %small : i1
  } : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi1>
  return %sum, %prod, %max, %min, %lse, %argmax, %first, %all : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>, tensor<3xi1>
}

// Padding by a fill, a gradient's drop, a wrap, a mask of run-time length, a table that is looked up through a table.
func.func @edges(%x: tensor<4xf32>, %n: tensor<i32>, %t: tensor<2xi32>, %u: tensor<3xi32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<2xf32>, tensor<4xf32>) attributes {nn.run = {
    args = [dense<[1.0, 2.0, 4.0, 8.0]> : tensor<4xf64>, dense<2> : tensor<i32>, dense<[2, 0]> : tensor<2xi32>, dense<[3, 1, 1]> : tensor<3xi32>],
    expect = [dense<[103.0, 7.0, 14.0, 112.0]> : tensor<4xf64>, dense<[3.0, 7.0, 14.0, 12.0]> : tensor<4xf64>,
              dense<[11.0, 7.0, 14.0, 13.0]> : tensor<4xf64>, dense<3.0> : tensor<f64>, dense<[2.0, 8.0]> : tensor<2xf64>,
              dense<[1.0, 2.0, 0.0, 0.0]> : tensor<4xf64>]}} {
  %padded = nn.equation sum [4, 3] reads(%x) [affine_map<(i, u) -> (i + u - 1)>] writes affine_map<(i, u) -> (i)> fill [100.0 : f32] {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %dropped = nn.equation sum [4, 3] reads(%x) [affine_map<(i, u) -> (i)>] writes affine_map<(i, u) -> (i + u - 1)> drop {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %wrapped = nn.equation sum [4, 3] reads(%x) [affine_map<(i, u) -> ((i + u - 1) mod 4)>] writes affine_map<(i, u) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  %prefix = nn.equation sum [4] reads(%x) [affine_map<(i) -> (i)>] tables(%n) [affine_map<(i) -> ()>] writes affine_map<(i) -> ()>
      where affine_set<(i)[n] : (n - 1 - i >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<i32>) -> tensor<f32>
  %chained = nn.equation map [2] reads(%x) [affine_map<(i)[a, b] -> (b)>] tables(%t, %u) [affine_map<(i) -> (i)>, affine_map<(i)[a] -> (a)>]
      writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<2xi32>, tensor<3xi32>) -> tensor<2xf32>
  %masked = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> where affine_set<(i) : (1 - i >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return %padded, %dropped, %wrapped, %prefix, %chained, %masked : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<2xf32>, tensor<4xf32>
}

// Integers wrap, flags are 0 or 1, floats are truncated towards zero.
func.func @integers(%x: tensor<3xi32>) -> (tensor<i32>, tensor<3xi32>, tensor<3xf32>, tensor<3xi1>) attributes {nn.run = {
    args = [dense<[2147483647, 1, -7]> : tensor<3xi32>],
    expect = [dense<2147483641> : tensor<i32>, dense<[715827881, -1, -4]> : tensor<3xi32>, dense<[2147483647.0, 1.0, -7.0]> : tensor<3xf64>,
              dense<[false, false, true]> : tensor<3xi1>]}} {
  %sum = nn.equation sum [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: i32):
    nn.yield %v : i32
  } : (tensor<3xi32>) -> tensor<i32>
  %third = nn.equation map [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: i32):
    %three = arith.constant 3 : i32
    %one = arith.constant 1 : i32
    %q = arith.floordivsi %v, %three : i32
    %r = arith.subi %q, %one : i32
    nn.yield %r : i32
  } : (tensor<3xi32>) -> tensor<3xi32>
  %float = nn.equation map [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: i32):
    %f = arith.sitofp %v : i32 to f32
    nn.yield %f : f32
  } : (tensor<3xi32>) -> tensor<3xf32>
  %negative = nn.equation map [3] reads(%float) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %k = arith.fptosi %v : f32 to i32
    %zero = arith.constant 0 : i32
    %c = arith.cmpi slt, %k, %zero : i32
    nn.yield %c : i1
  } : (tensor<3xf32>) -> tensor<3xi1>
  return %sum, %third, %float, %negative : tensor<i32>, tensor<3xi32>, tensor<3xf32>, tensor<3xi1>
}

// A box of 1000 points takes several strips.
func.func @long() -> (tensor<i32>, tensor<10xi32>) attributes {nn.run = {
    expect = [dense<499500> : tensor<i32>, dense<[4950, 14950, 24950, 34950, 44950, 54950, 64950, 74950, 84950, 94950]> : tensor<10xi32>]}} {
  %sum = nn.equation sum [1000] reads() [] writes affine_map<(i) -> ()> {
    %i = nn.index 0 : i32
    nn.yield %i : i32
  } : () -> tensor<i32>
  %rows = nn.equation sum [10, 100] reads() [] writes affine_map<(i, j) -> (i)> {
    %i = nn.index 0 : i32
    %j = nn.index 1 : i32
    %c = arith.constant 100 : i32
    %p = arith.muli %i, %c : i32
    %s = arith.addi %p, %j : i32
    nn.yield %s : i32
  } : () -> tensor<10xi32>
  return %sum, %rows : tensor<i32>, tensor<10xi32>
}

// rule: eq.reducers

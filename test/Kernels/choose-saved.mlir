// Which values are stored, and what moves into its readers.
// RUN: %nn-opt %s --nn-choose-saved | FileCheck %s
#bo = affine_map<(b, o) -> (b, o)>
#o = affine_map<(b, o) -> (o)>
#b = affine_map<(b, o) -> (b)>

// A cheap map with small readers is computed in each of them; its indices follow the reader's transposed read.
// CHECK-LABEL: @cheap
// CHECK-NEXT: nn.equation map [4, 8] reads(%arg0, %arg1)
// CHECK: arith.addf
// CHECK: arith.maximumf
// CHECK: nn.equation map [8, 4] reads(%arg0, %arg1)
// CHECK: nn.index 0 : i32
// CHECK: arith.addf
func.func @cheap(%s: tensor<4x8xf32>, %bias: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>) {
  %h = nn.equation map [4, 8] reads(%s, %bias) [#bo, #o] writes #bo {
  ^bb0(%v: f32, %c: f32):
    %i = nn.index 1 : i32
    %f = arith.sitofp %i : i32 to f32
    %a = arith.addf %v, %c : f32
    %d = arith.addf %a, %f : f32
    nn.yield %d : f32
  } : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %r = nn.equation map [4, 8] reads(%h) [#bo] writes #bo {
  ^bb0(%v: f32):
    %z = arith.constant 0.0 : f32
    %m = arith.maximumf %v, %z : f32
    nn.yield %m : f32
  } : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = nn.equation map [8, 4] reads(%h) [affine_map<(i, j) -> (j, i)>] writes #bo {
  ^bb0(%v: f32):
    %m = arith.mulf %v, %v : f32
    nn.yield %m : f32
  } : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return %r, %t : tensor<4x8xf32>, tensor<8x4xf32>
}

// A costly map with two readers is stored; so is one that a reader would compute for more points than it has.
// CHECK-LABEL: @costly
// CHECK: math.exp
// CHECK: nn.equation sum
// CHECK-NOT: math.exp
// CHECK: return
func.func @costly(%s: tensor<4x8xf32>) -> (tensor<4xf32>, tensor<4x8xf32>) {
  %e = nn.equation map [4, 8] reads(%s) [#bo] writes #bo {
  ^bb0(%v: f32):
    %x = math.exp %v : f32
    nn.yield %x : f32
  } : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = nn.equation sum [4, 8] reads(%e) [#bo] writes #b {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x8xf32>) -> tensor<4xf32>
  %q = nn.equation map [4, 8] reads(%e, %z) [#bo, #b] writes #bo {
  ^bb0(%v: f32, %w: f32):
    %x = arith.divf %v, %w : f32
    nn.yield %x : f32
  } : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %z, %q : tensor<4xf32>, tensor<4x8xf32>
}

// `recompute` asks for it.
// CHECK-LABEL: @recompute
// CHECK: nn.equation sum
// CHECK: math.exp
// CHECK: nn.equation prod
// CHECK: math.exp
func.func @recompute(%s: tensor<4x8xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = nn.equation map [4, 8] reads(%s) [#bo] writes #bo attributes {recompute} {
  ^bb0(%v: f32):
    %x = math.exp %v : f32
    nn.yield %x : f32
  } : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = nn.equation sum [4, 8] reads(%e) [#bo] writes #b {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x8xf32>) -> tensor<4xf32>
  %q = nn.equation prod [4, 8] reads(%e) [#bo] writes #b {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x8xf32>) -> tensor<4xf32>
  return %z, %q : tensor<4xf32>, tensor<4xf32>
}

// A domain becomes a selection: outside it the value is zero.
// CHECK-LABEL: @domain
// CHECK: nn.equation sum [4, 8] reads(%arg0) {{.*}} tables(%arg1)
// CHECK: nn.symbol 0 : i32
// CHECK: arith.cmpi sge
// CHECK: arith.select
func.func @domain(%s: tensor<4x8xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %e = nn.equation map [4, 8] reads(%s) [affine_map<(b, o)[n] -> (b, o)>] tables(%n) [affine_map<(b, o)[n] -> ()>]
      writes affine_map<(b, o)[n] -> (b, o)> where affine_set<(b, o)[n] : (n - b - 1 >= 0)> {
  ^bb0(%v: f32):
    %x = math.exp %v : f32
    nn.yield %x : f32
  } : (tensor<4x8xf32>, tensor<i32>) -> tensor<4x8xf32>
  %z = nn.equation sum [4, 8] reads(%e) [#bo] writes #b {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x8xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// What no index changes is computed once, for both readers; constants are part of the body.
// CHECK-LABEL: @scalars
// CHECK: nn.equation map [] reads(%arg1)
// CHECK: math.sqrt
// CHECK: nn.equation map [4, 8] reads(%arg0, %0)
// CHECK-NOT: math.sqrt
// CHECK: arith.constant 3.0
// CHECK-NOT: nn.equation map []
// CHECK: return
func.func @scalars(%s: tensor<4x8xf32>, %t: tensor<f32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %three = nn.constant dense<3.0> : tensor<4x8xf32>
  %x = nn.equation map [4, 8] reads(%s, %t, %three) [#bo, affine_map<(b, o) -> ()>, #bo] writes #bo {
  ^bb0(%v: f32, %u: f32, %c: f32):
    %r = math.sqrt %u : f32
    %q = arith.divf %v, %r : f32
    %p = arith.addf %q, %c : f32
    nn.yield %p : f32
  } : (tensor<4x8xf32>, tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %y = nn.equation map [4, 8] reads(%s, %t) [#bo, affine_map<(b, o) -> ()>] writes #bo {
  ^bb0(%v: f32, %u: f32):
    %r = math.sqrt %u : f32
    %p = arith.mulf %v, %r : f32
    nn.yield %p : f32
  } : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  return %x, %y : tensor<4x8xf32>, tensor<4x8xf32>
}

// A value that is returned is stored: the update reads it instead of computing it again, so the old one can be overwritten.
// CHECK-LABEL: @moment
// CHECK: %[[M:.+]] = nn.equation map [8] reads(%arg0, %arg1)
// CHECK: nn.equation map [8] reads(%[[M]])
// CHECK-NOT: arith.addf
// CHECK: return
func.func @moment(%m: tensor<8xf32>, %g: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %n = nn.equation map [8] reads(%m, %g) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %a, %c : f32
    nn.yield %s : f32
  } : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %u = nn.equation map [8] reads(%g, %m) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%c: f32, %a: f32):
    %s = arith.addf %a, %c : f32
    %r = math.sqrt %s : f32
    nn.yield %r : f32
  } : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %n, %u : tensor<8xf32>, tensor<8xf32>
}

// The root of a channel's variance is taken once for each channel, and what is divided by it is multiplied by its reciprocal. That of a
// row of two is not worth an equation.
// CHECK-LABEL: @few_rows
// CHECK: %[[R:.+]] = nn.equation map [8] reads(%arg1)
// CHECK: %[[ROOT:.+]] = math.sqrt
// CHECK: arith.divf %cst{{.*}}, %[[ROOT]]
// CHECK: nn.equation map [32, 8] reads(%arg0, %[[R]])
// CHECK-NOT: math.sqrt
// CHECK: arith.mulf
// CHECK: nn.equation map [16, 2] reads(%arg2, %arg3)
// CHECK: math.sqrt
// CHECK: arith.divf
func.func @few_rows(%x: tensor<32x8xf32>, %v: tensor<8xf32>, %y: tensor<16x2xf32>, %w: tensor<16xf32>)
    -> (tensor<32x8xf32>, tensor<16x2xf32>) {
  %n = nn.equation map [32, 8] reads(%x, %v) [#bo, #o] writes #bo {
  ^bb0(%a: f32, %s: f32):
    %eps = arith.constant 1.0e-5 : f32
    %t = arith.addf %s, %eps : f32
    %r = math.sqrt %t : f32
    %q = arith.divf %a, %r : f32
    nn.yield %q : f32
  } : (tensor<32x8xf32>, tensor<8xf32>) -> tensor<32x8xf32>
  %m = nn.equation map [16, 2] reads(%y, %w) [#bo, #b] writes #bo {
  ^bb0(%a: f32, %s: f32):
    %r = math.sqrt %s : f32
    %q = arith.divf %a, %r : f32
    nn.yield %q : f32
  } : (tensor<16x2xf32>, tensor<16xf32>) -> tensor<16x2xf32>
  return %n, %m : tensor<32x8xf32>, tensor<16x2xf32>
}

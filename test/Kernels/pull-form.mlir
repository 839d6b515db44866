// Every cell of a result gets one owner where the maps allow it.
// RUN: %nn-opt %s --nn-pull-form | FileCheck %s

// The input gradient of a strided window: cells 2q + r are reached through inner = 2a + r - 1, outer = q - a + 1.
// CHECK-DAG: #[[OUT:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 * 2 + d3)>
// CHECK-DAG: #[[DY:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 - d4 + 1)>
// CHECK-DAG: #[[K:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d4 * 2 + d3 - 1)>
// CHECK-DAG: #[[IN:.+]] = affine_set<(d0, d1, d2, d3, d4) : (d1 - d4 + 1 >= 0, -d1 + d4 + 2 >= 0, d4 * 2 + d3 - 1 >= 0)>
// CHECK-LABEL: @strided
// CHECK: nn.equation sum [2, 4, 1, 2, 2] reads(%{{.*}}, %{{.*}}) [#[[DY]], #[[K]]] writes #[[OUT]] where #[[IN]] drop {
func.func @strided(%dy: tensor<2x4xf32>, %k: tensor<3xf32>) -> tensor<2x7xf32> {
  %dx = nn.equation sum [2, 4, 3] reads(%dy, %k) [affine_map<(b, i, u) -> (b, i)>, affine_map<(b, i, u) -> (u)>]
      writes affine_map<(b, i, u) -> (b, 2 * i + u - 1)> drop {
  ^bb0(%g: f32, %w: f32):
    %p = arith.mulf %g, %w : f32
    nn.yield %p : f32
  } : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<2x7xf32>
  return %dx : tensor<2x7xf32>
}

// Where the cells are a multiple of the stride, and padding is cut off, none is dropped.
// CHECK-LABEL: @whole
// CHECK: nn.equation sum [2, 4, 1, 2, 2] {{.*}} where #[[IN]] {
func.func @whole(%dy: tensor<2x4xf32>, %k: tensor<3xf32>) -> tensor<2x8xf32> {
  %dx = nn.equation sum [2, 4, 3] reads(%dy, %k) [affine_map<(b, i, u) -> (b, i)>, affine_map<(b, i, u) -> (u)>]
      writes affine_map<(b, i, u) -> (b, 2 * i + u - 1)> drop {
  ^bb0(%g: f32, %w: f32):
    %p = arith.mulf %g, %w : f32
    nn.yield %p : f32
  } : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<2x8xf32>
  return %dx : tensor<2x8xf32>
}

// Without a stride there is no residue, and the body sees the old indices.
// CHECK-LABEL: @window
// CHECK: nn.equation sum [6, 1, 3] reads
// CHECK: %[[A:.+]] = nn.index 2 : i32
// CHECK: nn.yield
func.func @window(%dy: tensor<4xf32>) -> tensor<6xf32> {
  %dx = nn.equation sum [4, 3] reads(%dy) [affine_map<(i, u) -> (i)>] writes affine_map<(i, u) -> (i + u)> {
  ^bb0(%g: f32):
    %u = nn.index 1 : i32
    %f = arith.sitofp %u : i32 to f32
    %p = arith.mulf %g, %f : f32
    nn.yield %p : f32
  } : (tensor<4xf32>) -> tensor<6xf32>
  return %dx : tensor<6xf32>
}

// A write to a computed place that the other indices decide: compare instead, and every cell is owned.
// CHECK-LABEL: @one_hot
// CHECK: nn.equation map [8, 10] {{.*}} where #{{.*}} {
func.func @one_hot(%v: tensor<8xf32>, %label: tensor<8xi32>) -> tensor<8x10xf32> {
  %r = nn.equation sum [8] reads(%v) [affine_map<(b)[s] -> (b)>] tables(%label) [affine_map<(b)[s] -> (b)>] below [10]
      writes affine_map<(b)[s] -> (b, s)> {
  ^bb0(%x: f32):
    nn.yield %x : f32
  } : (tensor<8xf32>, tensor<8xi32>) -> tensor<8x10xf32>
  return %r : tensor<8x10xf32>
}

// A sum over groups keeps its scatter.
// CHECK-LABEL: @groups
// CHECK: nn.equation sum [99, 8] {{.*}} writes #{{.*}} {
func.func @groups(%m: tensor<99x8xf32>, %to: tensor<99xi32>) -> tensor<20x8xf32> {
  %y = nn.equation sum [99, 8] reads(%m) [affine_map<(e, f)[s] -> (e, f)>] tables(%to) [affine_map<(e, f)[s] -> (e)>] below [20]
      writes affine_map<(e, f)[s] -> (s, f)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<99x8xf32>, tensor<99xi32>) -> tensor<20x8xf32>
  return %y : tensor<20x8xf32>
}

// The largest of a group needs all of the group at once.
// CHECK-LABEL: @largest
// CHECK: nn.equation argmax [99, 20] {{.*}} where #{{.*}} {
func.func @largest(%m: tensor<99xf32>, %to: tensor<99xi32>) -> tensor<20xi32> {
  %y = nn.equation argmax [99] reads(%m) [affine_map<(e)[s] -> (e)>] tables(%to) [affine_map<(e)[s] -> (e)>] below [20]
      writes affine_map<(e)[s] -> (s)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<99xf32>, tensor<99xi32>) -> tensor<20xi32>
  return %y : tensor<20xi32>
}

// CHECK-LABEL: @sample
// CHECK: nn.equation map [4, 3, 5] reads(%arg0, %arg0, %arg0, %arg0)
// CHECK: nn.random normal key
// CHECK-SAME: site 7
func.func @sample(%key: tensor<4x4xi32>) -> tensor<4x3x5xf32> {
  %s = nn.sample normal %key site 7 : tensor<4x4xi32> -> tensor<4x3x5xf32>
  return %s : tensor<4x3x5xf32>
}

// CHECK-LABEL: @logsumexp
// CHECK: nn.equation max [4, 3]
// CHECK: nn.equation sum [4, 3]
// CHECK: math.exp
// CHECK: nn.equation map [4]
// CHECK: math.log
func.func @logsumexp(%z: tensor<4x3xf32>) -> tensor<4xf32> {
  %l = nn.equation logsumexp [4, 3] reads(%z) [affine_map<(b, i) -> (b, i)>] writes affine_map<(b, i) -> (b)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x3xf32>) -> tensor<4xf32>
  return %l : tensor<4xf32>
}

// Scores that are larger than their operands live in stripes of the kernels that read them, and are computed in each.
// RUN: %nn-opt %s --nn-pack-operands | FileCheck %s --check-prefix PACK
// RUN: %nn-opt %s --nn-pack-operands --nn-form-kernels | FileCheck %s
// RUN: %nn-opt %s --nn-pack-operands --nn-form-kernels --nn-assign-layouts --nn-outline-dedup --nn-plan-step | FileCheck %s --check-prefix PLAN

// Vectors run along j, so k is copied with j last; q is not read along it.
// PACK-DAG: #[[JLAST:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d3)>
// PACK-DAG: #[[K:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1 * 8 + d2)>
// PACK: nn.equation map [4, 2, 8, 128] reads(%arg1) [#[[K]]]
// PACK: nn.equation sum [4, 2, 128, 128, 8] reads(%arg0, %{{.*}}) [#{{.*}}, #[[JLAST]]]

// The copies come first, then stripes of queries at each example and head: scores, weights, mixtures.
// CHECK: nn.kernel @k_0 frame 128 grain 64 attributes {nn.outer = array<i64: 4, 2>} {
// CHECK: %[[S:.+]] = nn.scratch axis 2 {nn.outer = array<i64: 0, 1>} : memref<4x2x128x128xf32>
// CHECK: nn.equation sum [4, 2, 128, 128, 8] {{.*}} writes(%[[S]]) {{.*}} {nn.form = "owner", nn.frame = 2 : i64, nn.outer = array<i64: 0, 1>}
// CHECK: %[[P:.+]] = nn.scratch axis 2 {nn.outer = array<i64: 0, 1>} : memref<4x2x128x128xf32>
// CHECK: nn.equation map [4, 2, 128, 128] reads(%[[S]]) {{.*}} writes(%[[P]])
// CHECK: nn.equation sum [4, 2, 8, 128, 128] reads(%[[P]], {{.*}} {nn.form = "owner", nn.frame = 3 : i64, nn.outer = array<i64: 0, 1>}

// Sums over queries: scores are computed again, by stripes of keys.
// CHECK: nn.kernel @k_1 frame 128 grain 64 attributes {nn.outer = array<i64: 4, 2>} {
// CHECK: %[[S:.+]] = nn.scratch axis 3
// CHECK: nn.equation sum [4, 2, 128, 128, 8] {{.*}} writes(%[[S]]) {{.*}} {nn.form = "owner", nn.frame = 3 : i64, nn.outer = array<i64: 0, 1>}
// CHECK: nn.equation map [4, 2, 128, 128] reads(%[[S]])
// CHECK: nn.equation sum [4, 2, 8, 128, 128]
// CHECK: func.func @f
// CHECK-NOT: 4x2x128x128

// A stripe of 64 rows of 128 numbers, twice.
// PLAN: nn.kernel @k_0 frame 128 grain 64 attributes {nn.outer = array<i64: 4, 2>, nn.workspace_bytes = 65536 : i64} {

func.func @f(%q: tensor<4x128x16xf32> {nn.binding = #nn.bind<arg, "q">}, %k: tensor<4x128x16xf32> {nn.binding = #nn.bind<arg, "k">}, %v: tensor<4x128x16xf32> {nn.binding = #nn.bind<arg, "v">})
    -> (tensor<4x128x16xf32> {nn.binding = #nn.bind<output, "y">}, tensor<4x128x16xf32> {nn.binding = #nn.bind<output, "z">}) {
  %s = nn.equation sum [4, 2, 128, 128, 8] reads(%q, %k)
      [affine_map<(b, a, i, j, c) -> (b, i, a * 8 + c)>, affine_map<(b, a, i, j, c) -> (b, j, a * 8 + c)>]
      writes affine_map<(b, a, i, j, c) -> (b, a, i, j)> {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    nn.yield %p : f32
  } : (tensor<4x128x16xf32>, tensor<4x128x16xf32>) -> tensor<4x2x128x128xf32>
  %p = nn.equation map [4, 2, 128, 128] reads(%s) [affine_map<(b, a, i, j) -> (b, a, i, j)>]
      writes affine_map<(b, a, i, j) -> (b, a, i, j)> {
  ^bb0(%x: f32):
    %e = math.exp %x : f32
    nn.yield %e : f32
  } : (tensor<4x2x128x128xf32>) -> tensor<4x2x128x128xf32>
  %y = nn.equation sum [4, 2, 8, 128, 128] reads(%p, %v)
      [affine_map<(b, a, c, i, j) -> (b, a, i, j)>, affine_map<(b, a, c, i, j) -> (b, j, a * 8 + c)>]
      writes affine_map<(b, a, c, i, j) -> (b, i, a * 8 + c)> {
  ^bb0(%x: f32, %w: f32):
    %m = arith.mulf %x, %w : f32
    nn.yield %m : f32
  } : (tensor<4x2x128x128xf32>, tensor<4x128x16xf32>) -> tensor<4x128x16xf32>
  %z = nn.equation sum [4, 2, 8, 128, 128] reads(%p, %q)
      [affine_map<(b, a, c, j, i) -> (b, a, i, j)>, affine_map<(b, a, c, j, i) -> (b, i, a * 8 + c)>]
      writes affine_map<(b, a, c, j, i) -> (b, j, a * 8 + c)> {
  ^bb0(%x: f32, %w: f32):
    %m = arith.mulf %x, %w : f32
    nn.yield %m : f32
  } : (tensor<4x2x128x128xf32>, tensor<4x128x16xf32>) -> tensor<4x128x16xf32>
  return %y, %z : tensor<4x128x16xf32>, tensor<4x128x16xf32>
}

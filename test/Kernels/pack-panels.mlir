// A contraction that would sum across lanes of a matrix reads a copy of it in panels, if it reads each element often.
// RUN: %nn-opt %s --nn-pack-panels | FileCheck %s

// The matrix is stored along o for the first product; the second one runs along i. Panels of 64 divide 128.
// CHECK: #[[COPIED:.+]] = affine_map<(d0, d1, d2) -> (d0 * 64 + d2, d1)>
// CHECK: #[[PANELS:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
// CHECK: #[[RESULT:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 * 64 + d3)>
// CHECK-LABEL: func.func @both
// CHECK: %[[P:.+]] = nn.equation map [2, 192, 64] reads(%arg1) [#[[COPIED]]]
// CHECK: nn.equation sum [2048, 192, 128] reads(%arg0, %arg1)
// CHECK: nn.equation sum [2048, 2, 192, 64] reads(%{{.*}}, %[[P]]) [#{{.*}}, #[[PANELS]]] writes #[[RESULT]]
// CHECK-NOT: nn.equation map
// CHECK: return
func.func @both(%x: tensor<2048x128xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<128x192xf32> {nn.binding = #nn.bind<param, "w">})
    -> (tensor<2048x128xf32> {nn.binding = #nn.bind<output, "0">}) {
  %y = nn.equation sum [2048, 192, 128] reads(%x, %w) [affine_map<(b, o, i) -> (b, i)>, affine_map<(b, o, i) -> (i, o)>]
      writes affine_map<(b, o, i) -> (b, o)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<2048x128xf32>, tensor<128x192xf32>) -> tensor<2048x192xf32>
  %z = nn.equation sum [2048, 128, 192] reads(%y, %w) [affine_map<(b, i, o) -> (b, o)>, affine_map<(b, i, o) -> (i, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<2048x192xf32>, tensor<128x192xf32>) -> tensor<2048x128xf32>
  return %z : tensor<2048x128xf32>
}

// A batch of 64 reads each element 64 times: a copy would cost more than it spares.
// CHECK-LABEL: func.func @seldom
// CHECK-NOT: nn.equation map
// CHECK: return
func.func @seldom(%x: tensor<64x192xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<128x192xf32> {nn.binding = #nn.bind<arg, "w">})
    -> (tensor<64x128xf32> {nn.binding = #nn.bind<output, "0">}) {
  %z = nn.equation sum [64, 128, 192] reads(%x, %w) [affine_map<(b, i, o) -> (b, o)>, affine_map<(b, i, o) -> (i, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<64x192xf32>, tensor<128x192xf32>) -> tensor<64x128xf32>
  return %z : tensor<64x128xf32>
}

// 100 rows are no panels.
// CHECK-LABEL: func.func @odd
// CHECK-NOT: nn.equation map
// CHECK: return
func.func @odd(%x: tensor<2048x192xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<100x192xf32> {nn.binding = #nn.bind<arg, "w">})
    -> (tensor<2048x100xf32> {nn.binding = #nn.bind<output, "0">}) {
  %z = nn.equation sum [2048, 100, 192] reads(%x, %w) [affine_map<(b, i, o) -> (b, o)>, affine_map<(b, i, o) -> (i, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<2048x192xf32>, tensor<100x192xf32>) -> tensor<2048x100xf32>
  return %z : tensor<2048x100xf32>
}

// However large it is.
// CHECK-LABEL: func.func @large
// CHECK: nn.equation map [24, 384, 64] reads(%arg1)
// CHECK: nn.equation sum [2048, 24, 384, 64]
func.func @large(%x: tensor<2048x384xf32> {nn.binding = #nn.bind<arg, "x">}, %w: tensor<1536x384xf32> {nn.binding = #nn.bind<arg, "w">})
    -> (tensor<2048x1536xf32> {nn.binding = #nn.bind<output, "0">}) {
  %z = nn.equation sum [2048, 1536, 384] reads(%x, %w) [affine_map<(b, i, o) -> (b, o)>, affine_map<(b, i, o) -> (i, o)>]
      writes affine_map<(b, i, o) -> (b, i)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<2048x384xf32>, tensor<1536x384xf32>) -> tensor<2048x1536xf32>
  return %z : tensor<2048x1536xf32>
}

// A result that is written in the order of its reader, whose rows lie along another axis than its last: panels run along these, too.
// CHECK-LABEL: func.func @turned
// CHECK: %[[P:.+]] = nn.equation map [2, 192, 64] reads(%arg1)
// CHECK: nn.equation sum [8, 256, 2, 192, 64] reads(%{{.*}}, %[[P]])
// CHECK: nn.equation map [8, 256, 128]
// CHECK: return
func.func @turned(%y: tensor<8x256x192xf32> {nn.binding = #nn.bind<arg, "y">}, %w: tensor<128x192xf32> {nn.binding = #nn.bind<arg, "w">})
    -> (tensor<8x256x128xf32> {nn.binding = #nn.bind<output, "0">}) {
  %z = nn.equation sum [8, 256, 128, 192] reads(%y, %w) [affine_map<(b, p, i, o) -> (b, p, o)>, affine_map<(b, p, i, o) -> (i, o)>]
      writes affine_map<(b, p, i, o) -> (b, i, p)> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    nn.yield %p : f32
  } : (tensor<8x256x192xf32>, tensor<128x192xf32>) -> tensor<8x128x256xf32>
  %r = nn.equation map [8, 256, 128] reads(%z) [affine_map<(b, p, i) -> (b, i, p)>] writes affine_map<(b, p, i) -> (b, p, i)> {
  ^bb0(%a: f32):
    %s = math.exp %a : f32
    nn.yield %s : f32
  } : (tensor<8x128x256xf32>) -> tensor<8x256x128xf32>
  return %r : tensor<8x256x128xf32>
}

// Scores of 16 places, 1024 x 1024 each, are 64 MiB where a GPU's second cache has some 40: eight places a launch, on ranges of the
// operands' bytes. What counts the places stays whole.
// RUN: %nn-opt %s --nn-split-places | FileCheck %s

#q = affine_map<(b, i, j, e) -> (b, i, e)>
#k = affine_map<(b, i, j, e) -> (b, j, e)>
#s = affine_map<(b, i, j, e) -> (b, i, j)>
#cell = affine_map<(b, i, j) -> (b, i, j)>
#scale = affine_map<(b, i, j) -> ()>
#row = affine_map<(b, i, j) -> (b, i)>

// CHECK-LABEL: nn.kernel @scores$places frame 1024 grain 16 attributes {nn.outer = array<i64: 8>
// CHECK: ^bb0(%{{.*}}: memref<8x1024x64xf32>, %{{.*}}: memref<8x1024x64xf32>, %{{.*}}: memref<f32>, %{{.*}}: memref<8x1024xf32>):
// CHECK: nn.scratch {{.*}} : memref<8x1024x1024xf32>
// CHECK: nn.equation sum [8, 1024, 1024, 64]
// CHECK: nn.equation sum [8, 1024, 1024]
nn.kernel @scores frame 1024 grain 16 attributes {nn.outer = array<i64: 16>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<16x1024x64xf32>, %k: memref<16x1024x64xf32>, %c: memref<f32>, %y: memref<16x1024xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<16x1024x1024xf32>
  nn.equation sum [16, 1024, 1024, 64] reads(%q, %k) [#q, #k] writes(%s) #s attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<16x1024x64xf32>, memref<16x1024x64xf32>, memref<16x1024x1024xf32>) -> ()
  nn.equation sum [16, 1024, 1024] reads(%s, %c) [#cell, #scale] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %e = math.exp %m : f32
    nn.yield %e : f32
  } : (memref<16x1024x1024xf32>, memref<f32>, memref<16x1024xf32>) -> ()
}

// CHECK-LABEL: nn.kernel @counted frame 1024
nn.kernel @counted frame 1024 grain 16 attributes {nn.outer = array<i64: 16>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<16x1024x64xf32>, %k: memref<16x1024x64xf32>, %c: memref<f32>, %y: memref<16x1024xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<16x1024x1024xf32>
  nn.equation sum [16, 1024, 1024, 64] reads(%q, %k) [#q, #k] writes(%s) #s attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<16x1024x64xf32>, memref<16x1024x64xf32>, memref<16x1024x1024xf32>) -> ()
  nn.equation sum [16, 1024, 1024] reads(%s, %c) [#cell, #scale] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %n = nn.index 0 : i32
    %r = arith.sitofp %n : i32 to f32
    %m = arith.mulf %a, %r : f32
    nn.yield %m : f32
  } : (memref<16x1024x1024xf32>, memref<f32>, memref<16x1024xf32>) -> ()
}

// CHECK: %[[C:.*]] = nn.buffer scratch offset 0
// CHECK-DAG: %[[Q0:.*]] = nn.buffer io offset 0 : memref<8x1024x64xf32>
// CHECK-DAG: %[[K0:.*]] = nn.buffer io offset 4194304 : memref<8x1024x64xf32>
// CHECK-DAG: %[[Y0:.*]] = nn.buffer io offset 8388608 : memref<8x1024xf32>
// CHECK: nn.launch @scores$places(%[[Q0]], %[[K0]], %[[C]], %[[Y0]])
// CHECK-DAG: %[[Q1:.*]] = nn.buffer io offset 2097152 : memref<8x1024x64xf32>
// CHECK-DAG: %[[K1:.*]] = nn.buffer io offset 6291456 : memref<8x1024x64xf32>
// CHECK-DAG: %[[Y1:.*]] = nn.buffer io offset 8421376 : memref<8x1024xf32>
// CHECK: nn.launch @scores$places(%[[Q1]], %[[K1]], %[[C]], %[[Y1]])
// CHECK: nn.launch @counted(
func.func @root() attributes {nn.io_bytes = 8454144 : i64} {
  %c = nn.buffer scratch offset 0 : memref<f32>
  %q = nn.buffer io offset 0 : memref<16x1024x64xf32>
  %k = nn.buffer io offset 4194304 : memref<16x1024x64xf32>
  %y = nn.buffer io offset 8388608 : memref<16x1024xf32>
  nn.launch @scores(%q, %k, %c, %y) : memref<16x1024x64xf32>, memref<16x1024x64xf32>, memref<f32>, memref<16x1024xf32>
  nn.launch @counted(%q, %k, %c, %y) : memref<16x1024x64xf32>, memref<16x1024x64xf32>, memref<f32>, memref<16x1024xf32>
  return
}

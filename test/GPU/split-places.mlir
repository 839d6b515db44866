// Scores of 4 places, 2048 x 2048 each, are 64 MiB where a GPU's second cache has some 40: two places a launch, on ranges of the
// operands' bytes. What counts the places stays whole.
// RUN: %nn-opt %s --nn-split-places | FileCheck %s

#q = affine_map<(b, i, j, e) -> (b, i, e)>
#k = affine_map<(b, i, j, e) -> (b, j, e)>
#s = affine_map<(b, i, j, e) -> (b, i, j)>
#cell = affine_map<(b, i, j) -> (b, i, j)>
#scale = affine_map<(b, i, j) -> ()>
#row = affine_map<(b, i, j) -> (b, i)>

// CHECK-LABEL: nn.kernel @scores$places frame 2048 grain 16 attributes {nn.outer = array<i64: 2>
// CHECK: ^bb0(%{{.*}}: memref<2x2048x64xf32>, %{{.*}}: memref<2x2048x64xf32>, %{{.*}}: memref<f32>, %{{.*}}: memref<2x2048xf32>):
// CHECK: nn.scratch {{.*}} : memref<2x2048x2048xf32>
// CHECK: nn.equation sum [2, 2048, 2048, 64]
// CHECK: nn.equation sum [2, 2048, 2048]
nn.kernel @scores frame 2048 grain 16 attributes {nn.outer = array<i64: 4>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<4x2048x64xf32>, %k: memref<4x2048x64xf32>, %c: memref<f32>, %y: memref<4x2048xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<4x2048x2048xf32>
  nn.equation sum [4, 2048, 2048, 64] reads(%q, %k) [#q, #k] writes(%s) #s attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<4x2048x64xf32>, memref<4x2048x64xf32>, memref<4x2048x2048xf32>) -> ()
  nn.equation sum [4, 2048, 2048] reads(%s, %c) [#cell, #scale] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %e = math.exp %m : f32
    nn.yield %e : f32
  } : (memref<4x2048x2048xf32>, memref<f32>, memref<4x2048xf32>) -> ()
}

// CHECK-LABEL: nn.kernel @counted frame 2048
nn.kernel @counted frame 2048 grain 16 attributes {nn.outer = array<i64: 4>, nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<4x2048x64xf32>, %k: memref<4x2048x64xf32>, %c: memref<f32>, %y: memref<4x2048xf32>):
  %s = nn.scratch axis 1 offset 0 {nn.outer = array<i64: 0>} : memref<4x2048x2048xf32>
  nn.equation sum [4, 2048, 2048, 64] reads(%q, %k) [#q, #k] writes(%s) #s attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<4x2048x64xf32>, memref<4x2048x64xf32>, memref<4x2048x2048xf32>) -> ()
  nn.equation sum [4, 2048, 2048] reads(%s, %c) [#cell, #scale] writes(%y) #row attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32, %b: f32):
    %n = nn.index 0 : i32
    %r = arith.sitofp %n : i32 to f32
    %m = arith.mulf %a, %r : f32
    nn.yield %m : f32
  } : (memref<4x2048x2048xf32>, memref<f32>, memref<4x2048xf32>) -> ()
}

// CHECK: %[[C:.*]] = nn.buffer scratch offset 0
// CHECK-DAG: %[[Q0:.*]] = nn.buffer io offset 0 : memref<2x2048x64xf32>
// CHECK-DAG: %[[K0:.*]] = nn.buffer io offset 2097152 : memref<2x2048x64xf32>
// CHECK-DAG: %[[Y0:.*]] = nn.buffer io offset 4194304 : memref<2x2048xf32>
// CHECK: nn.launch @scores$places(%[[Q0]], %[[K0]], %[[C]], %[[Y0]])
// CHECK-DAG: %[[Q1:.*]] = nn.buffer io offset 1048576 : memref<2x2048x64xf32>
// CHECK-DAG: %[[K1:.*]] = nn.buffer io offset 3145728 : memref<2x2048x64xf32>
// CHECK-DAG: %[[Y1:.*]] = nn.buffer io offset 4210688 : memref<2x2048xf32>
// CHECK: nn.launch @scores$places(%[[Q1]], %[[K1]], %[[C]], %[[Y1]])
// CHECK: nn.launch @counted(
func.func @root() attributes {nn.io_bytes = 4227072 : i64} {
  %c = nn.buffer scratch offset 0 : memref<f32>
  %q = nn.buffer io offset 0 : memref<4x2048x64xf32>
  %k = nn.buffer io offset 2097152 : memref<4x2048x64xf32>
  %y = nn.buffer io offset 4194304 : memref<4x2048xf32>
  nn.launch @scores(%q, %k, %c, %y) : memref<4x2048x64xf32>, memref<4x2048x64xf32>, memref<f32>, memref<4x2048xf32>
  nn.launch @counted(%q, %k, %c, %y) : memref<4x2048x64xf32>, memref<4x2048x64xf32>, memref<f32>, memref<4x2048xf32>
  return
}

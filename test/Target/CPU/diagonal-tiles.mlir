// Where a condition cuts the cells of a contraction along a diagonal, tiles are narrower than without it, so that fewer points beyond it are computed.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @whole
// CHECK: step %c64
// CHECK: step %c6
nn.kernel @whole frame 256 grain 32 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<256x64xf32>, %k: memref<64x256xf32>, %s: memref<256x256xf32>):
  nn.equation sum [256, 256, 64] reads(%q, %k) [affine_map<(i, j, d) -> (i, d)>, affine_map<(i, j, d) -> (d, j)>]
      writes(%s) affine_map<(i, j, d) -> (i, j)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<256x64xf32>, memref<64x256xf32>, memref<256x256xf32>) -> ()
}

// CHECK-LABEL: func.func @causal
// CHECK: step %c32
// CHECK: step %c32
// CHECK: step %c8
nn.kernel @causal frame 256 grain 32 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%q: memref<256x64xf32>, %k: memref<64x256xf32>, %s: memref<256x256xf32>):
  nn.equation sum [256, 256, 64] reads(%q, %k) [affine_map<(i, j, d) -> (i, d)>, affine_map<(i, j, d) -> (d, j)>]
      writes(%s) affine_map<(i, j, d) -> (i, j)> where affine_set<(i, j, d) : (i - j >= 0)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<256x64xf32>, memref<64x256xf32>, memref<256x256xf32>) -> ()
}

// Kernels that differ in their names alone become one.
// RUN: %nn-opt %s --nn-outline-dedup | FileCheck %s
// CHECK: nn.kernel @a
// CHECK-NOT: nn.kernel @b
// CHECK: nn.kernel @c
// CHECK: nn.launch @a
// CHECK-NEXT: nn.launch @a
// CHECK-NEXT: nn.launch @c
nn.kernel @a frame 8 grain 8 {
^bb0(%x: memref<8xf32>, %y: memref<8xf32>):
  nn.equation map [8] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%v: f32):
    %p = arith.mulf %v, %v : f32
    nn.yield %p : f32
  } : (memref<8xf32>, memref<8xf32>) -> ()
}
nn.kernel @b frame 8 grain 8 {
^bb0(%in: memref<8xf32>, %out: memref<8xf32>):
  nn.equation map [8] reads(%in) [affine_map<(k) -> (k)>] writes(%out) affine_map<(k) -> (k)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%w: f32):
    %q = arith.mulf %w, %w : f32
    nn.yield %q : f32
  } : (memref<8xf32>, memref<8xf32>) -> ()
}
nn.kernel @c frame 8 grain 8 {
^bb0(%x: memref<8xf32>, %y: memref<8xf32>):
  nn.equation map [8] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%v: f32):
    %p = arith.addf %v, %v : f32
    nn.yield %p : f32
  } : (memref<8xf32>, memref<8xf32>) -> ()
}
func.func @f(%x: memref<8xf32> {nn.binding = #nn.bind<arg, "x">}, %y: memref<8xf32> {nn.binding = #nn.bind<output, "0">, nn.result}) {
  %t = nn.buffer scratch : memref<8xf32>
  %u = nn.buffer scratch : memref<8xf32>
  nn.launch @a(%x, %t) : memref<8xf32>, memref<8xf32>
  nn.launch @b(%t, %u) : memref<8xf32>, memref<8xf32>
  nn.launch @c(%u, %y) : memref<8xf32>, memref<8xf32>
  return
}

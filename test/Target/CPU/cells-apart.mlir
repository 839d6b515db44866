// Channels are innermost in what is read, outermost in the result: vectors run along them, and lanes are stored one by
// one.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @pool
// CHECK: vector.load %arg0{{.*}} vector<16xf32>
// CHECK: arith.maximumf {{.*}} vector<16xf32>
// CHECK: vector.extract {{.*}}[0] : f32 from vector<16xf32>
// CHECK: memref.store {{.*}}, %arg1[%c0, {{.*}}] : memref<16x5x5xf32>
// CHECK: vector.extract {{.*}}[15] : f32 from vector<16xf32>
// CHECK: memref.store {{.*}}, %arg1[%c15, {{.*}}] : memref<16x5x5xf32>
nn.kernel @pool frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<10x10x16xf32>, %y: memref<16x5x5xf32>):
  nn.equation max [16, 5, 5, 2, 2] reads(%x) [affine_map<(k, i, j, u, v) -> (i * 2 + u, j * 2 + v, k)>]
      writes(%y) affine_map<(k, i, j, u, v) -> (k, i, j)> attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<10x10x16xf32>, memref<16x5x5xf32>) -> ()
}

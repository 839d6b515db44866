// A map that reads along one index and writes along another: a tile of 16 x 16 reads vectors along the rows and transposes
// them by four rounds of shuffles, where lanes would be gathered one by one.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @turn
// CHECK-COUNT-16: vector.load %arg0{{.*}} vector<16xf32>
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.store
// CHECK-NOT: vector.gather
nn.kernel @turn frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x32xf32>, %y: memref<32x64xf32>):
  nn.equation map [32, 64] reads(%x) [affine_map<(i, j) -> (j, i)>] writes(%y) affine_map<(i, j) -> (i, j)>
      attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<64x32xf32>, memref<32x64xf32>) -> ()
}

// Rows that fill no square are gathered.
// CHECK-LABEL: func.func @rest
// CHECK-NOT: vector.shuffle
// CHECK: vector.gather
nn.kernel @rest frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x30xf32>, %y: memref<30x64xf32>):
  nn.equation map [30, 64] reads(%x) [affine_map<(i, j) -> (j, i)>] writes(%y) affine_map<(i, j) -> (i, j)>
      attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<64x30xf32>, memref<30x64xf32>) -> ()
}

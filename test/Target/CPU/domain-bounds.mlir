// A condition that bounds a reduced index becomes the bound of its loop; one on the cells of a tile becomes a mask.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @rows
// CHECK: %[[N:.*]] = memref.load %arg1[]
// CHECK: %[[CAST:.*]] = arith.index_cast %[[N]]
// CHECK: %[[END:.*]] = arith.minsi {{.*}} : index
// CHECK: scf.for {{.*}} to %[[END]] {{.*}} -> (vector<16xf32>)
nn.kernel @rows frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<64x16xf32>, %n: memref<i32>, %y: memref<16xf32>):
  nn.equation sum [16, 64] reads(%x) [affine_map<(i, b) -> (b, i)>] tables(%n) [affine_map<(i, b) -> ()>] writes(%y) affine_map<(i, b) -> (i)>
      where affine_set<(i, b)[s] : (s - b - 1 >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<64x16xf32>, memref<i32>, memref<16xf32>) -> ()
}

// CHECK-LABEL: func.func @cells
// CHECK: arith.cmpi sge, {{.*}} : vector<16xi32>
// CHECK: vector.maskedload
// CHECK: arith.select {{.*}} : vector<16xi1>, vector<16xf32>
nn.kernel @cells frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %n: memref<i32>, %y: memref<16xf32>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] tables(%n) [affine_map<(i) -> ()>] writes(%y) affine_map<(i) -> (i)>
      where affine_set<(i)[s] : (s - i - 1 >= 0)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<16xf32>, memref<i32>, memref<16xf32>) -> ()
}

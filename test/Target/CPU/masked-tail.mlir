// What does not fill the lanes is masked, on loads and on stores; there are no scalar loops at the end.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @tail
// CHECK: %[[MASK:.*]] = vector.constant_mask [4] : vector<16xi1>
// CHECK: vector.maskedload %arg0[%c32], %[[MASK]]
// CHECK: arith.addf {{.*}} fastmath<contract> : vector<16xf32>
// CHECK: vector.maskedstore %arg1[%c32], %[[MASK]]
// CHECK-NOT: memref.store {{.*}}f32
nn.kernel @tail frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<36xf32>, %y: memref<36xf32>):
  nn.equation map [36] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %s = arith.addf %v, %v : f32
    nn.yield %s : f32
  } : (memref<36xf32>, memref<36xf32>) -> ()
}

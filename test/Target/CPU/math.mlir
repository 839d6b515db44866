// f32 functions become polynomials on lanes, without a call; f64 ones call the C library for each lane.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --nn-expand-math --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @single
// CHECK-NOT: math.exp
// CHECK-NOT: math.cos
// CHECK-NOT: call @
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: return
nn.kernel @single frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %y: memref<16xf32>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %e = math.exp %v : f32
    %c = math.cos %e : f32
    nn.yield %c : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
}

// CHECK-LABEL: func.func @double
// CHECK: call @tanh
nn.kernel @double frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf64>, %y: memref<16xf64>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f64):
    %t = math.tanh %v : f64
    nn.yield %t : f64
  } : (memref<16xf64>, memref<16xf64>) -> ()
}

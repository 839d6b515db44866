// Each equation of a kernel reads the cycle counter if its thread has a clock (`profile`), and not otherwise.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @two
// CHECK-SAME: %[[CLOCK:[a-z0-9]+]]: memref<4xi64>)
// CHECK: %[[ADDRESS:.*]] = memref.extract_aligned_pointer_as_index %[[CLOCK]]
// CHECK: %[[MEASURED:.*]] = arith.cmpi ne, %[[ADDRESS]]
// CHECK: scf.if %[[MEASURED]] {
// CHECK-NEXT: %[[NOW:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"()
// CHECK-NEXT: memref.store %[[NOW]], %[[CLOCK]][%c0]
// CHECK-NEXT: memref.store %[[NOW]], %[[CLOCK]][%c1]
// CHECK: math.sqrt
// CHECK: scf.if %[[MEASURED]] {
// CHECK: memref.load %[[CLOCK]][%c2]
// CHECK: memref.store {{.*}}, %[[CLOCK]][%c2]
// CHECK: arith.addf
// CHECK: scf.if %[[MEASURED]] {
// CHECK: memref.store {{.*}}, %[[CLOCK]][%c3]
// CHECK: return
nn.kernel @two frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %y: memref<16xf32>, %z: memref<16xf32>):
  nn.equation map [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %s = math.sqrt %v : f32
    nn.yield %s : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
  nn.equation map [16] reads(%y) [affine_map<(i) -> (-i + 15)>] writes(%z) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %s = arith.addf %v, %v : f32
    nn.yield %s : f32
  } : (memref<16xf32>, memref<16xf32>) -> ()
}

// Numbers of cells and addresses are 64 bits wide: a buffer may have 2^31 elements and more.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse --nn-cpu-to-llvm | FileCheck %s

#cell = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: llvm.func @large$0
// CHECK-DAG: %[[CELLS:.*]] = llvm.mlir.constant(2500000000 : index) : i64
// CHECK-DAG: %[[ROW:.*]] = llvm.mlir.constant(50000 : index) : i64
// CHECK: llvm.icmp "slt" %[[CELL:.*]], %[[CELLS]] : i64
// CHECK: %[[J:.*]] = llvm.urem %[[CELL]], %[[ROW]] : i64
// CHECK: %[[I:.*]] = llvm.udiv %[[CELL]], %[[ROW]] : i64
// CHECK: %[[START:.*]] = llvm.mul %[[I]], %{{.*}} overflow<nsw, nuw> : i64
// CHECK: %[[PLACE:.*]] = llvm.add %[[START]], %[[J]] overflow<nsw, nuw> : i64
// CHECK: llvm.getelementptr inbounds|nuw %{{.*}}[%[[PLACE]]] : (!llvm.ptr, i64) -> !llvm.ptr, f32
nn.kernel @large frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50000x50000xf32>, %y: memref<50000x50000xf32>):
  nn.equation map [50000, 50000] reads(%x) [#cell] writes(%y) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %n = arith.negf %a : f32
    nn.yield %n : f32
  } : (memref<50000x50000xf32>, memref<50000x50000xf32>) -> ()
}

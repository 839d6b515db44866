// Scratch holds one stripe: its rows count from the stripe's start. A frame that the grain does not divide has a shorter last stripe.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @two
// CHECK: memref.view %arg4[%c0][] : memref<512xi8> to memref<8x16xf32>
// CHECK: scf.for %[[S:.*]] = %arg2 to %arg3 step %c8
// CHECK: %[[LEFT:.*]] = arith.subi %arg3, %[[S]]
// CHECK: %[[COUNT:.*]] = arith.minsi %[[LEFT]], %c8
// CHECK: scf.for %[[R:.*]] = %c0 to %[[COUNT]]
// CHECK: %[[ROW:.*]] = arith.addi %[[S]], %[[R]]
// CHECK: vector.load %arg0[%[[ROW]], %c0]
// CHECK: vector.store {{.*}}, %view[%[[R]], %c0]
nn.kernel @two frame 20 grain 8 attributes {nn.workspace_bytes = 512 : i64} {
^bb0(%x: memref<20x16xf32>, %y: memref<20x16xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<20x16xf32>
  nn.equation map [20, 16] reads(%x) [affine_map<(b, i) -> (b, i)>] writes(%h) affine_map<(b, i) -> (b, i)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32):
    %s = arith.mulf %v, %v : f32
    nn.yield %s : f32
  } : (memref<20x16xf32>, memref<20x16xf32>) -> ()
  nn.equation map [20, 16] reads(%h) [affine_map<(b, i) -> (b, i)>] writes(%y) affine_map<(b, i) -> (b, i)>
      attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<20x16xf32>, memref<20x16xf32>) -> ()
}

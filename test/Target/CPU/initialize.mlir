// Cells that some points may not reach are set before the points are visited, a line of a cache at a time.
// RUN: %nn-opt %s --nn-emit-cpu=isa=avx512 --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @scatter
// CHECK: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c300
// CHECK-NEXT: scf.for %[[AT:.*]] = %c0 to %c32 step %c16
// CHECK-NEXT: vector.store %[[ZEROS]], %arg2[%[[ROW]], %[[AT]]] : memref<300x36xf32>, vector<16xf32>
// CHECK: scf.for %[[AT:.*]] = %c32 to %c36
// CHECK-NEXT: memref.store %cst{{.*}}, %arg2[%[[ROW]], %[[AT]]] : memref<300x36xf32>
nn.kernel @scatter frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<90x36xf32>, %t: memref<90xi32>, %y: memref<300x36xf32>):
  nn.equation sum [90, 36] reads(%x) [affine_map<(k, o)[s] -> (k, o)>] tables(%t) [affine_map<(k, o)[s] -> (k)>] below [300]
      writes(%y) affine_map<(k, o)[s] -> (s, o)> attributes {nn.form = "scatter", nn.init} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<90x36xf32>, memref<90xi32>, memref<300x36xf32>) -> ()
}

// A stripe along the last axis may be shorter than the others.
// CHECK-LABEL: func.func @stripe
// CHECK: %[[REST:.*]] = arith.remui %[[COUNT:.*]], %c16
// CHECK: %[[WHOLE:.*]] = arith.subi %[[END:.*]], %[[REST]]
// CHECK: scf.for %{{.*}} = %[[START:.*]] to %[[WHOLE]] step %c16
// CHECK-NEXT: vector.store
// CHECK: scf.for %{{.*}} = %[[WHOLE]] to %[[END]]
// CHECK-NEXT: memref.store
nn.kernel @stripe frame 36 grain 20 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<90x36xf32>, %t: memref<90xi32>, %y: memref<300x36xf32>):
  nn.equation sum [90, 36] reads(%x) [affine_map<(k, o)[s] -> (k, o)>] tables(%t) [affine_map<(k, o)[s] -> (k)>] below [300]
      writes(%y) affine_map<(k, o)[s] -> (s, o)> attributes {nn.frame = 1 : i64, nn.form = "scatter", nn.init} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<90x36xf32>, memref<90xi32>, memref<300x36xf32>) -> ()
}

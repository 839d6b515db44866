// The worked example of the form that targets read is valid and comes back as it was printed.
// RUN: %nn-opt %S/Inputs/planned.mlir | %nn-opt | FileCheck %s
// CHECK: nn.parameter @net.W : tensor<10x20xf32> kind "weight" {nn.layout = array<i64: 1, 0>
// CHECK: nn.kernel @k0 frame 64 grain 16
// CHECK: nn.scratch axis 0 offset 0 : memref<64x10xf32>
// CHECK: nn.buffer persistent offset 0 : memref<20x10xf32>
// CHECK: nn.launch @k0

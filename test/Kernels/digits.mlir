// The whole road of one training step: what is read is what is written, and nothing is copied.
// RUN: %nn-opt %S/Inputs/digits-step.mlir --nn-kernels | FileCheck %s
// CHECK-NOT: nn.kernel @copy
// CHECK: func.func @train.step()
// CHECK: %[[W:.+]] = nn.buffer persistent offset 0 : memref<784x256xf32>
// CHECK: %[[M:.+]] = nn.buffer persistent offset 814144 : memref<784x256xf32>
// CHECK: %[[V:.+]] = nn.buffer persistent offset 1628288 : memref<784x256xf32>
// CHECK: nn.launch @k(%[[W]],
// CHECK: nn.launch @k_0(%[[W]],
// CHECK: nn.launch @k_6({{.*}}, %[[M]], %[[W]], %{{[0-9]+}}, %[[M]], %[[V]], %[[V]], {{.*}}, %[[W]])

// A training step becomes stripes over the batch and stripes over rows of each weight.
// RUN: %nn-opt %S/Inputs/digits-step.mlir --nn-pull-form --nn-choose-saved --nn-form-kernels | FileCheck %s

// Scalars come first: the penalty, 1 / n, the bias corrections.
// CHECK: nn.kernel @k frame 0 {
// CHECK-NOT: nn.frame

// The first layer's weight is larger than a cache: stripes of the batch would each read all of it, so its sums run over outputs.
// CHECK: nn.kernel @k_0 frame 256 grain 32 {
// CHECK: nn.equation sum [64, 256, 784] {{.*}} writes(%[[S1:.+]]) {{.*}} {nn.form = "owner", nn.frame = 1 : i64}

// From there the second layer, the loss, and back to the first layer's sums: one kernel over the batch. The draws live in a stripe.
// CHECK: nn.kernel @k_1 frame 64 grain 16 {
// CHECK: %[[U:.+]] = nn.scratch axis 0 : memref<64x256xf32>
// CHECK: nn.random uniform
// CHECK: nn.equation map [64, 256] reads(%[[U]], %{{.*}}, %{{.*}})
// CHECK: nn.equation sum [64, 10, 256]
// CHECK: nn.equation max [64, 10]
// CHECK: nn.equation map [64, 10]
// CHECK: nn.equation sum [64, 10, 256]
// CHECK: nn.equation map [64, 256]

// The loss sums over the batch.
// CHECK: nn.kernel @k_2 frame 0 {

// The gradient of a weight lives in a stripe of its update. Layouts make the input's index its outermost axis.
// CHECK: nn.kernel @k_6 frame 784 grain 32 {
// CHECK: %[[G:.+]] = nn.scratch axis 1 : memref<256x784xf32>
// CHECK: nn.equation sum [64, 256, 784] {{.*}} writes(%[[G]]) {{.*}} {nn.form = "owner", nn.frame = 2 : i64}
// CHECK: nn.equation map [256, 784] {{.*}} {nn.form = "owner", nn.frame = 1 : i64}
// CHECK: nn.equation map [256, 784]
// CHECK: nn.equation map [256, 784]

// CHECK: func.func @train.step(
// CHECK-SAME: memref<f32> {nn.binding = #nn.bind<metric, "loss">, nn.result}
// CHECK: %[[X:.+]] = nn.view %arg0 : memref<64x1x28x28xf32> -> memref<64x784xf32>
// CHECK: nn.buffer scratch : memref<64x256xf32>
// CHECK: nn.launch @k(
// CHECK: nn.launch @k_0(%arg2, %[[X]],

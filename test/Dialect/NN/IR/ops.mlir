// Every operation comes back as it was printed, in pretty and in generic form.
// RUN: %nn-opt %s | %nn-opt | FileCheck %s
// RUN: %nn-opt %s --mlir-print-op-generic | %nn-opt | FileCheck %s
// RUN: %nn-opt %s --emit-bytecode | %nn-opt | FileCheck %s

// CHECK: nn.parameter @net.W : tensor<10x784xf32> kind "weight"
nn.parameter @"net.W" : tensor<10x784xf32> kind "weight"
// CHECK: nn.state_var @net.mean : tensor<8xf32> role "model"
nn.state_var @"net.mean" : tensor<8xf32> role "model"
// CHECK: nn.setting @lr = 1.000000e-03 : f32
nn.setting @lr = 1.0e-3 : f32
// CHECK: nn.dataset @digits reader "idx" path "fashion-mnist" options {names = "classes.txt"} fields [{name = "image", type = tensor<1x28x28xf32>}, {classes = 10 : i64, name = "label", type = tensor<i32>}]
nn.dataset @digits reader "idx" path "fashion-mnist" options {names = "classes.txt"}
    fields [{name = "image", type = tensor<1x28x28xf32>}, {name = "label", type = tensor<i32>, classes = 10 : i64}]
// CHECK: nn.dataset @few reader "npy" path "x.npy" options {} then [{name = "take", options = {rows = "10"}}] fields [{name = "x", type = tensor<3xf32>}]
nn.dataset @few reader "npy" path "x.npy" options {} then [{name = "take", options = {rows = "10"}}]
    fields [{name = "x", type = tensor<3xf32>}]
// CHECK: nn.recipe @train on [@digits] step @step eval @eval for 10 "epochs" batch 64 metrics ["accuracy"]
nn.recipe @train on [@digits] step @step eval @eval for 10 "epochs" batch 64 metrics ["accuracy"]
// CHECK: nn.recipe @both on [@digits, @few] as ["a", "b"] step @step eval @eval for 100 "steps" batch 64 metrics []
nn.recipe @both on [@digits, @few] as ["a", "b"] step @step eval @eval for 100 "steps" batch 64 metrics []
// CHECK: nn.command @predict calls @eval arguments [{name = "image", type = tensor<1x28x28xf32>}] show "ranking" names ["a", "b"] doc "what it is"
nn.command @predict calls @eval arguments [{name = "image", type = tensor<1x28x28xf32>}] show "ranking" names ["a", "b"] doc "what it is"
// CHECK: nn.loaded @few.train.x : tensor<10x3xf32> from @few split "train" name "x"
nn.loaded @"few.train.x" : tensor<10x3xf32> from @few split "train" name "x"
// CHECK: nn.report "rows" calls @rows form "image" show "tensor" text "few.train.x"
nn.report "rows" calls @rows form "image" show "tensor" text "few.train.x"
// CHECK: nn.experiment "width" sweeps [{name = "n", values = ["1", "2"]}] points {{\[}}[0], [1]] plots [{against = ["n"], curves = ["loss"]}] doc "wider"
nn.experiment "width" sweeps [{name = "n", values = ["1", "2"]}] points [[0], [1]] plots [{against = ["n"], curves = ["loss"]}] doc "wider"
// CHECK: nn.load @few.train.x : tensor<10x3xf32>
func.func @rows() -> tensor<10x3xf32> {
  %x = nn.load @"few.train.x" : tensor<10x3xf32>
  return %x : tensor<10x3xf32>
}

// CHECK: func.func @step(%{{.*}}: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<f32> {nn.binding = #nn.bind<metric, "loss">}) attributes {nn.batch = 64 : i64, nn.training}
func.func @step(%x: tensor<f32> {nn.binding = #nn.bind<field, "x">, nn.per_example})
    -> (tensor<f32> {nn.binding = #nn.bind<metric, "loss">}) attributes {nn.batch = 64 : i64, nn.training} {
  return %x : tensor<f32>
}
func.func @eval() {
  return
}

// CHECK-LABEL: @dense
// CHECK: nn.equation sum [10, 784] reads(%{{.*}}, %{{.*}}) [#[[M:.*]], #{{.*}}] writes #{{.*}} {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: f32):
// CHECK: nn.yield %{{.*}} : f32
// CHECK-NEXT: } : (tensor<10x784xf32>, tensor<784xf32>) -> tensor<10xf32>
func.func @dense(%W: tensor<10x784xf32>, %x: tensor<784xf32>) -> tensor<10xf32> {
  %y = nn.equation sum [10, 784] reads(%W, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]
      writes affine_map<(i, j) -> (i)> {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (tensor<10x784xf32>, tensor<784xf32>) -> tensor<10xf32>
  return %y : tensor<10xf32>
}

// Padding is a fill of the read; its gradient drops writes.
// CHECK-LABEL: @convolution
// CHECK: fill [unit, 0.000000e+00 : f32]
// CHECK: drop
func.func @convolution(%K: tensor<8x3x3x3xf32>, %x: tensor<3x32x32xf32>, %dy: tensor<8x16x16xf32>) -> tensor<3x32x32xf32> {
  %y = nn.equation sum [8, 16, 16, 3, 3, 3] reads(%K, %x)
      [affine_map<(o, i, j, c, u, v) -> (o, c, u, v)>, affine_map<(o, i, j, c, u, v) -> (c, 2 * i + u - 1, 2 * j + v - 1)>]
      writes affine_map<(o, i, j, c, u, v) -> (o, i, j)> fill [unit, 0.0 : f32] {
  ^bb0(%k: f32, %v: f32):
    %p = arith.mulf %k, %v : f32
    nn.yield %p : f32
  } : (tensor<8x3x3x3xf32>, tensor<3x32x32xf32>) -> tensor<8x16x16xf32>
  %dx = nn.equation sum [8, 16, 16, 3, 3, 3] reads(%K, %dy)
      [affine_map<(o, i, j, c, u, v) -> (o, c, u, v)>, affine_map<(o, i, j, c, u, v) -> (o, i, j)>]
      writes affine_map<(o, i, j, c, u, v) -> (c, 2 * i + u - 1, 2 * j + v - 1)> drop {
  ^bb0(%k: f32, %v: f32):
    %p = arith.mulf %k, %v : f32
    nn.yield %p : f32
  } : (tensor<8x3x3x3xf32>, tensor<8x16x16xf32>) -> tensor<3x32x32xf32>
  return %dx : tensor<3x32x32xf32>
}

// A gather, a grouped sum, a length known at run time, a wrap.
// CHECK-LABEL: @symbols
// CHECK: tables(%{{.*}}) [#{{.*}}] below [1000] writes
// CHECK: where #{{.*}} {
func.func @symbols(%t: tensor<1000x64xf32>, %token: tensor<16xi32>, %n: tensor<i32>, %k: tensor<3xf32>, %x: tensor<16xf32>)
    -> tensor<20x64xf32> {
  %e = nn.equation map [16, 64] reads(%t) [affine_map<(t, d)[s] -> (s, d)>] tables(%token) [affine_map<(t, d) -> (t)>] below [1000]
      writes affine_map<(t, d) -> (t, d)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<1000x64xf32>, tensor<16xi32>) -> tensor<16x64xf32>
  %g = nn.equation sum [16, 64] reads(%e) [affine_map<(t, d) -> (t, d)>] tables(%token, %n) [affine_map<(t, d) -> (t)>, affine_map<(t, d)[s] -> ()>]
      writes affine_map<(t, d)[s] -> (s, d)> where affine_set<(t, d)[s, n] : (n - 1 - t >= 0)> {
  ^bb0(%v: f32):
    %i = nn.index 1 : i32
    %s = nn.symbol 0 : i32
    %q = arith.addi %i, %s : i32
    %f = arith.sitofp %q : i32 to f32
    %p = arith.mulf %v, %f : f32
    nn.yield %p : f32
  } : (tensor<16x64xf32>, tensor<16xi32>, tensor<i32>) -> tensor<20x64xf32>
  %c = nn.equation sum [16, 3] reads(%k, %x) [affine_map<(i, u) -> (u)>, affine_map<(i, u) -> ((i + u - 1) mod 16)>]
      writes affine_map<(i, u) -> (i)> {
  ^bb0(%a: f32, %v: f32):
    %p = arith.mulf %a, %v : f32
    nn.yield %p : f32
  } : (tensor<3xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %g : tensor<20x64xf32>
}

// CHECK-LABEL: @kinds
func.func @kinds(%x: tensor<4x5xf32>, %f: tensor<4xi1>) {
  // CHECK: nn.equation argmax [4, 5]
  %a = nn.equation argmax [4, 5] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x5xf32>) -> tensor<4xi32>
  // CHECK: nn.equation max [4]
  %any = nn.equation max [4] reads(%f) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: i1):
    nn.yield %v : i1
  } : (tensor<4xi1>) -> tensor<i1>
  // The causal mask proves the read of j - i.
  // CHECK: nn.equation logsumexp [4, 5]
  %l = nn.equation logsumexp [4, 5] reads(%x) [affine_map<(i, j) -> (i, j - i)>] writes affine_map<(i, j) -> (i)>
      where affine_set<(i, j) : (j - i >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x5xf32>) -> tensor<4xf32>
  // An equation without inputs, of a mixed-radix write.
  // CHECK: nn.equation map [4, 5] reads() []
  %r = nn.equation map [4, 5] reads() [] writes affine_map<(i, j) -> (5 * i + j)> {
    %i = nn.index 0 : i32
    nn.yield %i : i32
  } : () -> tensor<20xi32>
  return
}

// CHECK-LABEL: @buffers
// CHECK: writes(%{{.*}}) #{{.*}} accumulate {
func.func @buffers(%x: memref<8xf32>, %y: memref<f32>) {
  nn.equation sum [8] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> ()> accumulate {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<8xf32>, memref<f32>) -> ()
  return
}

// CHECK-LABEL: @chance
func.func @chance() -> tensor<8xf32> {
  // CHECK: nn.key : tensor<4xi32>
  %k = nn.key : tensor<4xi32>
  // CHECK: nn.step : tensor<i32>
  %t = nn.step : tensor<i32>
  // CHECK: nn.step total : tensor<i32>
  %total = nn.step total : tensor<i32>
  // CHECK: nn.fold_key %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<i32> -> tensor<4xi32>
  %turn = nn.fold_key %k, %t : tensor<4xi32>, tensor<i32> -> tensor<4xi32>
  // CHECK: nn.sample normal %{{.*}} site 3 : tensor<4xi32> -> tensor<8xf32>
  %z = nn.sample normal %turn site 3 : tensor<4xi32> -> tensor<8xf32>
  %u = nn.equation map [8] reads(%k, %k, %k, %k)
      [affine_map<(i) -> (0)>, affine_map<(i) -> (1)>, affine_map<(i) -> (2)>, affine_map<(i) -> (3)>] writes affine_map<(i) -> (i)> {
  ^bb0(%k0: i32, %k1: i32, %k2: i32, %k3: i32):
    %e = nn.index 0 : i32
    // CHECK: nn.random uniform key(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) site 3 element %{{.*}} : f32
    %f = nn.random uniform key(%k0, %k1, %k2, %k3) site 3 element %e : f32
    // CHECK: nn.random bits key(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) site -1 element %{{.*}} : i32
    %b = nn.random bits key(%k0, %k1, %k2, %k3) site -1 element %e : i32
    nn.yield %f : f32
  } : (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) -> tensor<8xf32>
  return %z : tensor<8xf32>
}

// CHECK-LABEL: @source_shaped
func.func @source_shaped(%x: tensor<784xf32>) -> tensor<10xf32> {
  // CHECK: nn.param @net.W : tensor<10x784xf32>
  %W = nn.param @"net.W" : tensor<10x784xf32>
  // CHECK: nn.state @net.mean : tensor<8xf32>
  %m = nn.state @"net.mean" : tensor<8xf32>
  // CHECK: nn.update @net.mean, %{{.*}} : tensor<8xf32>
  nn.update @"net.mean", %m : tensor<8xf32>
  // CHECK: nn.setting_value @lr : tensor<f32>
  %lr = nn.setting_value @lr : tensor<f32>
  // CHECK: nn.training : tensor<i1>
  %training = nn.training : tensor<i1>
  // CHECK: nn.batch_size : tensor<i32>
  %n = nn.batch_size : tensor<i32>
  // CHECK: nn.example : tensor<i32>
  %b = nn.example : tensor<i32>
  // CHECK: nn.set_length "t<=8" = %{{.*}} : tensor<i32>
  nn.set_length "t<=8" = %b : tensor<i32>
  // CHECK: nn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // CHECK: nn.routine eigh(%{{.*}}) : (tensor<8x3x3xf64>) -> (tensor<8x3xf64>, tensor<8x3x3xf64>)
  %matrices = nn.constant dense<1.0> : tensor<8x3x3xf64>
  %values, %vectors = nn.routine eigh(%matrices) : (tensor<8x3x3xf64>) -> (tensor<8x3xf64>, tensor<8x3x3xf64>)
  // CHECK: nn.barrier %{{.*}} after(%{{.*}}) : tensor<8x3xf64>, tensor<8x3x3xf64>
  %kept = nn.barrier %values after(%vectors) : tensor<8x3xf64>, tensor<8x3x3xf64>
  // CHECK: nn.reshape %{{.*}} : tensor<784xf32> -> tensor<1x28x28xf32>
  %image = nn.reshape %x : tensor<784xf32> -> tensor<1x28x28xf32>
  // CHECK: nn.call @dense(%{{.*}}, %{{.*}}) : (tensor<10x784xf32>, tensor<784xf32>) -> tensor<10xf32>
  %y = nn.call @dense(%W, %x) : (tensor<10x784xf32>, tensor<784xf32>) -> tensor<10xf32>
  // CHECK: nn.batch_stack %{{.*}} : tensor<784xf32> -> tensor<64x784xf32>
  %X = nn.batch_stack %x : tensor<784xf32> -> tensor<64x784xf32>
  // CHECK: nn.call @dense(%{{.*}}, %{{.*}}) mapped [false, true] extent 64 : (tensor<10x784xf32>, tensor<64x784xf32>) -> tensor<64x10xf32>
  %Y = nn.call @dense(%W, %X) mapped [false, true] extent 64 : (tensor<10x784xf32>, tensor<64x784xf32>) -> tensor<64x10xf32>
  // CHECK: nn.batch_sum %{{.*}} : tensor<10xf32>
  %s = nn.batch_sum %y : tensor<10xf32>
  return %s : tensor<10xf32>
}

// CHECK-LABEL: @derivatives
func.func @derivatives(%y: tensor<f32>, %v: tensor<3xf32>, %x: tensor<8xf32>) {
  // CHECK: nn.grad %{{.*}} wrt(%{{.*}}, %{{.*}}) : tensor<f32>, tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>, tensor<3xf32>
  %g:2 = nn.grad %y wrt (%x, %v) : tensor<f32>, tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>, tensor<3xf32>
  // CHECK: nn.jvp %{{.*}} wrt %{{.*}} along %{{.*}} : tensor<3xf32>, tensor<8xf32>
  %r = nn.jvp %v wrt %x along %g#0 : tensor<3xf32>, tensor<8xf32>
  // CHECK: nn.jacobian %{{.*}} wrt %{{.*}} : tensor<3xf32>, tensor<8xf32> -> tensor<3x8xf32>
  %j = nn.jacobian %v wrt %x : tensor<3xf32>, tensor<8xf32> -> tensor<3x8xf32>
  // CHECK: nn.stop %{{.*}} : tensor<3xf32>
  %s = nn.stop %v : tensor<3xf32>
  return
}

// CHECK-LABEL: @loops
func.func @loops(%s0: tensor<f32>, %xs: tensor<5xf32>, %a: tensor<f32>) -> tensor<5xf32> {
  // CHECK: nn.scan 5 inits(%{{.*}}) xs(%{{.*}}) captures(%{{.*}}) {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %{{.*}}: tensor<f32>, %{{.*}}: tensor<f32>, %{{.*}}: tensor<f32>):
  %s = nn.scan 5 inits(%s0) xs(%xs) captures(%a) {
  ^bb0(%t: tensor<i32>, %state: tensor<f32>, %x: tensor<f32>, %c: tensor<f32>):
    %n = nn.stop %x : tensor<f32>
    nn.yield %n : tensor<f32>
  } : (tensor<f32>, tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  // CHECK: nn.iterate 50 until inits(%{{.*}}) captures(%{{.*}}) {
  %i = nn.iterate 50 until inits(%s0) captures(%a) {
  ^bb0(%t: tensor<i32>, %state: tensor<f32>, %c: tensor<f32>):
    %done = nn.constant dense<true> : tensor<i1>
    nn.yield %c, %done : tensor<f32>, tensor<i1>
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %s : tensor<5xf32>
}

nn.parameter @shared.w : tensor<10x784xf32> kind "weight"

// CHECK-LABEL: @elsewhere
// CHECK: nn.call @dense(%{{.*}}, %{{.*}}, %{{.*}}) at [@shared.w] : (tensor<10x784xf32>, tensor<784xf32>, tensor<10x784xf32>) -> tensor<10xf32>
func.func @elsewhere(%W: tensor<10x784xf32>, %x: tensor<784xf32>) -> tensor<10xf32> {
  %y = nn.call @dense(%W, %x, %W) at [@shared.w] : (tensor<10x784xf32>, tensor<784xf32>, tensor<10x784xf32>) -> tensor<10xf32>
  return %y : tensor<10xf32>
}

// CHECK-LABEL: @rounded
// CHECK: nn.round %{{.*}} mantissa 7 : f32
func.func @rounded(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = nn.equation map [8] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %r = nn.round %v mantissa 7 : f32
    nn.yield %r : f32
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: @slopes
// CHECK: nn.with_slopes %{{.*}} along(%{{.*}}) by(%{{.*}}) : f32
func.func @slopes(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = nn.equation map [8] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %s = arith.addf %v, %v : f32
    %r = nn.with_slopes %v along(%v) by(%s) : f32
    nn.yield %r : f32
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func private @turn(%t: tensor<i32>, %state: tensor<f32>, %x: tensor<f32>, %c: tensor<f32>) -> (tensor<f32>, tensor<i1>)
func.func private @add(%t: tensor<i32>, %state: tensor<f32>, %x: tensor<f32>) -> tensor<f32>
// CHECK-LABEL: @outlined
func.func @outlined(%s0: tensor<f32>, %xs: tensor<5xf32>, %a: tensor<f32>) -> tensor<5xf32> {
  // CHECK: nn.loop @add length 5 stacked inits(%{{.*}}) xs(%{{.*}}) captures() : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
  %s = nn.loop @add length 5 stacked inits(%s0) xs(%xs) captures() : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
  // CHECK: nn.loop @turn length 5 until inits(%{{.*}}) xs(%{{.*}}) captures(%{{.*}}) : (tensor<f32>, tensor<5xf32>, tensor<f32>) -> tensor<f32>
  %i = nn.loop @turn length 5 until inits(%s0) xs(%xs) captures(%a) : (tensor<f32>, tensor<5xf32>, tensor<f32>) -> tensor<f32>
  return %s : tensor<5xf32>
}

// CHECK: nn.kernel @k frame 64 grain 8
nn.kernel @k frame 64 grain 8 {
^bb0(%x: memref<64xf32>, %y: memref<64xf32>):
  // CHECK: nn.scratch axis 0 : memref<64xf32>
  %z = nn.scratch axis 0 : memref<64xf32>
  nn.equation map [64] reads(%x) [affine_map<(i) -> (i)>] writes(%z) affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<64xf32>, memref<64xf32>) -> ()
}
// CHECK-LABEL: @planned
func.func @planned() {
  // CHECK: nn.buffer scratch offset 64 : memref<64xf32>
  %x = nn.buffer scratch offset 64 : memref<64xf32>
  // CHECK: nn.buffer constant value dense<1.000000e+00> : tensor<8x8xf32> : memref<8x8xf32>
  %c = nn.buffer constant value dense<1.0> : tensor<8x8xf32> : memref<8x8xf32>
  // CHECK: nn.view %{{.*}} : memref<8x8xf32> -> memref<64xf32>
  %y = nn.view %c : memref<8x8xf32> -> memref<64xf32>
  // CHECK: nn.launch @k(%{{.*}}, %{{.*}}) : memref<64xf32>, memref<64xf32>
  nn.launch @k(%x, %y) : memref<64xf32>, memref<64xf32>
  return
}

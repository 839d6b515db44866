// Where buffers lie, which updates happen in place, in which order.
// RUN: %nn-opt %s --nn-form-kernels --nn-plan-step | FileCheck %s

// CHECK: module attributes {nn.persistent_bytes = 128 : i64, nn.settings_bytes = 64 : i64}
// CHECK: nn.parameter @w : tensor<8xf32> kind "weight" {nn.offset = 0 : i64}
// CHECK: nn.state_var @m : tensor<8xf32> role "model" {nn.offset = 64 : i64}
// CHECK: nn.setting @lr = 1.000000e-01 : f32 {nn.offset = 0 : i64}
nn.parameter @w : tensor<8xf32> kind "weight"
nn.state_var @m : tensor<8xf32> role "model"
nn.setting @lr = 0.1 : f32

// The output reads the old w, after the update in written order; its launch comes first, and the update is in place.
// CHECK: nn.kernel @[[UPDATE:.+]] frame 8
// CHECK: arith.subf
// CHECK: nn.kernel @[[TURN:.+]] frame 8
// CHECK: func.func @step() attributes {nn.arguments = [{bind = #nn.bind<field, "x">, offset = 0 : i64, type = tensor<8xf32>}],
// CHECK-SAME: nn.io_bytes = 128 : i64, nn.reads_model, nn.results = [{bind = #nn.bind<output, "0">, offset = 64 : i64, type = tensor<8xf32>}],
// CHECK: %[[W:.+]] = nn.buffer persistent offset 0 : memref<8xf32>
// CHECK: nn.launch @[[TURN]](%[[W]],
// CHECK: nn.launch @[[UPDATE]](%[[W]], %{{.*}}, %{{.*}}, %[[W]])
func.func @step(%w: tensor<8xf32> {nn.binding = #nn.bind<param, "w">}, %x: tensor<8xf32> {nn.binding = #nn.bind<field, "x">},
    %lr: tensor<f32> {nn.binding = #nn.bind<setting, "lr">})
    -> (tensor<8xf32> {nn.binding = #nn.bind<param, "w">}, tensor<8xf32> {nn.binding = #nn.bind<output, "0">}) {
  %u = nn.equation map [8] reads(%w, %x, %lr) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32, %c: f32, %r: f32):
    %p = arith.mulf %c, %r : f32
    %q = arith.subf %a, %p : f32
    nn.yield %q : f32
  } : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %l = nn.equation map [8] reads(%w) [affine_map<(i) -> (7 - i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %u, %l : tensor<8xf32>, tensor<8xf32>
}

// A shift reads other cells than it writes: it goes through scratch and is copied.
// CHECK: nn.kernel @[[SHIFT:.+]] frame 8
// CHECK: nn.kernel @[[COPY:copy.*]] frame 8
// CHECK: func.func @shift() attributes {{.*}} nn.scratch_bytes = 64 : i64
// CHECK: %[[T:.+]] = nn.buffer scratch offset 0 : memref<8xf32>
// CHECK: %[[M:.+]] = nn.buffer persistent offset 64 : memref<8xf32>
// CHECK: nn.launch @[[SHIFT]](%[[M]], %[[T]])
// CHECK: nn.launch @[[COPY]](%[[T]], %[[M]])
func.func @shift(%m: tensor<8xf32> {nn.binding = #nn.bind<state, "m">}) -> (tensor<8xf32> {nn.binding = #nn.bind<state, "m">}) {
  %u = nn.equation map [8] reads(%m) [affine_map<(i) -> (7 - i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<8xf32>) -> tensor<8xf32>
  return %u : tensor<8xf32>
}

// Scratch that does not live at the same time shares memory.
// CHECK: func.func @chain() attributes {{.*}} nn.scratch_bytes = 128 : i64
// CHECK: nn.buffer scratch offset 0 : memref<4x4xf32>
// CHECK: nn.buffer scratch offset 64 : memref<4x4xf32>
// CHECK: nn.buffer scratch offset 0 : memref<4x4xf32>
#row = affine_map<(i, j, k) -> (k, j)>
func.func @chain(%x: tensor<4x4xf32> {nn.binding = #nn.bind<arg, "x">}) -> (tensor<4x4xf32> {nn.binding = #nn.bind<output, "0">}) {
  %a = nn.equation sum [4, 4, 4] reads(%x, %x) [affine_map<(i, j, k) -> (j, k)>, #row] writes affine_map<(i, j, k) -> (i, j)> {
  ^bb0(%u: f32, %v: f32):
    %p = arith.mulf %u, %v : f32
    nn.yield %p : f32
  } : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %b = nn.equation sum [4, 4, 4] reads(%a, %a) [affine_map<(i, j, k) -> (j, k)>, #row] writes affine_map<(i, j, k) -> (i, j)> {
  ^bb0(%u: f32, %v: f32):
    %p = arith.mulf %u, %v : f32
    nn.yield %p : f32
  } : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %c = nn.equation sum [4, 4, 4] reads(%b, %b) [affine_map<(i, j, k) -> (j, k)>, #row] writes affine_map<(i, j, k) -> (i, j)> {
  ^bb0(%u: f32, %v: f32):
    %p = arith.mulf %u, %v : f32
    nn.yield %p : f32
  } : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %d = nn.equation sum [4, 4, 4] reads(%c, %c) [affine_map<(i, j, k) -> (j, k)>, #row] writes affine_map<(i, j, k) -> (i, j)> {
  ^bb0(%u: f32, %v: f32):
    %p = arith.mulf %u, %v : f32
    nn.yield %p : f32
  } : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %d : tensor<4x4xf32>
}

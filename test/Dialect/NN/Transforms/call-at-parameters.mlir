// A call at other parameters reads them instead, has the draws of the first call, also in a loop, and moves no state.
// RUN: %nn-opt %s --nn-inline-specialize | FileCheck %s
// RUN: %nn-opt %s --nn-interpret -o /dev/null

nn.parameter @net.w : tensor<f32> kind "weight"
nn.state_var @net.count : tensor<f32> role "model"
nn.recipe @r step @r.step eval @r.eval for 1 "epochs" batch 4 metrics []

func.func private @loss() -> tensor<f32> {
  %w = nn.param @net.w : tensor<f32>
  %c = nn.state @net.count : tensor<f32>
  %key = nn.key : tensor<4xi32>
  %n = nn.sample normal %key site 0 : tensor<4xi32> -> tensor<f32>
  %y = nn.equation map [] reads(%w, %c, %n) [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32, %z: f32):
    %p = arith.mulf %a, %z : f32
    %q = arith.addf %p, %b : f32
    nn.yield %q : f32
  } : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
  %next = nn.equation map [] reads(%c) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%b: f32):
    %one = arith.constant 1.0 : f32
    %q = arith.addf %b, %one : f32
    nn.yield %q : f32
  } : (tensor<f32>) -> tensor<f32>
  nn.update @net.count, %next : tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @r.step
// CHECK-SAME: %[[W:arg0]]: tensor<f32> {nn.binding = #nn.bind<param, "net.w">}
// CHECK-SAME: %[[COUNT:arg1]]: tensor<f32> {nn.binding = #nn.bind<state, "net.count">}
// CHECK-SAME: %[[KEY:arg2]]
func.func @r.step() -> (tensor<f32>, tensor<f32>) attributes {nn.batch = 4 : i64, nn.training} {
  // CHECK: %[[N:.*]] = nn.sample normal %[[KEY]] site 0
  // CHECK: nn.equation map [] reads(%[[W]], %[[COUNT]], %[[N]])
  // CHECK: %[[NEXT:.*]] = nn.equation map [] reads(%[[COUNT]])
  // CHECK: %[[STOP:.*]] = nn.stop %[[NEXT]]
  %a = nn.call @loss() : () -> tensor<f32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  // The turn does not fold into the key, and the state is what the first call left.
  // CHECK: nn.iterate 3
  // CHECK-NOT: nn.fold_key
  // CHECK: nn.sample normal %{{.*}} site 0
  // CHECK-NOT: nn.fold_key
  %b = nn.iterate 3 inits(%zero) captures() {
  ^bb0(%t: tensor<i32>, %s: tensor<f32>):
    %l = nn.call @loss(%s) at [@net.w] : (tensor<f32>) -> tensor<f32>
    nn.yield %l : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  // CHECK: return %{{.*}}, %{{.*}}, %[[STOP]]
  return %a, %b : tensor<f32>, tensor<f32>
}
func.func @r.eval() attributes {nn.batch = 4 : i64} {
  return
}

// The loss at its own parameters is the loss; at 0 it is the state, which the first call has moved to 6.
func.func @same() -> tensor<f32> attributes {nn.run = {parameters = {net.w = dense<2.0> : tensor<f32>}, states = {net.count = dense<5.0> : tensor<f32>},
    training = true, expect = [dense<0.0> : tensor<f32>], updated = {net.count = dense<6.0> : tensor<f32>}}} {
  %w = nn.param @net.w : tensor<f32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %a = nn.call @loss() : () -> tensor<f32>
  %b = nn.call @loss(%w) at [@net.w] : (tensor<f32>) -> tensor<f32>
  %c = nn.call @loss(%zero) at [@net.w] : (tensor<f32>) -> tensor<f32>
  // a + 1 - b = 0, as b sees the state 6 where a saw 5; c = 6
  %d = nn.equation map [] reads(%a, %b, %c) [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %one = arith.constant 1.0 : f32
    %six = arith.constant 6.0 : f32
    %p = arith.addf %x, %one : f32
    %q = arith.subf %p, %y : f32
    %r = arith.subf %z, %six : f32
    %s = math.absf %r : f32
    %u = math.absf %q : f32
    %v = arith.addf %s, %u : f32
    nn.yield %v : f32
  } : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return %d : tensor<f32>
}

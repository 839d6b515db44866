// Roots become flat functions; what they read becomes tagged arguments, what they update tagged results.
// RUN: %nn-opt %s --nn-inline-specialize | FileCheck %s

nn.parameter @net.w : tensor<3xf32> kind "weight"
nn.state_var @net.count : tensor<f32> role "model"
nn.setting @lr = 1.0e-2 : f32
nn.recipe @r step @r.step eval @r.eval for 1 "epochs" batch 4 metrics []
nn.command @two calls @lengths arguments [] show "tensor"

// CHECK-NOT: func.func private
func.func private @scale(%x: tensor<3xf32>) -> tensor<3xf32> {
  %w = nn.param @net.w : tensor<3xf32>
  %y = nn.equation map [3] reads(%x, %w) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

func.func private @noise() -> tensor<3xf32> {
  %key = nn.key : tensor<4xi32>
  %n = nn.sample normal %key site 0 : tensor<4xi32> -> tensor<3xf32>
  return %n : tensor<3xf32>
}

func.func private @noise_for(%x: tensor<3xf32>) -> tensor<3xf32> {
  %n = nn.call @noise() : () -> tensor<3xf32>
  return %n : tensor<3xf32>
}

func.func private @count() -> tensor<f32> {
  %old = nn.state @net.count : tensor<f32>
  %new = nn.equation map [] reads(%old) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32):
    %one = arith.constant 1.0 : f32
    %p = arith.addf %a, %one : f32
    nn.yield %p : f32
  } : (tensor<f32>) -> tensor<f32>
  nn.update @net.count, %new : tensor<f32>
  return %old : tensor<f32>
}

// One argument a path, in the order of kinds; the key differs by example; the state comes back as a result.
// CHECK-LABEL: func.func @r.step
// CHECK-SAME: %[[X:arg0]]: tensor<3xf32> {nn.binding = #nn.bind<field, "x">, nn.per_example}
// CHECK-SAME: %[[W:arg1]]: tensor<3xf32> {nn.binding = #nn.bind<param, "net.w">}
// CHECK-SAME: %[[COUNT:arg2]]: tensor<f32> {nn.binding = #nn.bind<state, "net.count">}
// CHECK-SAME: %[[LR:arg3]]: tensor<f32> {nn.binding = #nn.bind<setting, "lr">}
// CHECK-SAME: %[[KEY:arg4]]: tensor<4xi32> {nn.binding = #nn.bind<key>, nn.per_example}
// CHECK-SAME: tensor<f32> {nn.binding = #nn.bind<state, "net.count">})
func.func @r.step(%x: tensor<3xf32> {nn.binding = #nn.bind<field, "x">, nn.per_example})
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>, tensor<i1>) attributes {nn.batch = 4 : i64, nn.training} {
  // CHECK: %[[ONCE:.*]] = nn.equation map [3] reads(%[[X]], %[[W]])
  // CHECK: %[[TWICE:.*]] = nn.equation map [3] reads(%[[ONCE]], %[[W]])
  %a = nn.call @scale(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %b = nn.call @scale(%a) : (tensor<3xf32>) -> tensor<3xf32>
  // Two calls of one function draw different numbers.
  // CHECK: nn.sample normal %[[KEY]] site 0
  // CHECK: nn.sample normal %[[KEY]] site 1
  %n = nn.call @noise() : () -> tensor<3xf32>
  %m = nn.call @noise() : () -> tensor<3xf32>
  // The second call sees what the first one left, as a constant to derivatives.
  // CHECK: %[[ONE:.*]] = nn.equation map [] reads(%[[COUNT]])
  // CHECK: %[[FIRST:.*]] = nn.stop %[[ONE]]
  // CHECK: %[[TWO:.*]] = nn.equation map [] reads(%[[FIRST]])
  // CHECK: %[[SECOND:.*]] = nn.stop %[[TWO]]
  %c = nn.call @count() : () -> tensor<f32>
  %d = nn.call @count() : () -> tensor<f32>
  %lr = nn.setting_value @lr : tensor<f32>
  // CHECK: %[[TRAINING:.*]] = nn.constant dense<true> : tensor<i1>
  %t = nn.training : tensor<i1>
  // CHECK: return %[[TWICE]], %{{.*}}, %{{.*}}, %[[FIRST]], %[[LR]], %[[TRAINING]], %[[SECOND]]
  return %b, %n, %m, %d, %lr, %t : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>, tensor<i1>
}

// Outside of training an update is seen and forgotten. A mapped call is the body along one more axis; there a sample has more
// elements, not other sites.
// CHECK-LABEL: func.func @r.eval
// CHECK-SAME: -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>)
func.func @r.eval(%x: tensor<2x3xf32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>)
    attributes {nn.batch = 4 : i64} {
  // CHECK: nn.equation map [2, 3] reads(%arg0, %arg1) [#[[ALL:.*]], #[[ROW:.*]]] writes #[[ALL]]
  %y = nn.call @scale(%x) mapped [true] extent 2 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sample normal %{{.*}} site 0 : tensor<4xi32> -> tensor<2x3xf32>
  %n = nn.call @noise_for(%x) mapped [true] extent 2 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c = nn.call @count() : () -> tensor<f32>
  return %y, %n, %c : tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>
}

// A loop's body takes parameters as captures, and its key takes the turn in.
// CHECK-LABEL: func.func @init
func.func @init() {
  %zero = nn.constant dense<0.0> : tensor<3xf32>
  // CHECK: nn.iterate 5 inits(%{{.*}}) captures(%[[K:arg[0-9]]])
  %s = nn.iterate 5 inits(%zero) captures() {
  ^bb0(%turn: tensor<i32>, %s: tensor<3xf32>):
    // CHECK: ^bb0(%[[TURN:.*]]: tensor<i32>, %{{.*}}: tensor<3xf32>, %[[OUTER:.*]]: tensor<4xi32>):
    // CHECK: %[[FOLDED:.*]] = nn.fold_key %[[OUTER]], %[[TURN]]
    // CHECK: nn.sample normal %[[FOLDED]]
    %n = nn.call @noise() : () -> tensor<3xf32>
    nn.yield %n : tensor<3xf32>
  } : (tensor<3xf32>) -> tensor<3xf32>
  nn.update @net.w, %s : tensor<3xf32>
  return
}

// A length that is computed is what its readers get: neither an operation nor an argument is left of it.
// CHECK-LABEL: func.func @lengths() -> (tensor<i32> {nn.binding = #nn.bind<output, "two">})
func.func @lengths() -> (tensor<i32> {nn.binding = #nn.bind<output, "two">}) {
  // CHECK-NEXT: %[[TWO:.*]] = nn.constant dense<2> : tensor<i32>
  // CHECK-NEXT: return %[[TWO]] : tensor<i32>
  %n = nn.call @two_long() : () -> tensor<i32>
  return %n : tensor<i32>
}
func.func private @two_long() -> tensor<i32> {
  %two = nn.constant dense<2> : tensor<i32>
  nn.set_length "t<=8" = %two : tensor<i32>
  %n = nn.call @length_of() : () -> tensor<i32>
  return %n : tensor<i32>
}
func.func private @length_of() -> tensor<i32> {
  %n = nn.length "t<=8" at_most 8 : tensor<i32>
  return %n : tensor<i32>
}

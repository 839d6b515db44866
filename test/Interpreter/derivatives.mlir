// Derivatives in closed form, of first and higher order, through every kind of combination, calls, loops and the batch.
// RUN: %nn-opt %s --nn-interpret -o /dev/null

// y = sum x^4 = 17; gradient 4 x^3, and by x again and again: 12 x^2, 24 x, 24.
func.func private @total(%x: tensor<2xf32>) -> tensor<f32> {
  %y = nn.equation sum [2] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func @powers(%x: tensor<2xf32>) -> (tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) attributes {nn.run = {
    args = [dense<[1.0, -2.0]> : tensor<2xf64>],
    expect = [dense<17.0> : tensor<f64>, dense<[4.0, -32.0]> : tensor<2xf64>, dense<[12.0, 48.0]> : tensor<2xf64>,
              dense<[24.0, -48.0]> : tensor<2xf64>, dense<24.0> : tensor<2xf64>]}} {
  %p = nn.equation map [2] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %s = arith.mulf %v, %v : f32
    %q = arith.mulf %s, %s : f32
    nn.yield %q : f32
  } : (tensor<2xf32>) -> tensor<2xf32>
  %y = nn.call @total(%p) : (tensor<2xf32>) -> tensor<f32>
  %g1 = nn.grad %y wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %y1 = nn.call @total(%g1) : (tensor<2xf32>) -> tensor<f32>
  %g2 = nn.grad %y1 wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %y2 = nn.call @total(%g2) : (tensor<2xf32>) -> tensor<f32>
  %g3 = nn.grad %y2 wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %y3 = nn.call @total(%g3) : (tensor<2xf32>) -> tensor<f32>
  %g4 = nn.grad %y3 wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  return %y, %g1, %g2, %g3, %g4 : tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// One reduction after the other: product with a zero, maximum with a tie, logsumexp with -inf, minimum.
func.func @combinations(%x: tensor<3xf32>, %z: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) attributes {nn.run = {
    args = [dense<[0.0, 3.0, 3.0]> : tensor<3xf64>, dense<[0xFFF0000000000000, 0.0, 0.0]> : tensor<3xf64>],
    expect = [dense<[9.0, 0.0, 0.0]> : tensor<3xf64>, dense<[0.0, 0.5, 0.5]> : tensor<3xf64>,
              dense<[0.0, 0.5, 0.5]> : tensor<3xf64>, dense<[1.0, 0.0, 0.0]> : tensor<3xf64>]}} {
  %prod = nn.equation prod [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  %g0 = nn.grad %prod wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  %max = nn.equation max [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  %g1 = nn.grad %max wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  %lse = nn.equation logsumexp [3] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  %g2 = nn.grad %lse wrt (%z) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  %min = nn.equation min [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<f32>
  %g3 = nn.grad %min wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
  return %g0, %g1, %g2, %g3 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// The branch not taken contributes exactly 0, also where its derivative is infinite, also from another equation.
func.func @branches(%x: tensor<2xf32>) -> tensor<2xf32> attributes {nn.run = {
    args = [dense<[0.0, 4.0]> : tensor<2xf64>], expect = [dense<[0.0, 0.25]> : tensor<2xf64>]}} {
  %root = nn.equation map [2] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %r = math.sqrt %v : f32
    nn.yield %r : f32
  } : (tensor<2xf32>) -> tensor<2xf32>
  %y = nn.equation sum [2] reads(%x, %root) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32, %r: f32):
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf ogt, %v, %zero : f32
    %s = arith.select %c, %r, %zero : f32
    nn.yield %s : f32
  } : (tensor<2xf32>, tensor<2xf32>) -> tensor<f32>
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  return %g : tensor<2xf32>
}

// y_i = x_i^2 w: directional derivative, jacobian by sweeps and by directions, and the gradient of the jacobian's sum.
func.func @directions(%x: tensor<2xf32>, %w: tensor<f32>, %v: tensor<2xf32>) -> (tensor<2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>)
    attributes {nn.run = {
    args = [dense<[1.0, 3.0]> : tensor<2xf64>, dense<5.0> : tensor<f64>, dense<[1.0, -1.0]> : tensor<2xf64>],
    expect = [dense<[10.0, -30.0]> : tensor<2xf64>, dense<[[10.0, 0.0], [0.0, 30.0]]> : tensor<2x2xf64>, dense<[1.0, 9.0]> : tensor<2xf64>,
              dense<[10.0, 10.0]> : tensor<2xf64>, dense<8.0> : tensor<f64>, dense<[10.0, -10.0]> : tensor<2xf64>]}} {
  %y = nn.equation map [2] reads(%x, %w) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.mulf %a, %a : f32
    %q = arith.mulf %s, %b : f32
    nn.yield %q : f32
  } : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %along = nn.jvp %y wrt %x along %v : tensor<2xf32>, tensor<2xf32>
  %jx = nn.jacobian %y wrt %x : tensor<2xf32>, tensor<2xf32> -> tensor<2x2xf32>
  %jw = nn.jacobian %y wrt %w : tensor<2xf32>, tensor<f32> -> tensor<2xf32>
  %flat = nn.equation sum [2, 2] reads(%jx) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (tensor<2x2xf32>) -> tensor<f32>
  %gx, %gw = nn.grad %flat wrt (%x, %w) : tensor<f32>, tensor<2xf32>, tensor<f32> -> tensor<2xf32>, tensor<f32>
  %sum = nn.call @total(%along) : (tensor<2xf32>) -> tensor<f32>
  %gj = nn.grad %sum wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  return %along, %jx, %jw, %gx, %gw, %gj : tensor<2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>
}

// Derivatives along a direction of derivatives that read values on their way: p = x^2, y = sum p^2; gradient 4 x^3, along v
// 12 x^2 v, the gradient of that one's sum 24 x v, along v once more 24 x v^2.
func.func @forward_over_reverse(%x: tensor<2xf32>, %v: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x2xf32>, tensor<2xf32>) attributes {nn.run = {
    args = [dense<[2.0, -3.0]> : tensor<2xf64>, dense<[1.0, 5.0]> : tensor<2xf64>],
    expect = [dense<[32.0, -108.0]> : tensor<2xf64>, dense<[48.0, 540.0]> : tensor<2xf64>, dense<[48.0, -360.0]> : tensor<2xf64>,
              dense<[48.0, -1800.0]> : tensor<2xf64>, dense<[[48.0, 0.0], [0.0, 108.0]]> : tensor<2x2xf64>,
              dense<[48.0, -360.0]> : tensor<2xf64>]}} {
  %p = nn.equation map [2] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%a: f32):
    %s = arith.mulf %a, %a : f32
    nn.yield %s : f32
  } : (tensor<2xf32>) -> tensor<2xf32>
  %y = nn.equation sum [2] reads(%p) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%a: f32):
    %s = arith.mulf %a, %a : f32
    nn.yield %s : f32
  } : (tensor<2xf32>) -> tensor<f32>
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %along = nn.jvp %g wrt %x along %v : tensor<2xf32>, tensor<2xf32>
  %total = nn.call @total(%along) : (tensor<2xf32>) -> tensor<f32>
  %third = nn.grad %total wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %twice = nn.jvp %along wrt %x along %v : tensor<2xf32>, tensor<2xf32>
  %hessian = nn.jacobian %g wrt %x : tensor<2xf32>, tensor<2xf32> -> tensor<2x2xf32>
  // The gradient of the gradient's sum, which a sweep finds, along v.
  %slope = nn.call @total(%g) : (tensor<2xf32>) -> tensor<f32>
  %curvature = nn.grad %slope wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  %bend = nn.jvp %curvature wrt %x along %v : tensor<2xf32>, tensor<2xf32>
  return %g, %along, %third, %twice, %hessian, %bend
      : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x2xf32>, tensor<2xf32>
}

// A gradient holds each of its variables fixed for the others: u = x^2 is a variable of its own in y = u x.
func.func @variables(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) attributes {nn.run = {
    args = [dense<3.0> : tensor<f64>], expect = [dense<9.0> : tensor<f64>, dense<3.0> : tensor<f64>, dense<27.0> : tensor<f64>]}} {
  %u = nn.equation map [] reads(%x) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32):
    %s = arith.mulf %a, %a : f32
    nn.yield %s : f32
  } : (tensor<f32>) -> tensor<f32>
  %y = nn.equation map [] reads(%u, %x) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.mulf %a, %b : f32
    nn.yield %s : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %gx, %gu = nn.grad %y wrt (%x, %u) : tensor<f32>, tensor<f32>, tensor<f32> -> tensor<f32>, tensor<f32>
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %gx, %gu, %g : tensor<f32>, tensor<f32>, tensor<f32>
}

// Through a gather, a stop, a mapped call with a shared argument, a scan and an iterate.
func.func private @scaled(%x: tensor<f32>, %w: tensor<f32>) -> tensor<f32> {
  %y = nn.equation map [] reads(%x, %w) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%a: f32, %b: f32):
    %s = arith.mulf %a, %b : f32
    nn.yield %s : f32
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func @through(%x: tensor<2xf32>, %w: tensor<f32>, %t: tensor<3xi32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<2xf32>)
    attributes {nn.run = {
    args = [dense<[2.0, 5.0]> : tensor<2xf64>, dense<3.0> : tensor<f64>, dense<[1, 1, 0]> : tensor<3xi32>],
    expect = [dense<[1.0, 2.0]> : tensor<2xf64>, dense<[3.0, 3.0]> : tensor<2xf64>, dense<7.0> : tensor<f64>,
              dense<117.0> : tensor<f64>, dense<54.0> : tensor<f64>, dense<[0.0, 0.0]> : tensor<2xf64>]}} {
  // 2 x_1 + x_0
  %gathered = nn.equation sum [3] reads(%x) [affine_map<(e)[s] -> (s)>] tables(%t) [affine_map<(e) -> (e)>] writes affine_map<(e) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>, tensor<3xi32>) -> tensor<f32>
  %g0 = nn.grad %gathered wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  // w (x_0 + x_1)
  %m = nn.call @scaled(%x, %w) mapped [true, false] extent 2 : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %sum = nn.call @total(%m) : (tensor<2xf32>) -> tensor<f32>
  %g1, %g2 = nn.grad %sum wrt (%x, %w) : tensor<f32>, tensor<2xf32>, tensor<f32> -> tensor<2xf32>, tensor<f32>
  // s_0 = w, s_1 = w x_0 w, s_2 = s_1 x_1 w = 10 w^3; sum of states 2 w^2 + 10 w^3, by w: 4 w + 30 w^2 = 282
  %s = nn.scan 2 inits(%w) xs(%x) captures(%w) {
  ^bb0(%turn: tensor<i32>, %state: tensor<f32>, %x_t: tensor<f32>, %c: tensor<f32>):
    %a = nn.call @scaled(%state, %x_t) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %b = nn.call @scaled(%a, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    nn.yield %b : tensor<f32>
  } : (tensor<f32>, tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %states = nn.call @total(%s) : (tensor<2xf32>) -> tensor<f32>
  %gx, %g3 = nn.grad %states wrt (%x, %w) : tensor<f32>, tensor<2xf32>, tensor<f32> -> tensor<2xf32>, tensor<f32>
  // by x_0: w^2 + 5 w^3 = 144; by x_1: 2 w^3 = 54
  %first = nn.equation map [] reads(%gx) [affine_map<() -> (1)>] writes affine_map<() -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<2xf32>) -> tensor<f32>
  // x <- w x from 1 until it is above 20: 3 turns, w^3, by w 3 w^2 = 27; the fourth turn is not taken. With x_0 of 90: 117.
  %one = nn.constant dense<1.0> : tensor<f32>
  %i = nn.iterate 10 until inits(%one) captures(%w) {
  ^bb0(%turn: tensor<i32>, %state: tensor<f32>, %c: tensor<f32>):
    %n = nn.call @scaled(%state, %c) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %done = nn.equation map [] reads(%n) [affine_map<() -> ()>] writes affine_map<() -> ()> {
    ^bb0(%v: f32):
      %limit = arith.constant 20.0 : f32
      %d = arith.cmpf ogt, %v, %limit : f32
      nn.yield %d : i1
    } : (tensor<f32>) -> tensor<i1>
    nn.yield %n, %done : tensor<f32>, tensor<i1>
  } : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %g4 = nn.grad %i wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  %plus = nn.equation map [] reads(%g4) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%v: f32):
    %c = arith.constant 90.0 : f32
    %a = arith.addf %v, %c : f32
    nn.yield %a : f32
  } : (tensor<f32>) -> tensor<f32>
  %held = nn.stop %x : tensor<2xf32>
  %constant = nn.call @total(%held) : (tensor<2xf32>) -> tensor<f32>
  %g5 = nn.grad %constant wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>
  return %g0, %g1, %g2, %plus, %first, %g5 : tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<2xf32>
}

// Of L_b = (w x_b)^2, rows 1, 2, 3 of which two are valid: per-example gradients 2 w x_b^2; the gradient of the sum; of the
// squared norm of per-example gradients sum_b 4 w^2 x_b^4, by w: 8 w sum x_b^4; by the input, per example.
func.func @batch(%x: tensor<f32> {nn.per_example}, %w: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) attributes {nn.batch = 3 : i64, nn.run = {
    args = [dense<[1.0, 2.0, 3.0]> : tensor<3xf64>, dense<5.0> : tensor<f64>], batch_size = 2,
    expect = [dense<[10.0, 40.0, 90.0]> : tensor<3xf64>, dense<50.0> : tensor<f64>, dense<680.0> : tensor<f64>,
              dense<[50.0, 100.0, 0.0]> : tensor<3xf64>]}} {
  %p = nn.call @scaled(%x, %w) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %l = nn.call @scaled(%p, %p) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %each = nn.grad %l wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  %sum = nn.batch_sum %l : tensor<f32>
  %all, %input = nn.grad %sum wrt (%w, %x) : tensor<f32>, tensor<f32>, tensor<f32> -> tensor<f32>, tensor<f32>
  %square = nn.call @scaled(%each, %each) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %norm = nn.batch_sum %square : tensor<f32>
  %penalty = nn.grad %norm wrt (%w) : tensor<f32>, tensor<f32> -> tensor<f32>
  return %each, %all, %penalty, %input : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// rule: grad.forms

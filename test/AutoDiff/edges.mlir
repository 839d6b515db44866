// The corners of derivatives: kinks, ties, zeros in products, infinities, branches not taken. Zeros are exact.
// RUN: %nn-opt %s --nn-differentiate --nn-interpret -o /dev/null
// RUN: %nn-opt %s --nn-normalize --nn-differentiate --nn-batch --nn-simplify --nn-interpret -o /dev/null

// A constant leaves nothing to a variable that equals it.
func.func @relu(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[-1.0, 0.0, 2.0]> : tensor<3xf64>],
    expect = [dense<[0.0, 0.0, 1.0]> : tensor<3xf64>]}} {
  %s = nn.equation sum [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %zero = arith.constant 0.0 : f64
    %m = arith.maximumf %v, %zero : f64
    nn.yield %m : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// abs'(0) = 0.
func.func @absolute(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[-1.0, 0.0, 2.0]> : tensor<3xf64>],
    expect = [dense<[-1.0, 0.0, 1.0]> : tensor<3xf64>]}} {
  %s = nn.equation sum [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %m = math.absf %v : f64
    nn.yield %m : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// Equal largest values share.
func.func @ties(%x: tensor<4xf64>) -> tensor<4xf64> attributes {nn.run = {
    args = [dense<[2.0, 1.0, 2.0, -3.0]> : tensor<4xf64>],
    expect = [dense<[0.5, 0.0, 0.5, 0.0]> : tensor<4xf64>]}} {
  %s = nn.equation max [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<4xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<4xf64> -> tensor<4xf64>
  return %g : tensor<4xf64>
}

// Two variables that are equal share; here they are one, so all of it comes back.
func.func @pair(%x: tensor<2xf64>) -> tensor<2xf64> attributes {nn.run = {
    args = [dense<[2.0, 1.0]> : tensor<2xf64>],
    expect = [dense<[1.0, 1.0]> : tensor<2xf64>]}} {
  %y = nn.equation map [2] reads(%x, %x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64, %w: f64):
    %m = arith.maximumf %v, %w : f64
    nn.yield %m : f64
  } : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
  %s = nn.equation sum [2] reads(%y) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<2xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<2xf64> -> tensor<2xf64>
  return %g : tensor<2xf64>
}

// A zero factor gets the product of the others.
func.func @product(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[0.0, 3.0, 2.0]> : tensor<3xf64>],
    expect = [dense<[6.0, 0.0, 0.0]> : tensor<3xf64>]}} {
  %s = nn.equation prod [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// With two zeros nothing moves the product.
func.func @two_zeros(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[0.0, 3.0, 0.0]> : tensor<3xf64>],
    expect = [dense<[0.0, 0.0, 0.0]> : tensor<3xf64>]}} {
  %s = nn.equation prod [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// but the slope by one of them moves with the other: of sum (dp/dx_i), dp/dx_0 = x_1 x_2 and so on.
func.func @two_zeros_twice(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[0.0, 3.0, 0.0]> : tensor<3xf64>],
    expect = [dense<[3.0, 0.0, 3.0]> : tensor<3xf64>]}} {
  %p = nn.equation prod [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %h = nn.grad %p wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  %s = nn.equation sum [3] reads(%h) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// What is masked by -inf has no weight.
func.func @masked(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[1.0, 0xFFF0000000000000, 1.0]> : tensor<3xf64>],
    expect = [dense<[0.5, 0.0, 0.5]> : tensor<3xf64>]}} {
  %s = nn.equation logsumexp [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// nor where everything is.
func.func @all_masked(%x: tensor<2xf64>) -> tensor<2xf64> attributes {nn.run = {
    args = [dense<[0xFFF0000000000000, 0xFFF0000000000000]> : tensor<2xf64>],
    expect = [dense<[0.0, 0.0]> : tensor<2xf64>]}} {
  %l = nn.equation logsumexp [2] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<2xf64>) -> tensor<f64>
  %s = nn.equation map [] reads(%l) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%v: f64):
    %e = math.exp %v : f64
    nn.yield %e : f64
  } : (tensor<f64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<2xf64> -> tensor<2xf64>
  return %g : tensor<2xf64>
}

// The logarithm in the branch not taken contributes 0.
func.func @branch(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[0.0, 2.0, -1.0]> : tensor<3xf64>],
    expect = [dense<[3.0, 0.5, 3.0]> : tensor<3xf64>]}} {
  %s = nn.equation sum [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %zero = arith.constant 0.0 : f64
    %three = arith.constant 3.0 : f64
    %c = arith.cmpf ogt, %v, %zero : f64
    %l = math.log %v : f64
    %m = arith.mulf %v, %three : f64
    %r = arith.select %c, %l, %m : f64
    nn.yield %r : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// also where the logarithm is an equation of its own, and a product with it another.
func.func @branch_apart(%x: tensor<3xf64>) -> tensor<3xf64> attributes {nn.run = {
    args = [dense<[0.0, 2.0, 0.0]> : tensor<3xf64>],
    expect = [dense<[0.0, 1.6931471805599454, 0.0]> : tensor<3xf64>]}} {
  %l = nn.equation map [3] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64):
    %r = math.log %v : f64
    nn.yield %r : f64
  } : (tensor<3xf64>) -> tensor<3xf64>
  %p = nn.equation map [3] reads(%l, %x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64, %w: f64):
    %r = arith.mulf %v, %w : f64
    nn.yield %r : f64
  } : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %y = nn.equation map [3] reads(%p, %x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64, %w: f64):
    %zero = arith.constant 0.0 : f64
    %c = arith.cmpf ogt, %w, %zero : f64
    %r = arith.select %c, %v, %zero : f64
    nn.yield %r : f64
  } : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %s = nn.equation sum [3] reads(%y) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<3xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<3xf64> -> tensor<3xf64>
  return %g : tensor<3xf64>
}

// A cotangent that happens to be zero hides nothing from the second derivative: d/dx (d/dx (x^2 - 1)^2)^2 / 2 needs f''.
func.func @residual(%x: tensor<1xf64>) -> tensor<1xf64> attributes {nn.run = {
    args = [dense<[1.0]> : tensor<1xf64>],
    expect = [dense<[0.0]> : tensor<1xf64>]}} {
  %r = nn.equation map [1] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64):
    %one = arith.constant 1.0 : f64
    %q = arith.mulf %v, %v : f64
    %d = arith.subf %q, %one : f64
    nn.yield %d : f64
  } : (tensor<1xf64>) -> tensor<1xf64>
  %p = nn.equation sum [1] reads(%r) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %q = arith.mulf %v, %v : f64
    nn.yield %q : f64
  } : (tensor<1xf64>) -> tensor<f64>
  %h = nn.grad %p wrt (%x) : tensor<f64>, tensor<1xf64> -> tensor<1xf64>
  %s = nn.equation sum [1] reads(%h) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %q = arith.mulf %v, %v : f64
    nn.yield %q : f64
  } : (tensor<1xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<1xf64> -> tensor<1xf64>
  return %g : tensor<1xf64>
}

// and the curvature itself is right there: f = (exp(x) - 1)^2 at 0 has f'' = 2.
func.func @curvature(%x: tensor<1xf64>) -> tensor<1xf64> attributes {nn.run = {
    args = [dense<[0.0]> : tensor<1xf64>],
    expect = [dense<[2.0]> : tensor<1xf64>]}} {
  %r = nn.equation map [1] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64):
    %one = arith.constant 1.0 : f64
    %q = math.exp %v : f64
    %d = arith.subf %q, %one : f64
    nn.yield %d : f64
  } : (tensor<1xf64>) -> tensor<1xf64>
  %p = nn.equation sum [1] reads(%r) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    %q = arith.mulf %v, %v : f64
    nn.yield %q : f64
  } : (tensor<1xf64>) -> tensor<f64>
  %h = nn.grad %p wrt (%x) : tensor<f64>, tensor<1xf64> -> tensor<1xf64>
  %s = nn.equation sum [1] reads(%h) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<1xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<1xf64> -> tensor<1xf64>
  return %g : tensor<1xf64>
}

// An empty group gives nothing back.
func.func @empty(%x: tensor<2xf64>) -> tensor<2xf64> attributes {nn.run = {
    args = [dense<[1.0, 2.0]> : tensor<2xf64>],
    expect = [dense<[1.0, 0.0]> : tensor<2xf64>]}} {
  %m = nn.equation max [2, 2] reads(%x) [affine_map<(i, j) -> (j)>] writes affine_map<(i, j) -> (i)>
      where affine_set<(i, j) : (i - j - 1 >= 0)> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<2xf64>) -> tensor<2xf64>
  %y = nn.equation map [2] reads(%m) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64):
    %least = arith.constant -9.0 : f64
    %r = arith.maximumf %v, %least : f64
    nn.yield %r : f64
  } : (tensor<2xf64>) -> tensor<2xf64>
  %s = nn.equation sum [2] reads(%y) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<2xf64>) -> tensor<f64>
  %g = nn.grad %s wrt (%x) : tensor<f64>, tensor<2xf64> -> tensor<2xf64>
  return %g : tensor<2xf64>
}


// Chance in a loop: the key of a draw is (seed, step, the example's place in the data set, site, turns). Two calls in one
// turn draw different numbers (sites 1 and 2, after one of site 0 before the loop), each turn draws anew, and rows by
// their places 7 and 9, not by their slots.
// RUN: %nn-opt %s --nn-interpret --nn-inline-specialize --nn-interpret --nn-normalize --nn-differentiate --nn-interpret --nn-batch --nn-interpret --nn-simplify --nn-interpret -o /dev/null

nn.recipe @train step @step eval @eval for 1 "steps" batch 2 metrics []
func.func @eval() {
  return
}
func.func private @noise() -> tensor<2xf32> {
  %k = nn.key : tensor<4xi32>
  %u = nn.sample uniform %k site 0 : tensor<4xi32> -> tensor<2xf32>
  return %u : tensor<2xf32>
}
func.func private @both(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2x2xf32> {
  %r = nn.equation sum [2, 2] reads(%a, %b) [affine_map<(k, i) -> (i)>, affine_map<(k, i) -> (i)>] writes affine_map<(k, i) -> (k, i)> {
  ^bb0(%x: f32, %y: f32):
    %k = nn.index 0 : i32
    %zero = arith.constant 0 : i32
    %c = arith.cmpi eq, %k, %zero : i32
    %s = arith.select %c, %x, %y : f32
    nn.yield %s : f32
  } : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}
func.func @step(%x: tensor<2x2xf32> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> (tensor<2xf32>, tensor<3x2x2xf32>)
    attributes {nn.batch = 2 : i64, nn.training, nn.run = {arguments = {x = dense<0.0> : tensor<2x2x2xf64>}, seed = 5, step = 3, examples = dense<[7, 9]> : tensor<2xi32>,
    expect = [dense<[[0.5256592631340027, 0.010855436325073242], [0.39982300996780396, 0.29437464475631714]]> : tensor<2x2xf64>,
              dense<[[[[0.789876401424408, 0.9187259078025818], [0.8222108483314514, 0.6814658641815186]], [[0.9502184987068176, 0.007674276828765869], [0.9599472880363464, 0.6151970624923706]], [[0.9697978496551514, 0.7328473329544067], [0.2999573349952698, 0.21569162607192993]]], [[[0.7224531769752502, 0.08584684133529663], [0.9999046325683594, 0.2525179386138916]], [[0.13341420888900757, 0.35921168327331543], [0.5169192552566528, 0.49540024995803833]], [[0.6135754585266113, 0.56858891248703], [0.40782880783081055, 0.40937381982803345]]]]> : tensor<2x3x2x2xf64>]}} {
  %before = nn.call @noise() : () -> tensor<2xf32>
  %s = nn.scan 3 inits(%x) xs() captures() {
  ^bb0(%t: tensor<i32>, %state: tensor<2x2xf32>):
    %a = nn.call @noise() : () -> tensor<2xf32>
    %b = nn.call @noise() : () -> tensor<2xf32>
    %n = nn.call @both(%a, %b) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
    nn.yield %n : tensor<2x2xf32>
  } : (tensor<2x2xf32>) -> tensor<3x2x2xf32>
  return %before, %s : tensor<2xf32>, tensor<3x2x2xf32>
}

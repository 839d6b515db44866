// Draws, to the bit: Philox4x32-10 of (element, site, step, example) under the seed, computed by another implementation.
// RUN: %nn-opt %s --nn-interpret -o /dev/null

// In functions that read the key, samples are numbered in written order, whatever their sites say.
func.func @laws() -> (tensor<3xf32>, tensor<3xf64>, tensor<3xf32>, tensor<3xf64>, tensor<3xi32>) attributes {nn.run = {seed = 4294967419, step = 2,
    expect = [dense<[0.4915326237678528, 0.24061346054077148, 0.03700166940689087]> : tensor<3xf64>, dense<[0.3455969009177391, 0.17574866410989076, 0.053022787836897955]> : tensor<3xf64>,
              dense<[0.03705735338850964, -0.6610358735238834, -0.44888214489311834]> : tensor<3xf64>, dense<[-0.5301864485797326, -0.6264258814439273, 1.4301842344667641]> : tensor<3xf64>,
              dense<[-447619804, -362807261, 1102267085]> : tensor<3xi32>]}} {
  %k = nn.key : tensor<4xi32>
  %a = nn.sample uniform %k site 9 : tensor<4xi32> -> tensor<3xf32>
  %b = nn.sample uniform %k site 9 : tensor<4xi32> -> tensor<3xf64>
  %c = nn.sample normal %k site 9 : tensor<4xi32> -> tensor<3xf32>
  %d = nn.sample normal %k site 9 : tensor<4xi32> -> tensor<3xf64>
  %e = nn.sample bits %k site 9 : tensor<4xi32> -> tensor<3xi32>
  return %a, %b, %c, %d, %e : tensor<3xf32>, tensor<3xf64>, tensor<3xf32>, tensor<3xf64>, tensor<3xi32>
}

// Slices of a mapped call that share a key are one sample, with the slice in front of the element.
func.func private @noise(%x: tensor<f32>) -> tensor<2xf32> {
  %k = nn.key : tensor<4xi32>
  %u = nn.sample uniform %k site 0 : tensor<4xi32> -> tensor<2xf32>
  return %u : tensor<2xf32>
}
func.func @slices(%x: tensor<3xf32>) -> (tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) attributes {nn.run = {seed = 4294967419, step = 2,
    args = [dense<0.0> : tensor<3xf64>],
    expect = [dense<[0.4915326237678528, 0.24061346054077148]> : tensor<2xf64>,
              dense<[[0.3455968499183655, 0.17574864625930786], [0.05302274227142334, 0.35966163873672485], [0.5500140190124512, 0.850958526134491]]> : tensor<3x2xf64>,
              dense<[[0.3201124668121338, 0.47518885135650635], [0.6632609963417053, 0.4401364326477051], [0.7648476958274841, 0.5977652668952942]]> : tensor<3x2xf64>]}} {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %first = nn.call @noise(%zero) : (tensor<f32>) -> tensor<2xf32>
  %a = nn.call @noise(%x) mapped [true] extent 3 : (tensor<3xf32>) -> tensor<3x2xf32>
  %b = nn.call @noise(%x) mapped [true] extent 3 : (tensor<3xf32>) -> tensor<3x2xf32>
  return %first, %a, %b : tensor<2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// The scalar operation, and a fold of a key.
func.func @scalars() -> (tensor<2xf32>, tensor<4xi32>) attributes {nn.run = {
    expect = [dense<[0.5826828479766846, 0.5718610882759094]> : tensor<2xf64>,
              dense<[1, 2, 3, -119997857]> : tensor<4xi32>]}} {
  %key = nn.constant dense<[1, 2, 3, 4]> : tensor<4xi32>
  %u = nn.equation map [2] reads(%key, %key, %key, %key)
      [affine_map<(i) -> (0)>, affine_map<(i) -> (1)>, affine_map<(i) -> (2)>, affine_map<(i) -> (3)>] writes affine_map<(i) -> (i)> {
  ^bb0(%k0: i32, %k1: i32, %k2: i32, %k3: i32):
    %e = nn.index 0 : i32
    %f = nn.random uniform key(%k0, %k1, %k2, %k3) site 7 element %e : f32
    nn.yield %f : f32
  } : (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) -> tensor<2xf32>
  %five = nn.constant dense<5> : tensor<i32>
  %folded = nn.fold_key %key, %five : tensor<4xi32>, tensor<i32> -> tensor<4xi32>
  return %u, %folded : tensor<2xf32>, tensor<4xi32>
}

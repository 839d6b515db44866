// Every constraint of the dialect, breached once; the message carries the constraint's label.
// RUN: %nn-opt %s --split-input-file --verify-diagnostics

func.func @equation_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c1: 2 read maps for 1 inputs}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c1_tables(%x: tensor<4xf32>, %t: tensor<4xi32>) {
  // expected-error @+1 {{equation_c1: 2 table maps for 1 tables}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
      writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c1_bounds(%x: tensor<4xf32>, %t: tensor<4xi32>) {
  // expected-error @+1 {{equation_c1: 2 table bounds for 1 tables}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i) -> (i)>] below [4, 4]
      writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c1_extent(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c1: extent -1 is negative}}
  %y = nn.equation map [-1] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c2(%x: memref<4xf32>) {
  // expected-error @+1 {{equation_c2: tensors and buffers do not mix}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c2_result(%x: memref<4xf32>, %d: memref<4xf32>) {
  // expected-error @+1 {{equation_c2: either a result (tensors) or a destination (buffers)}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes(%d) affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<4xf32>, memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c2_accumulate(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c2: `accumulate` needs a destination}}
  %y = nn.equation sum [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> accumulate {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @equation_c3_dims(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c3: read 0 map takes 2 indices and 0 symbols, the box has 1 and 0}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i, j) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c3_symbols(%x: tensor<4xf32>, %t: tensor<4xi32>) {
  // expected-error @+1 {{equation_c3: table 0 map uses symbol 0 before it is defined}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i)[s] -> (s)>]
      writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c3_rank(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{equation_c3: read 0 map has 1 results for rank 2}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c3_write(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c3: write map has 2 results for rank 1}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i, i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c3_domain(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c3: the domain takes 2 indices and 0 symbols, the box has 1 and 0}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> where affine_set<(i, j) : (i - j >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c3_affine(%x: tensor<4xf32>, %t: tensor<i32>) {
  // expected-error @+1 {{equation_c3: read 0 map is not affine}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (i mod s)>] tables(%t) [affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<i32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c4(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c4: the fill value of input 0 is 0 : i32, neither `unit` nor of type 'f32'}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i + 1)>] writes affine_map<(i) -> (i)> fill [0 : i32] {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c4_count(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c4: 2 fill values for 1 inputs}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i + 1)>] writes affine_map<(i) -> (i)> fill [0.0 : f32, unit] {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c5_count(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c5: the body takes 2 scalars for 1 inputs}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32, %w: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c5_type(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c5: the body takes 'f64' for input 0 of 'f32'}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f64):
    nn.yield %v : f64
  } : (tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @equation_c5_scalar(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c5: `nn.key` in a body is not a scalar operation}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %k = nn.key : tensor<4xi32>
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c5_index(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c5: `nn.index` asks for an index that the box does not have}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    %k = nn.index 1 : i32
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c5_yield(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c5: the body ends by yielding one scalar}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v, %v : f32, f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c6_argmax(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c6: argmax gives i32, not 'f32'}}
  %y = nn.equation argmax [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @equation_c6_type(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c6: the body yields 'f32', the result holds 'f64'}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @equation_c6_logsumexp(%x: tensor<4xi32>) {
  // expected-error @+1 {{equation_c6: logsumexp of 'i32'}}
  %y = nn.equation logsumexp [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: i32):
    nn.yield %v : i32
  } : (tensor<4xi32>) -> tensor<i32>
  return
}

// -----

func.func @equation_c6_flags(%x: tensor<4xi1>) {
  // expected-error @+1 {{equation_c6: sum of i1; max is `any`, min is `all`}}
  %y = nn.equation sum [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
  ^bb0(%v: i1):
    nn.yield %v : i1
  } : (tensor<4xi1>) -> tensor<i1>
  return
}

// -----

// The smallest offending index is named, also where intervals alone cannot tell.
func.func @equation_c7_read(%x: tensor<32xf32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 0 of size 32 at (0, 0), where it is -1}}
  %y = nn.equation sum [16, 3] reads(%x) [affine_map<(i, u) -> (2 * i + u - 1)>] writes affine_map<(i, u) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<32xf32>) -> tensor<16xf32>
  return
}

// -----

func.func @equation_c7_above(%x: tensor<32xf32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 0 of size 32 at (15, 2), where it is 32}}
  %y = nn.equation sum [16, 3] reads(%x) [affine_map<(i, u) -> (2 * i + u)>] writes affine_map<(i, u) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<32xf32>) -> tensor<16xf32>
  return
}

// -----

func.func @equation_c7_domain(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 1 of size 5 at (1, 0), where it is -1}}
  %y = nn.equation sum [4, 5] reads(%x) [affine_map<(i, j) -> (i, j - i)>] writes affine_map<(i, j) -> (i)>
      where affine_set<(i, j) : (j - i + 1 >= 0)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x5xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c7_floordiv(%x: tensor<3xf32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 0 of size 3 at (6), where it is 3}}
  %y = nn.equation map [8] reads(%x) [affine_map<(i) -> (i floordiv 2)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<3xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @equation_c7_table(%x: tensor<4xf32>, %t: tensor<3xi32>) {
  // expected-error @+1 {{equation_c7: table 0 leaves axis 0 of size 3 at (3), where it is 3}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<3xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c7_bound(%x: tensor<4xf32>, %t: tensor<4xi32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 0 of size 4 at (0), where it is 4}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s)>] tables(%t) [affine_map<(i) -> (i)>] below [5] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c7_symbol(%x: tensor<4xf32>, %t: tensor<4xi32>) {
  // expected-error @+1 {{equation_c7: read 0 leaves axis 0 of size 4 at (0)}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i)[s] -> (s + 1)>] tables(%t) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c7_write(%x: tensor<4xf32>) {
  // expected-error @+1 {{equation_c7: the write leaves axis 0 of size 4 at (3), where it is 4}}
  %y = nn.equation map [4] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i + 1)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @equation_c8(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{equation_c8: a map writes each cell once, but (0, 4) and (1, 0) write the same}}
  %y = nn.equation map [4, 5] reads(%x) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (4 * i + j)> {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (tensor<4x5xf32>) -> tensor<20xf32>
  return
}

// -----

func.func @random_c1(%x: tensor<i32>) {
  %y = nn.equation map [] reads(%x) [affine_map<() -> ()>] writes affine_map<() -> ()> {
  ^bb0(%k: i32):
    // expected-error @+1 {{random_c1: uniform gives no 'i32'}}
    %u = nn.random uniform key(%k, %k, %k, %k) site 0 element %k : i32
    nn.yield %u : i32
  } : (tensor<i32>) -> tensor<i32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{reshape_c1: 4 elements become 6}}
  %y = nn.reshape %x : tensor<4xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @param_c1() {
  // expected-error @+1 {{param_c1: no parameter @W}}
  %y = nn.param @W : tensor<4xf32>
  return
}

// -----

nn.parameter @W : tensor<5xf32> kind "weight"
func.func @param_c1_type() {
  // expected-error @+1 {{param_c1: parameter @W is 'tensor<5xf32>'}}
  %y = nn.param @W : tensor<4xf32>
  return
}

// -----

nn.parameter @W : tensor<4xf32> kind "weight"
func.func @state_c1() {
  // expected-error @+1 {{state_c1: no state @W}}
  %y = nn.state @W : tensor<4xf32>
  return
}

// -----

nn.state_var @s : tensor<5xf32> role "model"
func.func @state_c1_type() {
  // expected-error @+1 {{state_c1: state @s is 'tensor<5xf32>'}}
  %y = nn.state @s : tensor<4xf32>
  return
}

// -----

nn.setting @s = 1 : i32
func.func @update_c1(%x: tensor<i32>) {
  // expected-error @+1 {{update_c1: no parameter or state @s}}
  nn.update @s, %x : tensor<i32>
  return
}

// -----

nn.state_var @s : tensor<5xf32> role "model"
func.func @update_c1_type(%x: tensor<4xf32>) {
  // expected-error @+1 {{update_c1: @s is 'tensor<5xf32>'}}
  nn.update @s, %x : tensor<4xf32>
  return
}

// -----

func.func @setting_value_c1() {
  // expected-error @+1 {{setting_value_c1: no setting @lr}}
  %y = nn.setting_value @lr : tensor<f32>
  return
}

// -----

nn.setting @lr = 1 : i32
func.func @setting_value_c1_type() {
  // expected-error @+1 {{setting_value_c1: setting @lr is 'i32'}}
  %y = nn.setting_value @lr : tensor<f32>
  return
}

// -----

func.func @key_c1() {
  // expected-error @+1 {{key_c1: a key has four elements, not 'tensor<3xi32>'}}
  %k = nn.key : tensor<3xi32>
  return
}

// -----

func.func @fold_key_c1(%k: tensor<4xi32>, %t: tensor<2xi32>) {
  // expected-error @+1 {{fold_key_c1: counters 'tensor<2xi32>' for keys 'tensor<4xi32>'}}
  %f = nn.fold_key %k, %t : tensor<4xi32>, tensor<2xi32> -> tensor<4xi32>
  return
}

// -----

func.func @sample_c1(%k: tensor<5x4xi32>) {
  // expected-error @+1 {{sample_c1: keys 'tensor<5x4xi32>' for a sample 'tensor<3xf32>'}}
  %f = nn.sample uniform %k site 0 : tensor<5x4xi32> -> tensor<3xf32>
  return
}

// -----

func.func @sample_c2(%k: tensor<4xi32>) {
  // expected-error @+1 {{sample_c2: bits gives no 'f32'}}
  %f = nn.sample bits %k site 0 : tensor<4xi32> -> tensor<3xf32>
  return
}

// -----

func.func @batch_stack_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{batch_stack_c1: the result has one leading axis more than 'tensor<4xf32>'}}
  %y = nn.batch_stack %x : tensor<4xf32> -> tensor<8x5xf32>
  return
}

// -----

func.func @grad_c1(%y: tensor<2xf32>, %x: tensor<2xf32>) {
  // expected-error @+1 {{grad_c1: the gradient of 'tensor<2xf32>', not of a float scalar}}
  %g = nn.grad %y wrt (%x) : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @grad_c2(%y: tensor<f32>, %x: tensor<2xi32>) {
  // expected-error @+1 {{grad_c2: the gradient by 'tensor<2xi32>' is 'tensor<2xi32>'}}
  %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<2xi32> -> tensor<2xi32>
  return
}

// -----

func.func @grad_c2_count(%y: tensor<f32>, %x: tensor<2xf32>) {
  // expected-error @+1 {{grad_c2: 2 gradients by 1 variables}}
  %g:2 = nn.grad %y wrt (%x) : tensor<f32>, tensor<2xf32> -> tensor<2xf32>, tensor<2xf32>
  return
}

// -----

func.func @jacobian_c1(%y: tensor<3xf32>, %x: tensor<2xf32>) {
  // expected-error @+1 {{jacobian_c1: the result has the shape of y followed by that of x, not 'tensor<2x3xf32>'}}
  %g = nn.jacobian %y wrt %x : tensor<3xf32>, tensor<2xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @call_c1(%x: tensor<3xf32>) {
  // expected-error @+1 {{call_c1: no function @f}}
  %y = nn.call @f(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c2(%x: tensor<3xf32>) {
  // expected-error @+1 {{call_c2: a mapped call has a flag per argument, one of them true, and an extent}}
  %y = nn.call @f(%x) mapped [false] extent 3 : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c3(%x: tensor<4xf32>) {
  // expected-error @+1 {{call_c3: argument 0 is 'tensor<4xf32>', not 'tensor<3xf32>'}}
  %y = nn.call @f(%x) : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c3_result(%x: tensor<5x3xf32>) {
  // expected-error @+1 {{call_c3: result 0 is 'tensor<3xf32>', not 'tensor<5x3xf32>'}}
  %y = nn.call @f(%x) mapped [true] extent 5 : (tensor<5x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c3_count(%x: tensor<3xf32>) {
  // expected-error @+1 {{call_c3: @f is '(tensor<3xf32>) -> tensor<3xf32>'}}
  %y = nn.call @f(%x, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

nn.parameter @net.w : tensor<2xf32> kind "weight"
func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c4(%x: tensor<3xf32>) {
  // expected-error @+1 {{call_c4: @net.w is no parameter of type 'tensor<3xf32>'}}
  %y = nn.call @f(%x, %x) at [@net.w] : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

nn.parameter @net.w : tensor<3xf32> kind "weight"
func.func private @f(tensor<3xf32>) -> tensor<3xf32>
func.func @call_c4_mapped(%x: tensor<5x3xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{call_c4: a call at other parameters has an argument for each and is not mapped}}
  %y = nn.call @f(%x, %w) mapped [true, false] extent 5 at [@net.w] : (tensor<5x3xf32>, tensor<3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @scan_c1(%s: tensor<f32>, %x: tensor<4xf32>) {
  // expected-error @+1 {{scan_c1: 5 turns over 'tensor<4xf32>'}}
  %y = nn.scan 5 inits(%s) xs(%x) captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>, %b: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>, tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @scan_c2(%s: tensor<f32>) {
  // expected-error @+1 {{scan_c2: the body's arguments are ('tensor<i32>'), not ('tensor<i32>', 'tensor<f32>')}}
  %y = nn.scan 5 inits(%s) xs() captures() {
  ^bb0(%t: tensor<i32>):
    %a = nn.constant dense<0.0> : tensor<f32>
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<5xf32>
  return
}

// -----

func.func @scan_c3(%s: tensor<f32>) {
  // expected-error @+1 {{scan_c3: the next states are ('tensor<i32>'), not ('tensor<f32>')}}
  %y = nn.scan 5 inits(%s) xs() captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    nn.yield %t : tensor<i32>
  } : (tensor<f32>) -> tensor<5xf32>
  return
}

// -----

func.func @scan_c4(%s: tensor<f32>) {
  // expected-error @+1 {{scan_c4: the results are ('tensor<4xf32>'), not ('tensor<5xf32>')}}
  %y = nn.scan 5 inits(%s) xs() captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @iterate_c1(%s: tensor<f32>) {
  // expected-error @+1 {{iterate_c1: -1 turns}}
  %y = nn.iterate -1 inits(%s) captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @iterate_c2(%s: tensor<f32>) {
  // expected-error @+1 {{iterate_c2: the body's arguments are ('tensor<f32>'), not ('tensor<i32>', 'tensor<f32>')}}
  %y = nn.iterate 5 inits(%s) captures() {
  ^bb0(%a: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @iterate_c3(%s: tensor<f32>) {
  // expected-error @+1 {{iterate_c3: the next states are ('tensor<f32>'), not ('tensor<f32>', 'tensor<i1>')}}
  %y = nn.iterate 5 until inits(%s) captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @iterate_c4(%s: tensor<f32>) {
  // expected-error @+1 {{iterate_c4: the results are ('tensor<5xf32>'), not ('tensor<f32>')}}
  %y = nn.iterate 5 inits(%s) captures() {
  ^bb0(%t: tensor<i32>, %a: tensor<f32>):
    nn.yield %a : tensor<f32>
  } : (tensor<f32>) -> tensor<5xf32>
  return
}

// -----

// expected-error @+1 {{kernel_c1: a frame of -1}}
nn.kernel @k frame -1 {
^bb0(%x: memref<4xf32>):
}

// -----

nn.kernel @k frame 0 {
^bb0(%x: memref<4xf32>):
  // expected-error @+1 {{kernel_c2: a kernel holds scratch and equations, or one routine}}
  %c = nn.constant dense<0.0> : tensor<f32>
}

// -----

// expected-error @+1 {{kernel_c3: outer extents are not positive: [2, 0]}}
nn.kernel @k frame 4 grain 1 attributes {nn.outer = array<i64: 2, 0>} {
^bb0(%x: memref<4xf32>):
}

// -----

// expected-error @+1 {{kernel_c3: outer extents without a frame}}
nn.kernel @k frame 0 attributes {nn.outer = array<i64: 2>} {
^bb0(%x: memref<4xf32>):
}

// -----

#cell = affine_map<(d0, d1) -> (d0, d1)>
nn.kernel @k frame 4 grain 2 attributes {nn.outer = array<i64: 3>} {
^bb0(%x: memref<3x4xf32>, %y: memref<3x4xf32>):
  // expected-error @+1 {{kernel_c4: 1 different indices run along outer extents, not []}}
  nn.equation map [3, 4] reads(%x) [#cell] writes(%y) #cell attributes {nn.form = "owner", nn.frame = 1 : i64} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<3x4xf32>, memref<3x4xf32>) -> ()
}

// -----

#cell = affine_map<(d0, d1) -> (d0, d1)>
nn.kernel @k frame 4 grain 2 attributes {nn.outer = array<i64: 3>} {
^bb0(%x: memref<2x4xf32>, %y: memref<2x4xf32>):
  // expected-error @+1 {{kernel_c4: index 0 has the extent 2, the kernel's outer one is 3}}
  nn.equation map [2, 4] reads(%x) [#cell] writes(%y) #cell attributes {nn.form = "owner", nn.frame = 1 : i64, nn.outer = array<i64: 0>} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<2x4xf32>, memref<2x4xf32>) -> ()
}

// -----

nn.kernel @k frame 4 grain 2 attributes {nn.outer = array<i64: 3, 3>} {
^bb0(%x: memref<4xf32>):
  // expected-error @+1 {{kernel_c4: 2 different axes run along outer extents, not [0, 0]}}
  %s = nn.scratch axis 1 {nn.outer = array<i64: 0, 0>} : memref<3x4x3xf32>
}

// -----

func.func @launch_c1(%x: memref<4xf32>) {
  // expected-error @+1 {{launch_c1: no kernel @k}}
  nn.launch @k(%x) : memref<4xf32>
  return
}

// -----

nn.kernel @k frame 0 {
^bb0(%x: memref<4xf32>):
}
func.func @launch_c2(%x: memref<5xf32>) {
  // expected-error @+1 {{launch_c2: the buffers do not have the types of @k's arguments}}
  nn.launch @k(%x) : memref<5xf32>
  return
}

// -----

func.func @view_c1(%x: memref<4xf32>) {
  // expected-error @+1 {{view_c1: the number of elements stays}}
  %y = nn.view %x : memref<4xf32> -> memref<5xf32>
  return
}

// -----

// expected-error @+1 {{parameter_c1: "other" is neither "weight" nor "bias"}}
nn.parameter @p : tensor<4xf32> kind "other"

// -----

// expected-error @+1 {{parameter_c1: 'f32' is not a tensor of static shape}}
nn.parameter @p : f32 kind "bias"

// -----

// expected-error @+1 {{state_var_c1: "other" is neither "model" nor "optimizer"}}
nn.state_var @s : tensor<4xf32> role "other"

// -----

// expected-error @+1 {{dataset_c1: the field {name = "x"} lacks a name or a tensor type}}
nn.dataset @d reader "idx" path "p" options {} fields [{name = "x"}]

// -----

// expected-error @+1 {{dataset_c2: the transform {name = "take"} lacks a name or options}}
nn.dataset @d reader "idx" path "p" options {} then [{name = "take"}] fields []

// -----

func.func private @f()
// expected-error @+1 {{recipe_c1: no data set @d}}
nn.recipe @r on [@d] step @f eval @f for 1 "epochs" batch 8 metrics []

// -----

func.func private @f()
// expected-error @+1 {{recipe_c1: no function @g}}
nn.recipe @r step @f eval @g for 1 "epochs" batch 8 metrics []

// -----

func.func private @f()
// expected-error @+1 {{recipe_c2: "days" is neither "epochs" nor "steps"}}
nn.recipe @r step @f eval @f for 1 "days" batch 8 metrics []

// -----

func.func private @f()
nn.dataset @d reader "npy" path "x.npy" options {} fields []
// expected-error @+1 {{recipe_c3: 2 aliases for 1 data sets}}
nn.recipe @r on [@d] as ["a", "b"] step @f eval @f for 1 "epochs" batch 8 metrics []

// -----

func.func @f(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{loop_c1: no function @body}}
  %y = nn.loop @body length 3 inits(%x) xs() captures() : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func private @body(%t: tensor<i32>) -> tensor<f32>
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{loop_c1: @body takes 1 values, not 2}}
  %y = nn.loop @body length 3 inits(%x) xs() captures() : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func private @body(%t: tensor<i32>, %x: tensor<f32>) -> tensor<f32>
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{loop_c2: @body gives 1 values, not 2}}
  %y = nn.loop @body length 3 until inits(%x) xs() captures() : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// expected-error @+1 {{command_c1: no function @f}}
nn.command @c calls @f arguments [] show "tensor"

// -----

func.func private @f()
// expected-error @+1 {{command_c2: "list" is neither "tensor" nor "ranking"}}
nn.command @c calls @f arguments [] show "list"

// -----

func.func @routine_c1(%a: tensor<3x3xf32>) {
  // expected-error @+1 {{routine_c1: `solve` takes 2 and gives 1}}
  %x = nn.routine solve(%a) : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @routine_c2(%a: tensor<4x3x3xf32>, %b: tensor<5x3x1xf32>) {
  // expected-error @+1 {{routine_c2: the leading axes of 'tensor<5x3x1xf32>' are not those of the first operand}}
  %x = nn.routine solve(%a, %b) : (tensor<4x3x3xf32>, tensor<5x3x1xf32>) -> tensor<5x3x1xf32>
  return
}

// -----

func.func @routine_c3_square(%a: tensor<3x4xf32>) {
  // expected-error @+1 {{routine_c3: the matrix is not square}}
  %l = nn.routine cholesky(%a) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @routine_c3_rows(%a: tensor<3x3xf32>, %b: tensor<4x1xf32>) {
  // expected-error @+1 {{routine_c3: a right-hand side has as many rows as the matrix}}
  %x = nn.routine solve(%a, %b) : (tensor<3x3xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
  return
}

// -----

func.func @routine_c3_complex(%x: tensor<8x3xf32>) {
  // expected-error @+1 {{routine_c3: complex numbers have a last axis of 2}}
  %y = nn.routine fft(%x) : (tensor<8x3xf32>) -> tensor<8x3xf32>
  return
}

// -----

func.func @routine_c3_result(%a: tensor<4x2xf32>) {
  // expected-error @+1 {{routine_c3: a result is 'tensor<3xf32>', not 'tensor<2xf32>'}}
  %u, %s, %v = nn.routine svd(%a) : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<3xf32>, tensor<2x2xf32>)
  return
}

// -----

func.func @routine_c3_group(%t: tensor<2x9xi32>) {
  // expected-error @+1 {{routine_c3: a result is 'tensor<2x0xi32>', not the beginning of each group and an end}}
  %f, %p = nn.routine group(%t) : (tensor<2x9xi32>) -> (tensor<2x0xi32>, tensor<2x9xi32>)
  return
}

// -----

func.func @routine_c3_places(%t: tensor<9xi32>) {
  // expected-error @+1 {{routine_c3: a result is 'tensor<8xi32>', not 'tensor<9xi32>'}}
  %f, %p = nn.routine group(%t) : (tensor<9xi32>) -> (tensor<5xi32>, tensor<8xi32>)
  return
}

// -----

func.func @routine_c4_group(%t: tensor<9xf32>) {
  // expected-error @+1 {{routine_c4: `group` is of i32, not of 'f32'}}
  %f, %p = nn.routine group(%t) : (tensor<9xf32>) -> (tensor<5xi32>, tensor<9xi32>)
  return
}

// -----

func.func @routine_c4(%a: tensor<3x3xf32>, %b: tensor<3x1xf64>) {
  // expected-error @+1 {{routine_c4: operands of 'f32' and of 'f64'}}
  %x = nn.routine solve(%a, %b) : (tensor<3x3xf32>, tensor<3x1xf64>) -> tensor<3x1xf32>
  return
}

// -----

// expected-error @+1 {{loaded_c1: neither a data set nor a recipe is called @d}}
nn.loaded @"d.train.x" : tensor<8xf32> from @d split "train" name "x"

// -----

nn.dataset @d reader "npy" path "x.npy" options {} fields []
// expected-error @+1 {{loaded_c2: 'tensor<?xf32>' is not a tensor of static shape}}
nn.loaded @"d.train.x" : tensor<?xf32> from @d split "train" name "x"

// -----

func.func @f() -> tensor<8xf32> {
  // expected-error @+1 {{load_c1: nothing loaded is called @x}}
  %x = nn.load @x : tensor<8xf32>
  return %x : tensor<8xf32>
}

// -----

nn.dataset @d reader "npy" path "x.npy" options {} fields []
nn.loaded @x : tensor<8xf32> from @d split "train" name "x"
func.func @f() -> tensor<4xf32> {
  // expected-error @+1 {{load_c1: @x is 'tensor<8xf32>'}}
  %x = nn.load @x : tensor<4xf32>
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{report_c1: no function @f}}
nn.report "r" calls @f form "image" show "tensor" text "K"

// -----

func.func private @f()
// expected-error @+1 {{report_c2: "list" is neither "tensor" nor "ranking"}}
nn.report "r" calls @f form "image" show "list" text "K"

// -----

// expected-error @+1 {{experiment_c1: [0, 1] is not one position a sweep}}
nn.experiment "e" sweeps [{name = "n", values = ["1", "2"]}] points [[0], [0, 1]] plots []

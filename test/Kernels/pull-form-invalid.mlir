// What should be gone before kernels are formed is the compiler's fault.
// RUN: %nn-opt %s --nn-pull-form --verify-diagnostics
func.func @loop(%x: tensor<3xf32>, %xs: tensor<5x3xf32>) -> tensor<5x3xf32> {
  // expected-error @below {{internal error: `nn.scan` should be gone before kernels are formed}}
  %s = nn.scan 5 inits(%x) xs(%xs) captures() {
  ^bb0(%t: tensor<i32>, %state: tensor<3xf32>, %slice: tensor<3xf32>):
    nn.yield %slice : tensor<3xf32>
  } : (tensor<3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  return %s : tensor<5x3xf32>
}

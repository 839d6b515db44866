// RUN: %nn-opt %s --nn-batch --split-input-file --verify-diagnostics

func.func @other_bound(%x: tensor<3xf32> {nn.per_example}) -> tensor<4x3xf32> attributes {nn.batch = 8 : i64} {
  // expected-error @+1 {{a batch of at most 4 rows is stacked, but batches here have 8}}
  %X = nn.batch_stack %x : tensor<3xf32> -> tensor<4x3xf32>
  return %X : tensor<4x3xf32>
}

// RUN: %nn-opt %s --nn-inline-specialize --split-input-file --verify-diagnostics

nn.recipe @r step @step eval @step for 1 "epochs" batch 4 metrics []
func.func private @again(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{`again` calls itself; models and functions cannot be recursive}}
  %y = nn.call @again(%x) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
func.func @step(%x: tensor<f32>) -> tensor<f32> {
  %y = nn.call @again(%x) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

nn.state_var @count : tensor<f32> role "model"
nn.recipe @r step @step eval @step for 1 "epochs" batch 4 metrics []
func.func @step(%x: tensor<f32>) -> tensor<f32> {
  %y = nn.iterate 3 inits(%x) captures() {
  ^bb0(%t: tensor<i32>, %s: tensor<f32>):
    // expected-error @+1 {{a state cannot be updated inside a loop: its value would differ from turn to turn}}
    nn.update @count, %s : tensor<f32>
    nn.yield %s : tensor<f32>
  } : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

nn.state_var @last : tensor<f32> role "model"
nn.recipe @r step @step eval @step for 1 "epochs" batch 4 metrics []
func.func private @remember(%x: tensor<f32>) -> tensor<f32> {
  nn.update @last, %x : tensor<f32>
  return %x : tensor<f32>
}
func.func @step(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{`last` is updated inside a function applied along an axis: its value would differ from slice to slice}}
  %y = nn.call @remember(%x) mapped [true] extent 2 : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

nn.parameter @M.W : tensor<2x4xf32> kind "weight"
nn.parameter @M.b : tensor<2xf32> kind "bias"

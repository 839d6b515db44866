nn.parameter @N.dense_1.W : tensor<3x3xf32> kind "weight"
nn.parameter @N.dense_2.W : tensor<3x3xf32> kind "weight"

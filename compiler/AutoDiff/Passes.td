// The pass that removes derivatives; it runs between normalize and batch.
#ifndef NN_AUTODIFF_PASSES_TD
#define NN_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"nn-differentiate", "mlir::func::FuncOp"> {
  let summary = "replaces gradients, tangents and jacobians by the equations that compute them";
  let description = [{
    Innermost first, in the order of the program. Reverse mode swaps two maps of an equation: for input k the same box, written where k was read, reading
    the cotangent where the result was written. Forward mode keeps the maps. A jacobian runs many seeds at once in the mode that needs fewer. Only
    values that lie between a variable and the result take part. The cotangents of one value are added by one equation. A cotangent goes
    through `arith.select`, never through a product with 0, so the branch of a selection that is not taken contributes exactly 0.

    ```mlir
    // y = sum[j] x[j] * x[j]
    %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<3xf32> -> tensor<3xf32>
    ```
    becomes
    ```mlir
    // g[j] = dy * x[j] + dy * x[j]
    %g = nn.equation map [3] reads(%x, %dy) [affine_map<(j) -> (j)>, affine_map<(j) -> ()>] writes affine_map<(j) -> (j)> ...
    ```
  }];
}

#endif

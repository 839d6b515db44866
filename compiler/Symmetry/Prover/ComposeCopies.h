// Reads through copies: what a padded, sliced or transposed tensor holds is read where it comes from.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nn::prover {

/// Replaces reads of equations that only move entries by reads of what these move. A cyclic continuation, say, has
/// entries twice, so that no permutation of it is a shift; a window over it reads the grid modulo its extent.
void composeCopies(mlir::func::FuncOp function);

} // namespace nn::prover

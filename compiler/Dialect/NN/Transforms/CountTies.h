// How many values are equal where a function chooses among them: what tests of a symmetry look at where both sides
// differ.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nn {

/// The name of the output that the pass adds, and the attribute of functions that get one.
inline constexpr llvm::StringLiteral tiesOutputName = "nn.ties", countTiesAttrName = "nn.count_ties";

/// Whether an operation chooses places by comparing values, and of equal ones takes the first.
bool choosesPlaces(mlir::Operation *op);

/// Adds an output, tensor<i32>: of all of `choices` in the function itself, rather than in its loops, how many entries
/// are equal to one that is chosen, or to one that is sorted. Without such choices the function stays as it is.
bool addTieCount(mlir::func::FuncOp function, llvm::ArrayRef<mlir::Operation *> choices);

} // namespace nn

// Small changes to one equation that several passes make.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

namespace nn {

/// Removes what the body does not use: operations, inputs and tables. Returns the equation, which is a new one if
/// inputs or tables went away.
EquationOp dropUnused(EquationOp op);

/// The sum of tensors of one type, by one equation; the only one itself.
mlir::Value addAll(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<mlir::Value> values);

} // namespace nn

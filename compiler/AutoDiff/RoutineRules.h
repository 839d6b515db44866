// Derivatives of routines, in terms of routines and equations, so that they can be differentiated in turn.
#pragma once

#include "Dialect/NN/IR/NN.h"

namespace nn {

/// The cotangents of the inputs from those of the results (null: zero). `wanted` says which are needed; the others, and
/// those that are zero, are null.
llvm::SmallVector<mlir::Value> pullBackRoutine(mlir::OpBuilder &builder, RoutineOp op,
                                               llvm::ArrayRef<mlir::Value> cotangents, llvm::ArrayRef<bool> wanted);

/// The tangents of the results from those of the inputs (null: zero).
llvm::SmallVector<mlir::Value> pushForwardRoutine(mlir::OpBuilder &builder, RoutineOp op,
                                                  llvm::ArrayRef<mlir::Value> tangents);

} // namespace nn

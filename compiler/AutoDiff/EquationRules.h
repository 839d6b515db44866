// Derivatives of equations: reverse mode swaps two maps, forward mode keeps them.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

namespace nn {

/// The cotangent of input `k` of an equation, of the input's type, from that of its result; null if it is zero
/// everywhere. Fails with an error where the equation has no derivative that is an equation.
class EquationPullback {
public:
  EquationPullback(mlir::OpBuilder &builder, EquationOp op, mlir::Value cotangent)
      : builder(builder), op(op), cotangent(cotangent) {}
  llvm::FailureOr<mlir::Value> of(unsigned k);

private:
  mlir::OpBuilder &builder;
  EquationOp op;
  mlir::Value cotangent;
  /// What the combine kind adds, made once for all inputs: the cotangent shared by ties, the products of the others.
  mlir::Value shared = {}, others = {};
};

/// The tangent of the result of an equation from those of its inputs (null: zero), of the result's type.
llvm::FailureOr<mlir::Value> pushForward(mlir::OpBuilder &builder, EquationOp op, llvm::ArrayRef<mlir::Value> tangents);

} // namespace nn

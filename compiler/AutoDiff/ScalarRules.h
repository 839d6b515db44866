// Derivatives of the scalar operations in the bodies of equations: one rule an operation, for both modes.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

namespace nn {

/// A scalar that counts only where `guard` holds (null: everywhere). Guards are selections, never factors, so what is
/// not finite outside of them does no harm.
struct Guarded {
  mlir::Value value;
  mlir::Value guard = {};

  explicit operator bool() const { return static_cast<bool>(value); }
  /// The value, or 0 where the guard does not hold.
  mlir::Value resolve(mlir::OpBuilder &builder, mlir::Location loc) const;
  /// The same with one more condition; a null condition adds nothing.
  Guarded where(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value condition) const;
};

/// One scalar operation as a rule sees it: the operation of the old body and its operands and result in the new one.
struct ScalarSite {
  mlir::OpBuilder &builder;
  mlir::Operation *op;
  llvm::SmallVector<mlir::Value> operands;
  mlir::Value result;
  /// Per operand: true if it is the same at every value of the inputs.
  llvm::SmallVector<bool> constant;
};

/// `t` times the partial derivative of the operation by operand k; null where that is zero everywhere. The same rule
/// serves tangents (t of the operand) and cotangents (t of the result), since it is linear in t.
Guarded applyPartial(const ScalarSite &site, unsigned k, mlir::Value t);

/// True if differentiation knows the operation, or it yields no float.
bool hasScalarRule(mlir::Operation &op);

/// The contribution to input k of an equation whose body was copied by `primal`: `cotangent` of what the body yields,
/// pulled back. Null if the body does not depend on the input. `singular` becomes true if a factor on the way may be
/// infinite.
Guarded pullBackBody(mlir::OpBuilder &builder, EquationOp op, const mlir::IRMapping &primal, Guarded cotangent,
                     unsigned k, bool &singular);

/// The tangent of what the body yields, given tangents of its inputs (null: none).
mlir::Value pushForwardBody(mlir::OpBuilder &builder, EquationOp op, const mlir::IRMapping &primal,
                            llvm::ArrayRef<mlir::Value> tangents);

} // namespace nn

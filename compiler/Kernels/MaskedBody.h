// What a body yields where a mask leaves nothing; see Note [Masks] in PushMasks.cpp. For use within this room.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/IR/Matchers.h"

namespace nn {

/// The expression that is negative where `expr` is, over so many indices, as all that say the same are written: without
/// a common divisor. Null if it is not linear, or constant, or not known before the program runs.
mlir::AffineExpr normalizeMask(mlir::AffineExpr expr, unsigned dims);
/// The expression that is not negative exactly where an order of indices holds; null if an operation is none.
mlir::AffineExpr orderOf(mlir::Operation &op, unsigned dims);
/// The expression that is negative exactly where this one is not.
mlir::AffineExpr negationOf(mlir::AffineExpr expr, unsigned dims);

/// What is known in a body where one expression is negative.
class MaskedBody {
public:
  MaskedBody(EquationOp equation, mlir::AffineExpr negative, llvm::ArrayRef<mlir::AffineExpr> all)
      : equation(equation), negative(negative), opposite(negationOf(negative, equation.getNumDims())), all(all) {}
  /// Sets what input k is there.
  void set(unsigned k, mlir::Attribute value) { known[equation.getBodyBlock().getArgument(k)] = value; }
  /// What the body yields; null if that is not known.
  mlir::Attribute evaluate();

private:
  mlir::Attribute lookup(mlir::Value value) const {
    mlir::Attribute constant;
    mlir::matchPattern(value, mlir::m_Constant(&constant));
    return constant ? constant : known.lookup(value);
  }
  mlir::Attribute evaluate(mlir::Operation &op);
  mlir::Attribute absorb(mlir::Operation &op);
  bool leavesRows(mlir::Value value);

  EquationOp equation;
  mlir::AffineExpr negative, opposite;
  llvm::ArrayRef<mlir::AffineExpr> all; ///< all expressions of masks of this equation
  llvm::DenseMap<mlir::Value, mlir::Attribute> known;
};

/// True for the number 0; nothing is not.
bool isZero(mlir::Attribute value);

} // namespace nn

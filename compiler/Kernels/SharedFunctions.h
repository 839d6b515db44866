// Whether two equations may compute a costly term both.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace nn {

/// True if both bodies have a function of the same name, which may well be the same term: then one loop for both is
/// worth it, though it follows more streams.
inline bool shareFunctions(EquationOp a, EquationOp b) {
  return llvm::any_of(a.getBodyBlock().without_terminator(), [&](mlir::Operation &op) {
    bool isFunction = llvm::isa<mlir::math::MathDialect>(op.getDialect()) &&
                      !llvm::isa<mlir::math::AbsFOp, mlir::math::FmaOp, mlir::math::CopySignOp>(op);
    return (isFunction || llvm::isa<RandomOp>(op)) &&
           llvm::any_of(b.getBodyBlock().without_terminator(),
                        [&](mlir::Operation &other) { return other.getName() == op.getName(); });
  });
}

} // namespace nn

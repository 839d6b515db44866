// Equations on tensors of formulas.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Symmetry/Prover/Identity/FormalTensor.h"

namespace nn::prover {

/// How much work a proof may be, and how much it was.
struct FormalEffort {
  uint64_t points = 0, mostPoints = 0;
  uint64_t argumentDegree = 0;                                       ///< the largest of an argument of a function
  const llvm::SmallPtrSetImpl<mlir::Operation *> *inOrder = nullptr; ///< as in IdentityClaim; null: none

  bool spend(uint64_t more) { return (points += more) <= mostPoints; }
  bool keepsOrder(mlir::Operation *choice) const { return inOrder && inOrder->contains(choice); }
};

/// The result, given inputs and tables in the order of the operands; null if something in it is not known, or takes
/// too long.
FormalRef evaluateFormally(EquationOp op, llvm::ArrayRef<FormalRef> operands, FormalField &field, FormalEffort &effort);

} // namespace nn::prover

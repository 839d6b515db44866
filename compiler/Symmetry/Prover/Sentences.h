// Why an equation does not commute with an element, in the words of its program.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

namespace nn::prover {

/// An operand that stays along an axis which an index reads that a mover moves.
struct StillAxis {
  mlir::Value value;
  unsigned axis;
  const Action &action; ///< of the operand
  const Mover &mover;
  llvm::SmallVector<unsigned> readTogether; ///< axes of it that are read by what the same mover moves, with `axis`
};

Broken describe(EquationOp op, const StillAxis &still, const OperandInfo &info, llvm::ArrayRef<Mover> movers);

/// "S(2) x S(3)": the permutations that keep which points satisfy the conditions, where these are about indices that
/// all permutations of one extent move; nothing where they are about others, or there are too many.
std::optional<std::string> keepersOf(EquationOp op, llvm::ArrayRef<unsigned> moved);

} // namespace nn::prover

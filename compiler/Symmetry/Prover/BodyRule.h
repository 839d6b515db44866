// How the scalar that an equation's body yields moves.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

namespace nn::symmetry {

/// A scalar at a point of the box: it stays, or it is a component of a tensor with an index for each carrier.
struct ScalarMove {
  llvm::SmallVector<unsigned> carriers; ///< indices of the box that it is a component by, sorted, with repetition
  bool odd = false;                     ///< it changes its sign
  double weight = 0;                    ///< how much of a translation is added, by the component `pointIndex`
  unsigned pointIndex = 0;
  std::optional<unsigned> label;   ///< it is an index that this mover permutes
  std::optional<double> constant;  ///< a number in the program

  bool stays() const { return carriers.empty() && !odd && weight == 0 && !label; }
};

/// The move of the yielded scalar, given the moves of the scalars that are read and of the box.
std::variant<ScalarMove, Broken> moveBody(EquationOp op, llvm::ArrayRef<ScalarMove> arguments,
                                          llvm::ArrayRef<Action> tables, const BoxMove &box,
                                          llvm::ArrayRef<Mover> movers);

} // namespace nn::symmetry

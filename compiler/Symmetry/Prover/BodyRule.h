// How the scalar that an equation's body yields moves.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

#include <memory>

namespace nn::prover {

/// An index of the box by which a scalar is the component of a vector, or with `dual` of a form.
struct Carrier {
  unsigned index;
  bool dual;
  auto operator<=>(const Carrier &) const = default;
};

/// A scalar at a point of the box: it stays, or it is a component of a tensor with an index for each carrier.
struct ScalarMove {
  llvm::SmallVector<Carrier, 2> carriers; ///< sorted, with repetition
  bool odd = false;                       ///< it changes its sign
  double weight = 0;                      ///< how much of a translation is added, by the component `pointIndex`
  unsigned pointIndex = 0;
  std::optional<unsigned> label;        ///< it is an index that this mover permutes
  std::optional<double> constant;       ///< a number in the program
  std::shared_ptr<const Broken> broken; ///< it moves in no known way, which matters only if it is used

  bool stays() const { return carriers.empty() && !odd && weight == 0 && !label && !broken; }
};

/// The move of the yielded scalar, given the moves of the scalars that are read and of the box.
std::variant<ScalarMove, Broken> moveBody(EquationOp op, llvm::ArrayRef<ScalarMove> arguments,
                                          llvm::ArrayRef<Action> tables, const BoxMove &box,
                                          llvm::ArrayRef<Mover> movers);

} // namespace nn::prover

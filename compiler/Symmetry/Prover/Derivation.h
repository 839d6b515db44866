// What a proof for one element found, for those who write it down.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

#include "llvm/ADT/DenseMap.h"

namespace nn::prover {

/// The proof for one element. Values and operations are those of the flat function.
struct Derivation {
  std::string element;          ///< "every permutation", "the quarter turn"
  std::optional<int> generator; ///< of the group; none: all of them
  std::vector<Mover> movers;
  Actions claimed; ///< of the outputs
  llvm::DenseMap<mlir::Value, Action> values;
  llvm::DenseMap<mlir::Operation *, EquationWitness> equations;
};

} // namespace nn::prover

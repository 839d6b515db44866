// The simplest case found in which a claim fails.
#pragma once

#include "Symmetry/Prover/NumericCheck.h"

namespace nn::prover {

/// A group element, inputs and a model for which f(g x) is not g f(x).
struct Witness {
  std::string element; ///< "the quarter turn", "a product of 3 generators"
  Word word;
  std::vector<Tensor> inputs;
  std::vector<std::string> names; ///< of the inputs
  interpreter::Inputs model;      ///< parameters and states
  Difference difference;
};

/// Searches among generators, then products, and shrinks what it finds by running the model: a shorter product, inputs
/// with fewer entries that are not zero, then ones and round numbers, as long as the error stays far above rounding.
/// A claim with a bound fails by more than it, if it was measured to. Nothing if no case is found in which the claim
/// fails.
std::optional<Witness> findWitness(mlir::ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed,
                                   const Measured &measured);

/// "for the transposition (0 1) and x = 0 but for x[0] = 1, output becomes 1 and would have to be 2".
std::string describe(const Witness &witness, unsigned outputs);

} // namespace nn::prover

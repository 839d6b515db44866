// How many numbers a parameter has if it is invariant.
#pragma once

#include "Symmetry/Prover/EquationRule.h"
#include "Symmetry/Representation.h"

namespace nn::prover {

/// Where a parameter breaks a claim, says how many entries it has and how many are left if it is invariant under the
/// group along the axes that have to move, by the representation with this name.
void countInvariant(Broken &broken, const symmetry::GroupRef &group, llvm::StringRef by);

} // namespace nn::prover

// Which moves leave a tensor of known numbers as it is.
#pragma once

#include "Symmetry/Prover/Action.h"

namespace nn::prover {

/// Whether moving its axes leaves the tensor as it is, exactly: for every permutation that a mover stands for, for the
/// one that is known, or for every matrix of a Lie group by its generators.
bool leavesConstant(llvm::ArrayRef<double> values, llvm::ArrayRef<int64_t> shape, const Action &action,
                    llvm::ArrayRef<Mover> movers);

} // namespace nn::prover

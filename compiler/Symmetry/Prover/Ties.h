// Places that are chosen by values, where several of these are equal.
#pragma once

#include "Dialect/NN/Transforms/CountTies.h"
#include "Symmetry/Prover/Propagate.h"

namespace nn::prover {

/// Note [Ties]
///
/// `argmax` and sorting give places. Where a permutation moves the values, the places move along, unless two values are
/// equal: then the one that comes first is taken, and which one that is changes. Proofs leave that out, so a claim that
/// rests on such a place holds but for ties, and is told so. Not all do: the value that stands at a place is the same
/// whichever of equal ones it is. So x[argmax(x)] and sort(x) do not depend on ties, though their derivatives do.

/// Of a derivation, the operations that choose among places that move.
llvm::SetVector<mlir::Operation *> movedChoices(llvm::ArrayRef<Derived> derivation);

/// Those of `choices` on which a result of the function depends by more than the values that stand at the chosen
/// places.
llvm::SmallVector<mlir::Operation *> tiesThatMatter(mlir::func::FuncOp function,
                                                    const llvm::SetVector<mlir::Operation *> &choices);

} // namespace nn::prover

// Tensors moved by every element of a group: the sum over the elements is reindexed.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Symmetry/Prover/Action.h"

namespace nn::prover {

/// The values moved by a known element; none if the action is not that of one element, or adds translations.
std::optional<std::vector<double>> applyAction(const Action &action, llvm::ArrayRef<int64_t> shape,
                                               llvm::ArrayRef<Mover> movers, llvm::ArrayRef<double> values);

/// Note [Orbits]
///
/// y[g] = g x is a tensor x moved by every element g of a finite group, with an axis for g in front. Where an element h
/// moves x, y[g] becomes g h x, which is y[g h]: the axis is permuted by g -> g h, and nothing else moves. Moved back,
/// z[g] = g^-1 y[g], and y[g h] in place of y[g] gives h z[g h]: the axis is permuted, and the others move by h. What
/// is computed for every g alike moves along, and a sum over g is only reindexed.
///
/// The permutation is found by moving a random tensor: its rows before are those after, in another order. `rest` is how
/// the axes of the result behind the first move, `actionOf` how operands do. None if this is not the case.
std::optional<Action> moveOrbit(EquationOp op, const Action &rest, llvm::function_ref<Action(mlir::Value)> actionOf,
                                std::vector<Mover> &movers);

} // namespace nn::prover

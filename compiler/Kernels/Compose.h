/// Composition of equations: a map's body moves into the equation that reads it.
#pragma once

#include "Kernels/Equations.h"

namespace nn {

/// True if `producer` may be computed inside `consumer` where that reads input `k`: a map that writes every cell of its
/// result at a permutation of its indices, read in range.
bool canCompose(EquationOp producer, EquationOp consumer, unsigned k);

/// Replaces `consumer` by an equation that computes `producer` instead of reading it as input `k`. Returns the new one.
EquationOp compose(EquationOp producer, EquationOp consumer, unsigned k);

/// If the body of `reader` computes what `stored` computes at the same point, from the same reads: replaces it by an
/// equation that reads the stored value there. Returns the new one, or `reader` itself.
EquationOp reuse(EquationOp stored, EquationOp reader);

/// Removes from a body what nothing uses.
void eraseUnused(mlir::Block &body);

/// Replaces an equation by one without input `k`, whose scalar becomes the constant `value`.
EquationOp bindInput(EquationOp equation, unsigned k, mlir::TypedAttr value);

/// Replaces an equation by one without the inputs that its body does not use; returns the same one if there are none.
EquationOp dropUnusedInputs(EquationOp equation);

} // namespace nn

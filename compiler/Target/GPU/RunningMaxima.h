// Sums of exponentials below a maximum, which need not wait for it. For use within this room.
//
// Note [Running maxima]
// A softmax sums w * exp(u - x) where x is the largest u, made finite. That sum waits for x only so that nothing
// overflows: exp(u - x) = exp(u - x') * exp(x' - x) for any x'. So it is accumulated in the pass that finds the
// maximum, below the largest u so far, and what it has is multiplied by exp(x' - x) where that grows from x' to x. At
// the end both are complete. As x' <= x, the factor is 1 at most. Where it is not so, x' was no maximum but the 0 that
// stands for minus infinity: then the sum is 0, and a factor of 1 at most leaves it so.
//
// That is done if the maximum is of the same u, at the same points: then no term exceeds its w. A product with what a
// program rounds after the exponential is not such a sum; it waits.
#pragma once

#include "Dialect/NN/IR/NN.h"

namespace nn {

struct RunningMaximum {
  EquationOp largest, finite; ///< the maximum, and the map that makes it finite
  unsigned input;             ///< which one of the sum's that is
};

/// What a sum is below; nothing: it is no such sum. `writers` are the equations by what they write.
std::optional<RunningMaximum> runningMaximum(EquationOp sum, const llvm::DenseMap<mlir::Value, EquationOp> &writers);

} // namespace nn

// Which indices of an equation the stripes of a kernel may run along, whatever the layouts.
#pragma once

#include "Kernels/Equations.h"

namespace nn {

/// True if an index stands alone on an axis of the result and runs over all of it: rows that it does not reach would
/// belong to no stripe.
bool framesResult(EquationOp equation, unsigned index);

/// True if the stripes of a frame would read more of the operands that each of them reads whole than they compute with
/// them. A stripe is as tall as its part of the result fits a cache.
bool readsTooMuch(EquationOp equation, unsigned frame);

/// True if the stripes of a contraction have to run along the first axis of its result: those of any other index would
/// read too much.
bool framesFirstAxisOnly(EquationOp equation);

} // namespace nn

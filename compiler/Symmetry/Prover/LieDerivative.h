// How far a claim of a continuous group is from true to first order.
#pragma once

#include "Symmetry/Prover/ClaimRun.h"

namespace nn::prover {

/// The largest derivative of f(exp(t X) x) - exp(t X) f(x) at t = 0, that is J f(x) (X x) - X f(x), over the directions
/// X that generate the algebra, relative to the largest entry of either term. J f is exact: the derivative in forward
/// mode. Nothing if some input or output has no derivative. The model of `run` has to be drawn.
std::optional<double> lieDerivativeError(ClaimRun &run);

} // namespace nn::prover

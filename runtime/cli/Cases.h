/// Cases in which a claim of symmetry fails, by running the model with the weights it has: made worse, made simpler.
#pragma once

#include "cli/Witness.h"

namespace nnrt {

/// Moves inputs, and how far the element goes along directions, so that the error grows. The error that is reached.
double makeWorse(ClaimRun &run, Witness &witness, double error);

/// A smaller element, inputs with fewer entries that are not zero, ones and round numbers, for which both sides still
/// differ by far more than rounding, and by more than the claim accepts.
Difference makeSimpler(ClaimRun &run, Witness &witness);

/// "the rotation in the plane (0, 1) by a quarter turn".
std::string elementName(const nn_claim &claim, const Word &word);

} // namespace nnrt

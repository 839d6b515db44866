// The pass that replaces derivatives by the equations that compute them.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/Pass/Pass.h"

namespace nn {

#define GEN_PASS_DECL
#include "AutoDiff/Passes.h.inc"

/// Registers differentiate by name.
void registerAutoDiffPasses();

} // namespace nn

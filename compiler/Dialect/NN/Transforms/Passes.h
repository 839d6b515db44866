// The tensor passes: from functions written for one example to flat functions over a batch.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/Pass/Pass.h"

namespace nn {

#define GEN_PASS_DECL
#include "Dialect/NN/Transforms/Passes.h.inc"

/// Registers the passes of this folder by name.
void registerTransformPasses();

} // namespace nn

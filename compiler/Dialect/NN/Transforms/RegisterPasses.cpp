// Names the tensor passes for tools.
#include "Dialect/NN/Transforms/Passes.h"

namespace nn {
#define GEN_PASS_REGISTRATION
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

void nn::registerTransformPasses() { nn::registerNNTransformsPasses(); }

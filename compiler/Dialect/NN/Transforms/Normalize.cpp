// normalize: brings equations into the one form that later passes look for.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/Passes.h"

namespace nn {
#define GEN_PASS_DEF_NORMALIZE
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

namespace {
struct NormalizePass : nn::impl::NormalizeBase<NormalizePass> {
  void runOnOperation() override {}
};
} // namespace

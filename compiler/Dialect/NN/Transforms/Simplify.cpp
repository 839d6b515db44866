// simplify: does less work for the same values.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/Passes.h"

namespace nn {
#define GEN_PASS_DEF_SIMPLIFY
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

namespace {
struct SimplifyPass : nn::impl::SimplifyBase<SimplifyPass> {
  void runOnOperation() override {}
};
} // namespace

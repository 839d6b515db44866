// Machines without fused operations: x y + z as a product and a sum, where the C library would emulate one rounding in
// dozens of instructions.
#include "Target/CPU/Floats.h"
#include "Target/CPU/ISA.h"
#include "Target/CPU/Passes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nn;

bool nn::isFused(Operation *op) { return instructionSetOf(op).fused; }

namespace {

template <typename Op> struct Unfuse : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (isFused(op))
      return failure();
    auto [x, y, z] = std::array<Value, 3>{op->getOperand(0), op->getOperand(1), op->getOperand(2)};
    Value product = arith::MulFOp::create(rewriter, op.getLoc(), x, y);
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, z);
    return success();
  }
};

} // namespace

void nn::populateUnfusedPatterns(RewritePatternSet &patterns) {
  patterns.add<Unfuse<math::FmaOp>, Unfuse<vector::FMAOp>>(patterns.getContext());
}

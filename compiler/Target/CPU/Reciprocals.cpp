// Divisions of f32 that are products: by constants, and by numbers whose reciprocals are at hand.
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace nn;

namespace {

/// x / c = x h + x l, h + l = 1 / c to twice the precision (Brisebarre and Muller, Correctly rounded multiplication by
/// arbitrary precision constants, 2008): an exact quotient stays exact. h is cut, so that both products have one sign
/// and infinity stays infinity.
struct DivideByConstant : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    APFloat divisor(0.0f);
    if (!getElementTypeOrSelf(op.getType()).isF32() || !matchPattern(op.getRhs(), m_ConstantFloat(&divisor)))
      return failure();
    double reciprocal = 1.0 / double(divisor.convertToFloat()), size = std::fabs(reciprocal);
    // Products with the low part must not vanish.
    if (!(size > 0x1p-60 && size < 0x1p60))
      return failure();
    float high = float(reciprocal);
    if (std::fabs(double(high)) > size)
      high = std::nextafter(high, 0.0f);
    float low = float(reciprocal - double(high));
    Floats f(rewriter, op.getLoc(), op.getType());
    Value x = op.getLhs();
    Value product = low == 0.0f ? f.mul(x, f.number(high)) : f.fma(x, f.number(high), f.mul(x, f.number(low)));
    rewriter.replaceOp(op, product);
    return success();
  }
};

/// `d` is a number from 1 on plus one that is not negative: 1 / d neither overflows nor, for finite d, vanishes.
bool isAtLeastOne(Value d) {
  auto sum = d.getDefiningOp<arith::AddFOp>();
  APFloat bound(0.0f);
  if (!sum)
    return false;
  for (auto [constant, other] : {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())})
    if (matchPattern(constant, m_ConstantFloat(&bound)) && bound.convertToFloat() >= 1.0f && isNeverNegative(other))
      return true;
  return false;
}

/// x / d = x (1 / d), within 1.5 ulps, where 1 / d is computed before.
struct DivideByReciprocal : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32() || matchPattern(op.getLhs(), m_OneFloat()) ||
        !isAtLeastOne(op.getRhs()))
      return failure();
    for (Operation *user : op.getRhs().getUsers()) {
      auto reciprocal = dyn_cast<arith::DivFOp>(user);
      if (!reciprocal || reciprocal == op || reciprocal.getRhs() != op.getRhs() ||
          !matchPattern(reciprocal.getLhs(), m_OneFloat()) || reciprocal->getBlock() != op->getBlock() ||
          !reciprocal->isBeforeInBlock(op))
        continue;
      rewriter.replaceOpWithNewOp<arith::MulFOp>(op, op.getLhs(), reciprocal.getResult());
      return success();
    }
    return failure();
  }
};

} // namespace

void nn::populateReciprocalPatterns(RewritePatternSet &patterns) {
  patterns.add<DivideByConstant, DivideByReciprocal>(patterns.getContext());
}

// Divisions of f32 that are products: by constants, and several by one number.
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
/// and infinity stays infinity. It takes a fused operation.
struct DivideByConstant : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    APFloat divisor(0.0f);
    if (!getElementTypeOrSelf(op.getType()).isF32() || !matchPattern(op.getRhs(), m_ConstantFloat(&divisor)) ||
        !isFused(op))
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

bool isReciprocal(arith::DivFOp division) { return matchPattern(division.getLhs(), m_OneFloat()); }

/// Divisions by `d` beside its definition.
SmallVector<arith::DivFOp> divisionsBy(Value d) {
  SmallVector<arith::DivFOp> result;
  for (Operation *user : d.getUsers())
    if (auto division = dyn_cast<arith::DivFOp>(user))
      if (division.getRhs() == d && division->getBlock() == d.getParentBlock())
        result.push_back(division);
  return result;
}

/// x / d and y / d are x (1 / d) and y (1 / d), within 1.5 ulps.
struct ShareReciprocal : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    Value d = op.getRhs();
    if (!getElementTypeOrSelf(op.getType()).isF32() || isReciprocal(op) || !isAtLeastOne(d))
      return failure();
    SmallVector<arith::DivFOp> divisions = divisionsBy(d);
    if (divisions.size() < 2 || !llvm::is_contained(divisions, op))
      return failure();
    auto known = llvm::find_if(divisions,
                               [&](arith::DivFOp other) { return isReciprocal(other) && other->isBeforeInBlock(op); });
    Value reciprocal = known != divisions.end() ? known->getResult() : reciprocalOf(d, rewriter);
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, op.getLhs(), reciprocal);
    return success();
  }

private:
  static Value reciprocalOf(Value d, PatternRewriter &rewriter) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfterValue(d);
    Floats f(rewriter, d.getLoc(), d.getType());
    return f.div(f.number(1.0), d);
  }
};

} // namespace

void nn::populateReciprocalPatterns(RewritePatternSet &patterns) {
  patterns.add<DivideByConstant, ShareReciprocal>(patterns.getContext());
}

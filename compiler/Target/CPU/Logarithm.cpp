// log of f32 without branches: log(x) = e ln 2 + log(1 + m), x = 2^e (1 + m) with 1 + m between sqrt(1/2) and sqrt(2).
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace nn;

namespace {

/// The bits of sqrt(1/2), and of a float's exponent field that is 0.
constexpr int64_t sqrtHalf = 0x3f3504f3, mantissa = 0x007fffff;
/// ln 2 in two parts, the first short enough that its products with exponents are exact.
constexpr double ln2High = 0.693359375, ln2Low = -2.12194440054690583e-4;

/// log of a number above 0. That of `exponent` ln 2 that is small joins the terms that are small.
Value logOfNormal(Floats &f, Value x, Value lift) {
  Value place = f.make<arith::SubIOp>(f.bits(x), f.word(sqrtHalf));
  Value exponent = f.make<arith::SIToFPOp>(lift.getType(), f.make<arith::ShRSIOp>(place, f.word(23)));
  exponent = f.add(exponent, lift);
  Value within = f.make<arith::AddIOp>(f.make<arith::AndIOp>(place, f.word(mantissa)), f.word(sqrtHalf));
  Value m = f.sub(f.fromBits(within), f.number(1.0));
  Value square = f.mul(m, m);
  // (log(1 + m) - m + m^2 / 2) / m^3, by Remez' exchange for the smallest relative error of log(1 + m): 3.2e-8.
  Value q = f.polynomial(
      m, {0.33333910828, -0.25001337638, 0.19963061214, -0.16577567787, 0.14914775543, -0.1426760652, 0.08700560615});
  Value small = f.fma(exponent, f.number(ln2Low), f.mul(f.mul(m, square), q));
  small = f.fma(square, f.number(-0.5), small);
  return f.fma(exponent, f.number(ln2High), f.add(m, small));
}

struct ExpandLog : OpRewritePattern<math::LogOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::LogOp op, PatternRewriter &rewriter) const override {
    using arith::CmpFPredicate;
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Floats f(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Value subnormal = f.compare(CmpFPredicate::OLT, x, f.number(0x1p-126));
    Value normal = f.select(subnormal, f.mul(x, f.number(0x1p24)), x);
    Value result = logOfNormal(f, normal, f.select(subnormal, f.number(-24.0), f.number(0.0)));
    // Infinity and NaN are their own logarithms.
    result = f.select(f.compare(CmpFPredicate::OLT, x, f.number(infinity)), result, x);
    Value below = f.select(f.compare(CmpFPredicate::OEQ, x, f.number(0.0)), f.number(-infinity),
                           f.number(std::numeric_limits<double>::quiet_NaN()));
    rewriter.replaceOp(op, f.select(f.compare(CmpFPredicate::UGT, x, f.number(0.0)), result, below));
    return success();
  }
};

} // namespace

void nn::populateLogarithmPatterns(RewritePatternSet &patterns) { patterns.add<ExpandLog>(patterns.getContext()); }

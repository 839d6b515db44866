// erf and tanh of f32 as x P(x^2) / Q(x^2): one division, no cases. The coefficients have the smallest relative error
// up to where the function rounds to 1, found by Lawson's algorithm: least squares of P - f Q over 3000 Chebyshev
// points, linearized at the last Q, with weights multiplied by the last error. All are positive, so that nothing
// cancels.
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nn;

namespace {

struct OddRational {
  /// The function rounds to 1 from here on.
  double saturated;
  SmallVector<double> numerator, denominator;
};

/// Relative error 2e-8.
OddRational erfCoefficients() {
  return {3.92,
          {1.1283791461, 0.19040728416, 0.052748837143, 0.0037656537883, 0.00028488385813, 2.0500848689e-06},
          {1.0, 0.50207680271, 0.1141094551, 0.014969289853, 0.0011625450243, 3.8091749529e-05}};
}

/// Relative error 2.1e-8.
OddRational tanhCoefficients() {
  return {9.02,
          {0.99999997901, 0.13379717747, 0.0034940343542, 2.0583478684e-05, 1.33190696e-08},
          {1.0, 0.46713032986, 0.025871072358, 0.00032830925397, 7.7620182378e-07}};
}

template <typename Op, OddRational (*coefficients)()> struct ExpandOdd : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Floats f(rewriter, op.getLoc(), op.getType());
    OddRational function = coefficients();
    Value x = op.getOperand();
    Value square = f.atMost(f.mul(x, x), function.saturated * function.saturated);
    Value ratio = f.div(f.mul(x, f.polynomial(square, function.numerator)), f.polynomial(square, function.denominator));
    rewriter.replaceOp(op, f.atMost(f.atLeast(ratio, -1.0), 1.0));
    return success();
  }
};

} // namespace

void nn::populateOddRationalPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandOdd<math::ErfOp, erfCoefficients>, ExpandOdd<math::TanhOp, tanhCoefficients>>(
      patterns.getContext());
}

// erf and tanh of f32 as x P(x^2) / Q(x^2): one division, no cases. The coefficients have the smallest relative error
// up to where the function rounds to 1, found by Lawson's algorithm: least squares of P - f Q over 3000 Chebyshev
// points, linearized at the last Q, with weights multiplied by the last error. All are positive, so that nothing
// cancels.
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

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

template <OddRational (*coefficients)()> Value ratio(Floats &f, Value x) {
  OddRational function = coefficients();
  Value square = f.atMost(f.mul(x, x), function.saturated * function.saturated);
  Value ratio = f.div(f.mul(x, f.polynomial(square, function.numerator)), f.polynomial(square, function.denominator));
  return f.atMost(f.atLeast(ratio, -1.0), 1.0);
}

} // namespace

void nn::populateOddRationalPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::ErfOp, ratio<erfCoefficients>>, ExpandF32<math::TanhOp, ratio<tanhCoefficients>>>(
      patterns.getContext());
}

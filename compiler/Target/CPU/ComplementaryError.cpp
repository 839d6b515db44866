// erfc of f32 without branches: exp(-t^2) P(t) / Q(t) for t = |x|, and 2 less that for x < 0, so that small results
// keep their digits down to where they vanish.
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

using namespace mlir;
using namespace nn;

namespace {

/// erfc rounds to 0 from here on.
constexpr double vanished = 10.2;

/// exp(-t^2), where t^2 has to be known better than a float tells it: t = h + l with 12 bits of h, whose square is
/// exact, and -t^2 = -h^2 - (t + h) l (Cody, Rational Chebyshev approximations for the error function, 1969).
Value gaussian(Floats &f, Value t) {
  constexpr int64_t upper = -(int64_t(1) << 12);
  Value high = f.fromBits(f.make<arith::AndIOp>(f.bits(t), f.word(upper)));
  Value rest = f.mul(f.add(t, high), f.sub(t, high)); // below 0.06
  Value ofHigh = f.make<math::ExpOp>(f.make<arith::NegFOp>(f.mul(high, high)));
  return f.mul(ofHigh, f.polynomial(rest, {1.0, -1.0, 1.0 / 2, -1.0 / 6, 1.0 / 24, -1.0 / 120}));
}

Value erfc(Floats &f, Value x) {
  Value t = f.atMost(f.make<math::AbsFOp>(x), vanished);
  // exp(t^2) erfc(t) by Lawson's algorithm for the smallest relative error up to 10.2: 5.9e-9.
  Value p = f.polynomial(t, {1.0000000059, 1.2392526152, 0.73248681554, 0.22963976474, 0.032884963608});
  Value q = f.polynomial(t, {1.0, 2.3676323715, 2.4040643594, 1.3270163941, 0.40705188286, 0.058286395714});
  Value value = f.mul(gaussian(f, t), f.div(p, q));
  Value isNegative = f.compare(arith::CmpFPredicate::OLT, x, f.number(0.0));
  return f.select(isNegative, f.sub(f.number(2.0), value), value);
}

} // namespace

void nn::populateComplementaryErrorPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::ErfcOp, erfc>>(patterns.getContext());
}

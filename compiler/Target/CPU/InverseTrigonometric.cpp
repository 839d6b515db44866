// asin and acos of f32 without branches: for |x| <= 1/2 by an odd polynomial, above by that of s = sqrt((1 - |x|) / 2),
// since asin(x) = pi/2 - 2 asin(s) (Cody and Waite, Software Manual for the Elementary Functions, 1980).
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

using namespace mlir;
using namespace nn;

namespace {

using arith::CmpFPredicate;

/// pi/2 as a float, and what it lacks.
constexpr double halfPi = 1.57079637050628662109375, halfPiLow = -4.37113900018624283e-8;

/// Of an argument x: whether |x| > 1/2, and asin of |x| or of s.
struct Core {
  Value size, isLarge, value;
};

/// |x| > 1 has the root of a negative number, which is NaN.
Core core(Floats &f, Value x) {
  Value size = f.make<math::AbsFOp>(x);
  Value isLarge = f.compare(CmpFPredicate::OGT, size, f.number(0.5));
  Value half = f.mul(f.sub(f.number(1.0), size), f.number(0.5)); // exact
  Value square = f.select(isLarge, half, f.mul(size, size));
  Value root = f.select(isLarge, f.make<math::SqrtOp>(half), size);
  // (asin(r) - r) / r^3, by Lawson's algorithm for the smallest relative error of asin: 4.9e-9.
  Value q = f.polynomial(square, {0.16666752482, 0.074952976431, 0.045470375978, 0.024179514527, 0.042166308781});
  return {size, isLarge, f.fma(f.mul(root, square), q, root)};
}

Value asin(Floats &f, Value x) {
  auto [size, isLarge, value] = core(f, x);
  // pi/2 - 2 asin(s)
  Value large = f.sub(f.number(halfPi), f.sub(f.add(value, value), f.number(halfPiLow)));
  return f.make<math::CopySignOp>(f.select(isLarge, large, value), x);
}

Value acos(Floats &f, Value x) {
  auto [size, isLarge, value] = core(f, x);
  Value isNegative = f.compare(CmpFPredicate::OLT, x, f.number(0.0));
  Value twice = f.add(value, value);
  // pi - 2 asin(s) of x < -1/2, and pi/2 - asin(x) of small x.
  Value below = f.sub(f.number(2 * halfPi), f.sub(twice, f.number(2 * halfPiLow)));
  Value signedValue = f.make<math::CopySignOp>(value, x);
  Value small = f.sub(f.number(halfPi), f.sub(signedValue, f.number(halfPiLow)));
  return f.select(isLarge, f.select(isNegative, below, twice), small);
}

} // namespace

void nn::populateInverseTrigonometricPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::AsinOp, asin>, ExpandF32<math::AcosOp, acos>>(patterns.getContext());
}

// exp and expm1 of f32 without branches: exp(x) = 2^n exp(r) with n the integer nearest to x / ln 2, r = x - n ln 2 by
// fused operations (Cody and Waite, Software Manual for the Elementary Functions, 1980), and a polynomial for exp(r).
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

using namespace mlir;
using namespace nn;

namespace {

constexpr double log2e = 1.4426950408889634, ln2High = 0.693145751953125, ln2Low = 1.42860682030941723e-6;
/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
constexpr double magic = 12582912.0;
/// Of the exponents of floats.
constexpr double bias = 127.0;
/// Below, exp rounds to 0; above, to infinity.
constexpr double lowest = -104.0, highest = 89.0;

/// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2 by Remez' exchange for the smallest relative error of exp: 3.1e-9.
constexpr double quadratic[] = {0.49999993415, 0.16666520124, 0.04166839358, 0.008368778605, 0.0013814499428};

/// `unit` exp(r), `unit` a power of 2.
Value reduced(Floats &f, Value r, double unit) {
  SmallVector<double> c = {unit, unit};
  for (double coefficient : quadratic)
    c.push_back(double(float(coefficient)) * unit);
  return f.polynomial(r, c);
}

Value remainder(Floats &f, Value x, Value n) { return f.fma(n, f.number(-ln2Low), f.fma(n, f.number(-ln2High), x)); }

/// For x <= 0: 2^-64 exp(r) times 2^(n + 64), both of which are normal. Products, unlike sums of exponents, keep NaN.
Value expOfNonPositive(Floats &f, Value x) {
  constexpr double shift = magic + 64 + bias;
  Value y = f.atLeast(x, lowest);
  Value shifted = f.fma(y, f.number(log2e), f.number(shift));
  Value p = reduced(f, remainder(f, y, f.sub(shifted, f.number(shift))), 0x1p-64);
  return f.mul(p, f.fromBits(f.make<arith::ShLIOp>(f.bits(shifted), f.word(23))));
}

/// exp(r) times 2^n in two factors, both of which are normal for every n that occurs.
Value expOfAny(Floats &f, Value x) {
  constexpr double shift = magic + 2 * bias;
  Value y = f.atMost(f.atLeast(x, lowest), highest);
  Value shifted = f.fma(y, f.number(log2e), f.number(shift));
  Value p = reduced(f, remainder(f, y, f.sub(shifted, f.number(shift))), 1.0);
  Value whole = f.make<arith::ShLIOp>(f.bits(shifted), f.word(23));
  Value half = f.make<arith::AndIOp>(f.make<arith::ShRUIOp>(whole, f.word(1)), f.word(-(int64_t(1) << 23)));
  Value rest = f.make<arith::SubIOp>(whole, half);
  return f.mul(f.mul(p, f.fromBits(rest)), f.fromBits(half));
}

/// 2^n (exp(r) - 1) + (2^n - 1), in halves, for 2^128 is none.
Value expm1(Floats &f, Value x) {
  constexpr double shift = magic + bias - 1, saturated = -25.0;
  Value y = f.atMost(f.atLeast(x, saturated), highest);
  Value shifted = f.fma(y, f.number(log2e), f.number(shift));
  Value r = remainder(f, y, f.sub(shifted, f.number(shift)));
  Value p = f.fma(f.mul(r, r), f.polynomial(r, quadratic), r);
  Value half = f.fromBits(f.make<arith::ShLIOp>(f.bits(shifted), f.word(23)));
  Value result = f.fma(half, p, f.sub(half, f.number(0.5)));
  return f.add(result, result);
}

Value exp(Floats &f, Value x) { return isNeverPositive(x) ? expOfNonPositive(f, x) : expOfAny(f, x); }

} // namespace

void nn::populateExponentialPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::ExpOp, exp>, ExpandF32<math::ExpM1Op, expm1>>(patterns.getContext());
}

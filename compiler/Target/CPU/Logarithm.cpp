// log, log1p and log2 of f32 without branches: log(x) = e ln 2 + log(1 + m), x = 2^e (1 + m) with 1 + m between
// sqrt(1/2) and sqrt(2).
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include <limits>

using namespace mlir;
using namespace nn;

namespace {

/// The bits of sqrt(1/2), and of a float's exponent field that is 0.
constexpr int64_t sqrtHalf = 0x3f3504f3, mantissa = 0x007fffff;
/// ln 2 in two parts, the first short enough that its products with exponents are exact.
constexpr double ln2High = 0.693359375, ln2Low = -2.12194440054690583e-4;

/// Of a normal x = 2^e (1 + m) above 0.
struct Split {
  /// e, an integer.
  Value exponent;
  /// The bits of x less those of sqrt(1/2); below the exponent field they tell m.
  Value place;
};

Split split(Floats &f, Value x) {
  Value place = f.make<arith::SubIOp>(f.bits(x), f.word(sqrtHalf));
  return {f.make<arith::ShRSIOp>(place, f.word(23)), place};
}

/// (log(1 + m) - m + m^2 / 2) / m^3, by Remez' exchange for the smallest relative error of log(1 + m): 3.2e-8.
Value cubic(Floats &f, Value m) {
  return f.polynomial(
      m, {0.33333910828, -0.25001337638, 0.19963061214, -0.16577567787, 0.14914775543, -0.1426760652, 0.08700560615});
}

/// e ln 2 + log(1 + m). Of e ln 2 the part that is small joins the terms that are small.
Value logOf(Floats &f, Value e, Value m) {
  Value square = f.mul(m, m);
  Value small = f.fma(e, f.number(ln2Low), f.mul(f.mul(m, square), cubic(f, m)));
  small = f.fma(square, f.number(-0.5), small);
  return f.fma(e, f.number(ln2High), f.add(m, small));
}

/// `result` where a logarithm has one: infinity and NaN are their own, that of `x` = `pole` is -infinity, below is
/// none.
Value withCases(Floats &f, Value x, double pole, Value result) {
  using arith::CmpFPredicate;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  result = f.select(f.compare(CmpFPredicate::OLT, x, f.number(infinity)), result, x);
  Value below = f.select(f.compare(CmpFPredicate::OEQ, x, f.number(pole)), f.number(-infinity),
                         f.number(std::numeric_limits<double>::quiet_NaN()));
  return f.select(f.compare(CmpFPredicate::UGT, x, f.number(pole)), result, below);
}

/// e and m of x > 0, subnormal numbers, too.
std::pair<Value, Value> exponentAndMantissa(Floats &f, Value x) {
  Value subnormal = f.compare(arith::CmpFPredicate::OLT, x, f.number(0x1p-126));
  auto [exponent, place] = split(f, f.select(subnormal, f.mul(x, f.number(0x1p24)), x));
  Value lift = f.select(subnormal, f.number(-24.0), f.number(0.0));
  Value e = f.add(f.make<arith::SIToFPOp>(x.getType(), exponent), lift);
  Value within = f.make<arith::AddIOp>(f.make<arith::AndIOp>(place, f.word(mantissa)), f.word(sqrtHalf));
  return {e, f.sub(f.fromBits(within), f.number(1.0))};
}

Value log(Floats &f, Value x) {
  auto [e, m] = exponentAndMantissa(f, x);
  return withCases(f, x, 0.0, logOf(f, e, m));
}

/// e + log(1 + m) / ln 2. The upper bits of m times the upper bits of 1 / ln 2 are exact, and what is left is small.
Value log2(Floats &f, Value x) {
  constexpr double high = 1.44140625, low = 0.0012887908889634; // 1 / ln 2
  constexpr int64_t upper = -(int64_t(1) << 12);
  auto [e, m] = exponentAndMantissa(f, x);
  Value square = f.mul(m, m);
  Value rest = f.fma(square, f.number(-0.5), f.mul(f.mul(m, square), cubic(f, m)));
  Value head = f.fromBits(f.make<arith::AndIOp>(f.bits(m), f.word(upper))), tail = f.add(f.sub(m, head), rest);
  Value small = f.fma(tail, f.number(high), f.mul(f.add(tail, head), f.number(low)));
  return withCases(f, x, 0.0, f.add(f.fma(head, f.number(high), e), small));
}

/// 1 + x rounds, but only e is taken from it: 1 + m = 2^-e + 2^-e x.
Value log1p(Floats &f, Value x) {
  Value exponent = split(f, f.add(x, f.number(1.0))).exponent;
  // 2^-e, which may be subnormal, through 2^(2 - e), which is not.
  Value field = f.make<arith::SubIOp>(f.bits(f.number(4.0)), f.make<arith::ShLIOp>(exponent, f.word(23)));
  Value scale = f.mul(f.fromBits(field), f.number(0.25));
  Value m = f.fma(x, scale, f.sub(scale, f.number(1.0)));
  Value e = f.make<arith::SIToFPOp>(x.getType(), exponent);
  return withCases(f, x, -1.0, logOf(f, e, m));
}

} // namespace

void nn::populateLogarithmPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::LogOp, log>, ExpandF32<math::Log1pOp, log1p>, ExpandF32<math::Log2Op, log2>>(
      patterns.getContext());
}

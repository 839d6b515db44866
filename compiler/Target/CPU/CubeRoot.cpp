// cbrt of f32 without branches: a third of the exponent, then Halley's iteration twice.
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include <limits>

using namespace mlir;
using namespace nn;

namespace {

/// A third of a float's bits and this number are the bits of its cube root within 4 % (W. Kahan, Computing a real cube
/// root, 1991).
constexpr int64_t offset = 709958130;

/// t + t (a - t^3) / (2 t^3 + a), which has three times as many digits as t. A sum at the end keeps the last one.
Value halley(Floats &f, Value a, Value t) {
  Value cube = f.mul(f.mul(t, t), t);
  Value step = f.div(f.sub(a, cube), f.add(f.add(cube, cube), a));
  return f.fma(t, step, t);
}

Value cbrt(Floats &f, Value x) {
  using arith::CmpFPredicate;
  Value size = f.make<math::AbsFOp>(x);
  // Away from subnormal numbers and from what three of it overflow.
  Value isSmall = f.compare(CmpFPredicate::OLT, size, f.number(0x1p-100));
  Value isLarge = f.compare(CmpFPredicate::OGT, size, f.number(0x1p100));
  auto byRange = [&](double small, double large) {
    return f.select(isSmall, f.number(small), f.select(isLarge, f.number(large), f.number(1.0)));
  };
  Value a = f.mul(size, byRange(0x1p48, 0x1p-48));
  Value third = f.mul(f.make<arith::SIToFPOp>(x.getType(), f.bits(a)), f.number(1.0 / 3));
  Value guess = f.make<arith::AddIOp>(f.make<arith::FPToSIOp>(f.words(), third), f.word(offset));
  Value t = halley(f, a, halley(f, a, f.fromBits(guess)));
  Value root = f.make<math::CopySignOp>(f.mul(t, byRange(0x1p-16, 0x1p16)), x);
  // 0, infinity and NaN are their own.
  Value isOrdinary =
      f.make<arith::AndIOp>(f.compare(CmpFPredicate::OGT, size, f.number(0.0)),
                            f.compare(CmpFPredicate::OLT, size, f.number(std::numeric_limits<double>::infinity())));
  return f.select(isOrdinary, root, x);
}

} // namespace

void nn::populateCubeRootPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::CbrtOp, cbrt>>(patterns.getContext());
}

// sin and cos of f32 as polynomials: argument reduction by multiples of pi/2 in three parts (Cody and Waite, Software
// Manual for the Elementary Functions, 1980), then the minimax polynomials of the Cephes library on [-pi/4, pi/4].
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

using namespace mlir;
using namespace nn;

namespace {

/// x - n pi/2. A fused operation loses nothing of a product with 24 bits of pi; products with 8 to 12 bits of it are
/// exact by themselves for n below 2^12 (N. Shibata, F. Petrogalli, SLEEF, 2020).
Value remainder(Floats &f, Value x, Value n, bool fused) {
  static const double long24[] = {-1.57079637050628662109375, 4.37113900018624283e-8, 1.71512451306e-15};
  static const double short12[] = {-1.5703125, -0.00048351287841796875, -3.13855707645416259765e-07,
                                   -6.0771006282767103810e-11};
  for (double part : fused ? ArrayRef<double>(long24) : ArrayRef<double>(short12))
    x = f.fma(n, f.number(part), x);
  return x;
}

/// sin for `quarter` 0, cos for `quarter` 1: the sine of x + quarter pi/2.
template <int64_t quarter> Value sine(Floats &f, Value x) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  Value magic = f.number(12582912.0), shifted = f.fma(x, f.number(0.63661977236758134), magic);
  Value turns = f.sub(shifted, magic);
  Value r = remainder(f, x, turns, f.isFused());
  Value square = f.mul(r, r);
  Value odd = f.fma(f.mul(r, square), f.polynomial(square, {-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4}), r);
  Value even = f.polynomial(square, {1.0, -0.5, 4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5});
  Value place = f.bits(shifted);
  if (quarter)
    place = f.make<arith::AddIOp>(place, f.word(quarter));
  Value swapped = f.make<arith::CmpIOp>(arith::CmpIPredicate::ne, f.make<arith::AndIOp>(place, f.word(1)), f.word(0));
  Value sign = f.make<arith::ShLIOp>(f.make<arith::AndIOp>(place, f.word(2)), f.word(30));
  return f.fromBits(f.make<arith::XOrIOp>(f.bits(f.select(swapped, even, odd)), sign));
}

} // namespace

void nn::populateSineCosinePatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandF32<math::SinOp, sine<0>>, ExpandF32<math::CosOp, sine<1>>>(patterns.getContext());
}

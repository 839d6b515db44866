// Fractions of 64 bits, computed in 128.
#include "Symmetry/Rational.h"

#include <limits>
#include <utility>

using namespace nn::symmetry;

static __int128 gcd(__int128 a, __int128 b) {
  while (b)
    a = std::exchange(b, a % b);
  return a < 0 ? -a : a;
}

Rational Rational::reduced(__int128 num, __int128 den) {
  Rational result;
  if (den != 0) {
    __int128 common = gcd(num, den) * (den < 0 ? -1 : 1);
    num /= common;
    den /= common;
  }
  // The smallest integer is left out, so that a negation always fits.
  constexpr __int128 limit = std::numeric_limits<int64_t>::max();
  bool fits = den != 0 && num <= limit && num >= -limit && den <= limit;
  result.num = fits ? int64_t(num) : 0;
  result.den = fits ? int64_t(den) : 0;
  return result;
}

Rational Rational::operator-() const { return reduced(-__int128(num), den); }

namespace nn::symmetry {

Rational operator+(Rational a, Rational b) {
  if (a.isInteger() && b.isInteger())
    return Rational::reduced(__int128(a.num) + b.num, 1);
  // Two products of 126 bits: their sum fits 128.
  return Rational::reduced(__int128(a.num) * b.den + __int128(b.num) * a.den, __int128(a.den) * b.den);
}

Rational operator*(Rational a, Rational b) {
  return Rational::reduced(__int128(a.num) * b.num, __int128(a.den) * b.den);
}

Rational operator/(Rational a, Rational b) {
  return a.isTooLarge() || b.isTooLarge() ? Rational(0, 0)
                                          : Rational::reduced(__int128(a.num) * b.den, __int128(a.den) * b.num);
}

} // namespace nn::symmetry

std::string Rational::text() const {
  if (isTooLarge())
    return "(too large)";
  return isInteger() ? std::to_string(num) : std::to_string(num) + "/" + std::to_string(den);
}

/// Rational numbers of 64 bits that say when they no longer fit.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace nn::symmetry {

/// A reduced fraction. A result that does not fit 64 bits is "too large", and so is everything computed from it.
class Rational {
public:
  Rational(int64_t value = 0) : num(value) {}
  /// `num / den`, reduced; too large if `den` is zero.
  Rational(int64_t num, int64_t den) : Rational(reduced(num, den)) {}

  int64_t numerator() const { return num; }
  int64_t denominator() const { return den; }
  bool isTooLarge() const { return den == 0; }
  bool isZero() const { return num == 0 && den != 0; }
  bool isInteger() const { return den == 1; }
  double toDouble() const { return double(num) / double(den); }
  std::string text() const;

  Rational operator-() const;
  friend Rational operator+(Rational a, Rational b);
  friend Rational operator-(Rational a, Rational b) { return a + -b; }
  friend Rational operator*(Rational a, Rational b);
  friend Rational operator/(Rational a, Rational b);
  /// False for what is too large, even to itself: it is not known.
  friend bool operator==(Rational a, Rational b) { return a.den != 0 && a.num == b.num && a.den == b.den; }

private:
  static Rational reduced(__int128 num, __int128 den);

  int64_t num = 0;
  int64_t den = 1;
};

} // namespace nn::symmetry

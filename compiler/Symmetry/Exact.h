/// Exact numbers: what rationals, square roots of rationals and roots of unity generate.
#pragma once

#include "Symmetry/Modular.h"
#include "Symmetry/Rational.h"
#include <optional>
#include <vector>

namespace nn::symmetry {

/// An element of a cyclotomic field Q(zeta_N), zeta_N = exp(2 pi i / N): rational coefficients of 1, zeta, ...,
/// zeta^(phi(N) - 1), a basis, so that equality is equality of coefficients. N grows as operands need it. A number with
/// a coefficient that does not fit 64 bits, or whose field is out of hand, is "too large", equals nothing, and stays
/// so.
class Exact {
public:
  Exact(int64_t value = 0) : Exact(Rational(value)) {}
  Exact(Rational value) : coefficients{value} {}

  /// The sum of powers[k] zeta_n^k.
  static Exact ofPowers(int64_t n, std::vector<Rational> powers) { return Exact(n, std::move(powers)); }
  /// exp(2 pi i k / n).
  static Exact rootOfUnity(int64_t n, int64_t k = 1);
  /// The square root that is not negative, by Gauss' sums; of a negative number, or one too large to factor, none.
  static std::optional<Exact> sqrt(Rational value);
  /// cos(2 pi k / n).
  static Exact cosine(int64_t k, int64_t n);
  /// Exactly this number; too large if it is no fraction of 64 bits.
  static Exact ofDouble(double value);
  /// sin(2 pi k / n).
  static Exact sine(int64_t k, int64_t n);

  /// The N of the field that holds it.
  int64_t field() const { return n; }
  bool isTooLarge() const;
  bool isZero() const;
  bool isOne() const { return *this == Exact(1); }
  bool isMinusOne() const { return *this == Exact(-1); }
  bool isReal() const { return *this == conjugate(); }
  std::optional<Rational> asRational() const;
  Exact conjugate() const { return conjugate(-1); }
  /// The image under zeta_N -> zeta_N^power, power prime to N: -1 is complex conjugation.
  Exact conjugate(int64_t power) const;
  /// The real part.
  double toDouble() const;
  /// The image under zeta_N -> field.root(N); none if a denominator vanishes or the number is too large.
  std::optional<uint64_t> modulo(const PrimeField &field) const;
  /// A text that only equal numbers share; equal ones may have several.
  std::string key() const;
  /// As users write it: `1/2`, `-sqrt(3) / 2`, `-1/4 + sqrt(5) / 4`, `cos(2 * pi / 7)`.
  std::string text() const;

  Exact operator-() const;
  Exact inverse() const;
  friend Exact operator+(const Exact &a, const Exact &b);
  friend Exact operator-(const Exact &a, const Exact &b) { return a + -b; }
  friend Exact operator*(const Exact &a, const Exact &b);
  friend Exact operator/(const Exact &a, const Exact &b) { return a * b.inverse(); }
  friend bool operator==(const Exact &a, const Exact &b);

private:
  Exact(int64_t n, std::vector<Rational> powers); ///< coefficients of any powers of zeta_n, not yet reduced
  Exact in(int64_t m) const;                      ///< the same number in Q(zeta_m), n divides m

  int64_t n = 1;
  std::vector<Rational> coefficients; ///< phi(n) of them
};

} // namespace nn::symmetry

// Formulas by their values at random points, modulo two primes at once; README.md says why that is a proof.
#pragma once

#include "Symmetry/Exact.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <random>

namespace nn::replay {

/// The value of a formula, and its degree at most in variables and results of functions.
struct Number {
  uint64_t first = 0, second = 0; ///< modulo the two primes
  double degree = 0;              ///< 0 of numbers that a program writes
  bool isZero() const { return first == 0 && second == 0; }
  friend bool operator==(const Number &a, const Number &b) { return a.first == b.first && a.second == b.second; }
  bool operator<(const Number &b) const { return std::pair(first, second) < std::pair(b.first, b.second); }
};

/// Functions of which what is said below is known, if anything.
enum class Function : uint8_t { Infinite, Zero, Positive, Part, Inverse, Greatest, Draw, Routine, Unary, Others };

class Field {
public:
  /// Draws the primes, with roots of unity of this order, and the key of all functions.
  explicit Field(int64_t order);

  Number add(const Number &a, const Number &b) const {
    return {one.add(a.first, b.first), two.add(a.second, b.second), std::max(a.degree, b.degree)};
  }
  Number subtract(const Number &a, const Number &b) const { return add(a, negate(b)); }
  Number multiply(const Number &a, const Number &b) const {
    return {one.multiply(a.first, b.first), two.multiply(a.second, b.second), a.degree + b.degree};
  }
  Number negate(const Number &a) const { return {one.subtract(0, a.first), two.subtract(0, a.second), a.degree}; }
  Number power(const Number &a, unsigned exponent) const {
    return {one.power(a.first, exponent), two.power(a.second, exponent), a.degree * exponent};
  }
  /// 1 / a, of the same degree: as a fraction.
  Number reciprocal(const Number &a) const { return {one.inverse(a.first), two.inverse(a.second), a.degree}; }
  Number ofInteger(int64_t value) const { return {one.fromInteger(value), two.fromInteger(value)}; }
  /// None if it is too large.
  std::optional<Number> ofExact(const symmetry::Exact &value) const {
    auto first = value.modulo(one), second = value.modulo(two);
    return first && second ? std::optional(Number{*first, *second}) : std::nullopt;
  }
  /// What a program writes: a fraction of a power of two, but where it is what rounding leaves of a cosine that the
  /// group's matrices are made of, that cosine.
  Number ofDouble(double value) {
    if (auto cosine = cosines.find(llvm::bit_cast<uint64_t>(value)); cosine != cosines.end())
      return cosine->second;
    if (!std::isfinite(value))
      return odd(Function::Infinite, ofInteger(std::isnan(value) ? 2 : value > 0 ? 1 : -1));
    return {one.fromDouble(value), two.fromDouble(value)};
  }

  /// A function of which nothing is known.
  Number apply(Function function, llvm::ArrayRef<Number> arguments, uint64_t which = 0);
  Number variable() { return apply(Function::Draw, ofInteger(++variables)); }
  /// One with f(-x) = f(x), and one with f(-x) = -f(x).
  Number even(Function function, const Number &x, uint64_t which = 0) {
    return apply(function, std::min(x, negate(x)), which);
  }
  Number odd(Function function, const Number &x, uint64_t which = 0) {
    Number image = x.isZero() ? x : even(function, x, which);
    return x < negate(x) ? image : negate(image);
  }
  /// 1 where x is 0, else 0: the same for -x.
  Number isZero(const Number &x) { return x.isZero() ? ofInteger(1) : even(Function::Zero, x); }
  /// 1 where x > 0, else 0: of x, of -x and of isZero(x) one is 1.
  Number isPositive(const Number &x) {
    Number image = even(Function::Positive, x);
    return x.isZero() ? x : x < negate(x) ? image : subtract(ofInteger(1), add(image, isZero(x)));
  }
  /// max(x, 0): that of x less that of -x is x.
  Number positivePart(const Number &x) {
    Number image = x.isZero() ? x : even(Function::Part, x);
    return x < negate(x) ? image : add(image, x);
  }
  /// 1 / x, an odd function; of a number that a program writes, that number.
  Number inverse(const Number &x) {
    if (x.isZero())
      return apply(Function::Inverse, x); // of which only equality is known
    return x.degree > 0 ? odd(Function::Inverse, x) : reciprocal(x);
  }

  /// Whether two formulas are the same.
  bool same(const Number &a, const Number &b) {
    largest = std::max({largest, a.degree, b.degree});
    return ++compared, a == b;
  }
  /// Minus the logarithm to base 2 of how likely it is that two have been taken for the same that are not.
  double bits() const {
    // Entries of moves may have a power of their parameter below, which at most doubles a degree.
    constexpr double bitsOfPrimes = 120;
    return bitsOfPrimes - 2 * std::log2(2 * largest) - std::log2(4 * applications * applications + compared);
  }

private:
  std::random_device random;
  uint8_t key[16];
  symmetry::PrimeField one, two;
  llvm::DenseMap<uint64_t, Number> cosines; ///< by the bits of what rounding leaves of them
  uint64_t variables = 0;
  double applications = 0, compared = 0, largest = 1;
};

} // namespace nn::replay

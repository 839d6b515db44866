// Formulas by their values at random points, modulo two primes at once; README.md says why that is a proof.
#pragma once

#include "Symmetry/Exact.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <random>

namespace nn::replay {

/// The value of a formula, and its degree at most in variables and results of functions.
struct Number {
  uint64_t first = 0, second = 0; ///< modulo the two primes
  double degree = 0;              ///< 0 of numbers that a program writes
  bool isZero() const { return first == 0 && second == 0; }
  friend bool operator==(const Number &a, const Number &b) { return a.first == b.first && a.second == b.second; }
  friend bool operator<(const Number &a, const Number &b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  }
};

/// Functions that are known by what is said of them below alone; those of bodies and routines have numbers behind these.
enum class Function : uint64_t { Infinite, Zero, Positive, Part, Inverse, Greatest, IsGreatest, Place, Draw, Variable, Routine, Others };

class Field {
public:
  /// Draws the primes, with roots of unity of this order, and the key of all functions.
  explicit Field(int64_t order);

  Number add(const Number &a, const Number &b) const;
  Number subtract(const Number &a, const Number &b) const { return add(a, negate(b)); }
  Number multiply(const Number &a, const Number &b) const;
  Number negate(const Number &a) const;
  Number power(const Number &a, unsigned exponent) const;
  Number ofInteger(int64_t value) const { return {one.fromInteger(value), two.fromInteger(value), 0}; }
  /// What a program writes: a fraction of a power of two, but where it is what rounding leaves of a cosine that the
  /// group's matrices are made of, that cosine.
  Number ofDouble(double value);
  /// None if it is too large.
  std::optional<Number> ofExact(const symmetry::Exact &value) const;
  Number variable() { return apply(Function::Variable, {}, ++variables); }

  /// A function of which nothing is known.
  Number apply(Function function, llvm::ArrayRef<Number> arguments, uint64_t which = 0);
  /// One with f(-x) = -f(x), and one with f(-x) = f(x).
  Number odd(Function function, const Number &x, uint64_t which = 0);
  Number even(Function function, const Number &x, uint64_t which = 0);
  /// 1 where x is 0, else 0: the same for -x.
  Number isZero(const Number &x) { return x.isZero() ? ofInteger(1) : even(Function::Zero, x); }
  /// 1 where x > 0, else 0: of x, of -x and of isZero(x) one is 1.
  Number isPositive(const Number &x);
  /// max(x, 0): that of x less that of -x is x.
  Number positivePart(const Number &x);
  /// Of the residues.
  Number reciprocal(const Number &x) const { return {one.inverse(x.first), two.inverse(x.second), x.degree}; }
  /// 1 / x, an odd function; of a number that a program writes, that number.
  Number inverse(const Number &x);
  /// The greatest of a set: whatever is added to all comes out.
  Number greatest(llvm::SmallVector<Number> values);

  /// Minus the logarithm to base 2 of how likely a mistake is, after so many values have been compared.
  double bits(double compared) const;
  /// Whether two formulas are the same.
  bool same(const Number &a, const Number &b) {
    largest = std::max({largest, a.degree, b.degree});
    return a == b;
  }

private:
  bool isNegated(const Number &x) const;

  std::random_device random;
  uint8_t key[16];
  symmetry::PrimeField one, two;
  llvm::DenseMap<uint64_t, Number> cosines; ///< by the bits of what rounding leaves of them
  Number lastInverted, lastInverse; ///< of numbers, whose inverses take long
  uint64_t variables = 0;
  double applications = 0, largest = 1;
};

} // namespace nn::replay

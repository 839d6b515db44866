// Numbers that stand for formulas: residues modulo a prime, where every variable is a random one.
//
// Note [Formulas by their values]
// Two formulas of inputs and parameters are the same if their values are, at random values of the variables, but for a
// chance of their degree over the prime (J. Schwartz, Fast probabilistic algorithms for verification of polynomial
// identities, 1980; R. Zippel, 1979). A function of which nothing is used but that it is one, such as exp, gives for
// each argument a residue that a hash draws: a new variable for each argument. It is a mistake to draw the same
// argument for two that differ as formulas, so pairs of arguments count, too. All values are exact; the chance is
// bounded by degrees that are counted along, and made as small as is asked for by repetition with other primes.
#pragma once

#include "Symmetry/Modular.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <random>

namespace nn::prover {

/// The value of a formula.
using Number = uint64_t;

class FormalField {
public:
  /// Roots of unity of this order have an image. Different `which` are independent.
  FormalField(int64_t order, unsigned which) : field(order, which), random(which + 1), salt(random()) {}

  Number add(Number a, Number b) const { return field.add(a, b); }
  Number subtract(Number a, Number b) const { return field.subtract(a, b); }
  Number multiply(Number a, Number b) const { return field.multiply(a, b); }
  Number negate(Number a) const { return field.subtract(0, a); }
  Number power(Number a, uint64_t exponent) const { return field.power(a, exponent); }
  Number inverse(Number a) const { return field.inverse(a); }
  Number ofInteger(int64_t value) const { return field.fromInteger(value); }
  /// A double as what it is, a fraction of a power of two; infinities are variables of their own.
  Number ofDouble(double value);
  Number variable() { return random() % field.prime(); }

  /// A function of which nothing is known.
  Number apply(uint64_t function, llvm::ArrayRef<Number> arguments);
  /// One with f(-x) = -f(x), and one with f(-x) = f(x).
  Number odd(uint64_t function, Number x);
  Number even(uint64_t function, Number x);

  /// 1 where x > 0, else 0; for every x one of this, the same of -x, and `isZero` is 1.
  Number isPositive(Number x);
  Number isZero(Number x);
  /// max(x, 0), of which it is known that max(x, 0) - max(-x, 0) = x.
  Number positivePart(Number x);
  /// 1 / x, as an odd function.
  Number reciprocal(Number x);
  /// The greatest of a set: in any order, and whatever is added to all comes out.
  Number greatest(llvm::SmallVectorImpl<Number> &values);

  const symmetry::PrimeField &residues() const { return field; }
  /// How many arguments functions were applied to.
  uint64_t applications() const { return count; }

private:
  bool isNegated(Number x) const { return x > field.prime() / 2; }

  symmetry::PrimeField field;
  std::mt19937_64 random;
  uint64_t salt;
  uint64_t count = 0;
};

} // namespace nn::prover

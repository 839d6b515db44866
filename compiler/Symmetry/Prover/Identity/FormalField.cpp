// Functions of formulas.
#include "Symmetry/Prover/Identity/FormalField.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace nn::prover {

namespace {
/// Functions that the field itself knows; those of programs have other numbers.
enum Known : uint64_t { Infinity = uint64_t(1) << 32, Positive, Zero, PositivePart, Reciprocal, Greatest };
} // namespace

/// All bits depend on all (S. Vigna's variant of MurmurHash3's finalizer).
static uint64_t scramble(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Number FormalField::apply(uint64_t function, llvm::ArrayRef<Number> arguments) {
  ++count;
  uint64_t hash = scramble(salt ^ scramble(function));
  for (Number argument : arguments)
    hash = scramble(hash + scramble(argument + salt));
  return hash % field.prime();
}

Number FormalField::ofDouble(double value) {
  if (!std::isfinite(value))
    return odd(Infinity, std::isnan(value) ? 2 : value > 0 ? 1 : negate(1));
  return field.fromDouble(value);
}

Number FormalField::odd(uint64_t function, Number x) {
  if (x == 0)
    return 0;
  return isNegated(x) ? negate(apply(function, negate(x))) : apply(function, x);
}

Number FormalField::even(uint64_t function, Number x) { return apply(function, isNegated(x) ? negate(x) : x); }

Number FormalField::isZero(Number x) { return x == 0 ? 1 : even(Zero, x); }

Number FormalField::isPositive(Number x) {
  if (x == 0)
    return 0;
  if (!isNegated(x))
    return apply(Positive, x);
  return subtract(1, add(apply(Positive, negate(x)), isZero(x)));
}

Number FormalField::positivePart(Number x) {
  if (x == 0)
    return 0;
  return isNegated(x) ? add(apply(PositivePart, negate(x)), x) : apply(PositivePart, x);
}

Number FormalField::reciprocal(Number x) { return odd(Reciprocal, x); }

Number FormalField::greatest(llvm::SmallVectorImpl<Number> &values) {
  llvm::sort(values);
  values.erase(llvm::unique(values), values.end());
  if (values.size() == 1)
    return values.front();
  Number mean = 0;
  for (Number value : values)
    mean = add(mean, value);
  mean = multiply(mean, inverse(ofInteger(int64_t(values.size()))));
  for (Number &value : values)
    value = subtract(value, mean);
  llvm::sort(values);
  return add(mean, apply(Greatest, values));
}

} // namespace nn::prover

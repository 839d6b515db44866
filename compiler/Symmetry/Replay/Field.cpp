// Arithmetic modulo two primes, and functions that a keyed hash draws.
#include "Symmetry/Replay/Field.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/SipHash.h"

#include <cmath>
#include <cstring>

namespace nn::replay {

/// Each prime is one of so many.
static constexpr unsigned manyPrimes = 256;

Field::Field(int64_t order) : one(order, 2 * (random() % manyPrimes)), two(order, 2 * (random() % manyPrimes) + 1) {
  for (uint8_t &byte : key)
    byte = uint8_t(random());
  for (int64_t k = 1; order > 4 && k < order; ++k) {
    auto cosine = [&](const symmetry::PrimeField &field) {
      uint64_t root = field.root(order), half = field.inverse(2);
      return field.multiply(half, field.add(field.power(root, k), field.power(root, order - k)));
    };
    double rounded = std::cos(2 * M_PI * double(k) / double(order));
    if (4 * k == order || 4 * k == 3 * order)
      continue;
    Number exact{cosine(one), cosine(two), 0};
    for (double each : {rounded, double(float(rounded))})
      cosines.try_emplace(llvm::bit_cast<uint64_t>(each), exact);
  }
}

// ---- arithmetic

Number Field::add(const Number &a, const Number &b) const {
  return {one.add(a.first, b.first), two.add(a.second, b.second), std::max(a.degree, b.degree)};
}

Number Field::multiply(const Number &a, const Number &b) const {
  return {one.multiply(a.first, b.first), two.multiply(a.second, b.second), a.degree + b.degree};
}

Number Field::negate(const Number &a) const {
  return {one.subtract(0, a.first), two.subtract(0, a.second), a.degree};
}

Number Field::power(const Number &a, unsigned exponent) const {
  return {one.power(a.first, exponent), two.power(a.second, exponent), a.degree * exponent};
}

Number Field::ofDouble(double value) {
  if (auto cosine = cosines.find(llvm::bit_cast<uint64_t>(value)); cosine != cosines.end())
    return cosine->second;
  if (!std::isfinite(value))
    return odd(Function::Infinite, ofInteger(std::isnan(value) ? 2 : value > 0 ? 1 : -1));
  int exponent = 0, digits = std::numeric_limits<double>::digits;
  Number integer = ofInteger(int64_t(std::ldexp(std::frexp(value, &exponent), digits)));
  exponent -= digits;
  Number scale = power(ofInteger(2), unsigned(std::abs(exponent)));
  return multiply(integer, exponent < 0 ? inverse(scale) : scale);
}

std::optional<Number> Field::ofExact(const symmetry::Exact &value) const {
  auto first = value.modulo(one), second = value.modulo(two);
  return first && second ? std::optional(Number{*first, *second, 0}) : std::nullopt;
}

Number Field::inverse(const Number &x) {
  if (x.degree > 0 || x.isZero())
    return odd(Function::Inverse, x);
  if (!(lastInverted == x))
    lastInverted = x, lastInverse = reciprocal(x);
  return lastInverse;
}

// ---- functions

Number Field::apply(Function function, llvm::ArrayRef<Number> arguments, uint64_t which) {
  llvm::SmallVector<uint64_t> words{uint64_t(function), which};
  for (const Number &argument : arguments) {
    largest = std::max(largest, argument.degree);
    words.push_back(argument.first);
    words.push_back(argument.second);
  }
  ++applications;
  uint8_t drawn[16];
  llvm::getSipHash_2_4_128({reinterpret_cast<const uint8_t *>(words.data()), words.size() * sizeof(uint64_t)}, key,
                           drawn);
  uint64_t halves[2];
  std::memcpy(halves, drawn, sizeof(drawn));
  return {halves[0] % one.prime(), halves[1] % two.prime(), 1};
}

/// Of x and -x one is negated.
bool Field::isNegated(const Number &x) const {
  return x.first == 0 ? x.second > two.prime() / 2 : x.first > one.prime() / 2;
}

Number Field::odd(Function function, const Number &x, uint64_t which) {
  if (x.isZero())
    return x;
  return isNegated(x) ? negate(apply(function, negate(x), which)) : apply(function, x, which);
}

Number Field::even(Function function, const Number &x, uint64_t which) {
  return apply(function, isNegated(x) ? negate(x) : x, which);
}

Number Field::isPositive(const Number &x) {
  if (x.isZero())
    return x;
  if (!isNegated(x))
    return apply(Function::Positive, x);
  return subtract(ofInteger(1), add(apply(Function::Positive, negate(x)), isZero(x)));
}

Number Field::positivePart(const Number &x) {
  if (x.isZero())
    return x;
  return isNegated(x) ? add(apply(Function::Part, negate(x)), x) : apply(Function::Part, x);
}

Number Field::greatest(llvm::SmallVector<Number> values) {
  llvm::sort(values);
  values.erase(llvm::unique(values), values.end());
  Number mean = ofInteger(0);
  for (const Number &value : values)
    mean = add(mean, value);
  mean = multiply(mean, inverse(ofInteger(int64_t(values.size()))));
  for (Number &value : values)
    value = subtract(value, mean);
  llvm::sort(values);
  return add(mean, values.size() == 1 ? values[0] : apply(Function::Greatest, values));
}

double Field::bits(double compared) const {
  // Entries of moves may have a power of their parameter below, which at most doubles a degree.
  constexpr double bitsOfPrimes = 120;
  return bitsOfPrimes - 2 * std::log2(2 * largest) - std::log2(4 * applications * applications + compared);
}

} // namespace nn::replay

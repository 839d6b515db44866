// Primes that are 1 modulo N, and the roots of unity modulo them.
#include "Symmetry/Modular.h"

#include <cassert>
#include <cmath>
#include <limits>

using namespace nn::symmetry;

static uint64_t multiplyModulo(uint64_t a, uint64_t b, uint64_t p) { return uint64_t((unsigned __int128)(a)*b % p); }

static uint64_t powerModulo(uint64_t base, uint64_t exponent, uint64_t p) {
  uint64_t result = 1;
  for (base %= p; exponent; exponent >>= 1, base = multiplyModulo(base, base, p))
    if (exponent & 1)
      result = multiplyModulo(result, base, p);
  return result;
}

/// Miller and Rabin's test with the bases that decide every number below 2^64.
static bool isPrime(uint64_t n) {
  constexpr uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  for (uint64_t base : bases)
    if (n % base == 0)
      return n == base;
  uint64_t odd = n - 1;
  int twos = 0;
  for (; odd % 2 == 0; odd /= 2)
    ++twos;
  for (uint64_t base : bases) {
    uint64_t x = powerModulo(base, odd, n);
    bool witness = x != 1 && x != n - 1;
    for (int k = 1; witness && k < twos; ++k) {
      x = multiplyModulo(x, x, n);
      witness = x != n - 1;
    }
    if (witness)
      return false;
  }
  return true;
}

/// An element whose order is exactly `order`: a^((p - 1) / order) with no smaller power equal to 1.
static uint64_t elementOfOrder(uint64_t order, uint64_t p) {
  for (uint64_t a = 2;; ++a) {
    uint64_t candidate = powerModulo(a, (p - 1) / order, p);
    bool full = true;
    uint64_t rest = order;
    for (uint64_t q = 2; rest > 1 && full; ++q) {
      if (rest % q)
        continue;
      full = powerModulo(candidate, order / q, p) != 1;
      while (rest % q == 0)
        rest /= q;
    }
    if (full)
      return candidate;
  }
}

PrimeField::PrimeField(int64_t order, unsigned which) : rootOrder(order) {
  uint64_t n = uint64_t(order);
  for (p = ((uint64_t(1) << 61) - 2) / n * n + 1;; p -= n)
    if (isPrime(p) && which-- == 0)
      break;
  excess = (uint64_t(1) << 61) - p;
  primitive = elementOfOrder(n, p);
}

uint64_t PrimeField::power(uint64_t base, uint64_t exponent) const {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1, base = multiply(base, base))
    if (exponent & 1)
      result = multiply(result, base);
  return result;
}

uint64_t PrimeField::fromInteger(int64_t value) const {
  int64_t rest = value % int64_t(p);
  return rest < 0 ? uint64_t(rest + int64_t(p)) : uint64_t(rest);
}

uint64_t PrimeField::root(int64_t n) const {
  assert(rootOrder % n == 0 && "the field has no such root of unity");
  return power(primitive, uint64_t(rootOrder / n));
}

uint64_t PrimeField::fromDouble(double value) const {
  int exponent = 0;
  constexpr int digits = std::numeric_limits<double>::digits;
  auto integer = int64_t(std::ldexp(std::frexp(value, &exponent), digits));
  exponent -= digits;
  uint64_t scale = power(2, uint64_t(std::abs(exponent)));
  return multiply(fromInteger(integer), exponent < 0 ? inverse(scale) : scale);
}

uint64_t PrimeField::cosine(int64_t k) const {
  uint64_t root = power(primitive, uint64_t(k));
  return multiply(inverse(2), add(root, inverse(root)));
}

/// Arithmetic modulo a prime of 61 bits in which the roots of unity of a cyclotomic field exist.
#pragma once

#include <cstdint>

namespace nn::symmetry {

/// The integers modulo a prime p with p = 1 mod N, so that zeta_N has an image. Elements are in [0, p).
class PrimeField {
public:
  /// The `which`-th largest prime below 2^61 that is 1 modulo `order`.
  PrimeField(int64_t order, unsigned which);

  uint64_t prime() const { return p; }
  uint64_t add(uint64_t a, uint64_t b) const { return a + b >= p ? a + b - p : a + b; }
  uint64_t subtract(uint64_t a, uint64_t b) const { return a >= b ? a - b : a + p - b; }
  uint64_t multiply(uint64_t a, uint64_t b) const {
    // 2^61 = excess mod p, and the excess is small: fold what is above 61 bits down.
    unsigned __int128 product = (unsigned __int128)(a)*b;
    while (product >> 61)
      product = (product & ((uint64_t(1) << 61) - 1)) + (product >> 61) * excess;
    return product >= p ? uint64_t(product) - p : uint64_t(product);
  }
  uint64_t power(uint64_t base, uint64_t exponent) const;
  uint64_t inverse(uint64_t a) const { return power(a, p - 2); }
  uint64_t fromInteger(int64_t value) const;
  /// A finite double as what it is, a fraction of a power of two.
  uint64_t fromDouble(double value) const;
  /// A primitive n-th root of unity; `n` divides the order that the field was made for. Roots of different n agree:
  /// root(n) = root(n * m)^m.
  uint64_t root(int64_t n) const;
  /// The image of cos(2 pi k / N), N the order that the field was made for.
  uint64_t cosine(int64_t k) const;
  int64_t order() const { return rootOrder; }

private:
  uint64_t p;
  uint64_t excess; ///< 2^61 - p
  int64_t rootOrder;
  uint64_t primitive; ///< of order `rootOrder`
};

} // namespace nn::symmetry

#include "data/Halves.h"

#include <cstring>

namespace nnrt {

float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half >> 15) << 31, exponent = (half >> 10) & 31, mantissa = half & 1023;
  if (exponent == 0)
    return (sign ? -1.0f : 1.0f) * float(mantissa) * 0x1p-24f;
  uint32_t bits = sign | ((exponent == 31 ? 255 : exponent + 112) << 23) | (mantissa << 13);
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

float bfloatToFloat(uint16_t stored) {
  uint32_t bits = uint32_t(stored) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/// Rounds to `fraction` bits behind the point, at least at the exponent `least`; `infinite` are the bits of infinity. A
/// number is a multiple of a power of two: that multiple, with its leading bit, is added to the exponent's bits, so a
/// carry counts there.
static uint16_t rounded(double value, int fraction, int least, uint16_t infinite) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  auto sign = uint16_t(bits >> 63 << 15);
  if (value != value)
    return uint16_t(sign | infinite | 1u << (fraction - 1));
  int exponent = int(bits >> 52 & 0x7ff) - 1023;
  if (exponent >= 128)
    return sign | infinite;
  int own = exponent < least ? least : exponent;
  uint64_t inverse = uint64_t(1023 + fraction - own) << 52;
  double scale;
  memcpy(&scale, &inverse, 8);
  double magnitude = (value < 0 ? -value : value) * scale;
  // At 2^52 doubles are integers: adding it rounds to the nearest, of two to the even one.
  volatile double shifted = magnitude + 0x1p52;
  auto multiple = uint32_t(shifted - 0x1p52);
  uint32_t result = (uint32_t(own - least) << fraction) + multiple;
  return uint16_t(sign | (result >= infinite ? infinite : result));
}

uint16_t toHalf(double value) { return rounded(value, 10, -14, 0x7c00); }
uint16_t toBfloat(double value) { return rounded(value, 7, -126, 0x7f80); }

} // namespace nnrt

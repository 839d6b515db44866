/// Floats of 16 bits: `f16` (1 sign, 5 exponent, 10 fraction) and `bf16` (1, 8, 7).
#pragma once

#include <cstdint>

namespace nnrt {

float halfToFloat(uint16_t half);
float bfloatToFloat(uint16_t stored);

/// The nearest number of the format, of two the even one; what is larger than all becomes infinite.
uint16_t toHalf(double value);
uint16_t toBfloat(double value);

} // namespace nnrt

// Philox4x32-10, the counter-based generator behind every random number of Noether (Salmon, Moraes, Dror and Shaw,
// "Parallel random numbers: as easy as 1, 2, 3", 2011). The interpreter, compiled code and the runtime agree on it bit
// for bit: counter = (element index, site, step, example), key = (seed low, seed high).
#ifndef NOETHER_PHILOX_H
#define NOETHER_PHILOX_H

#include <array>
#include <cstdint>

namespace nnrt {

using PhiloxWords = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

/// The four random words of a counter under a key.
constexpr PhiloxWords philox(PhiloxWords counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = uint64_t(0xD2511F53u) * counter[0];
    uint64_t product1 = uint64_t(0xCD9E8D57u) * counter[2];
    counter = {uint32_t(product1 >> 32) ^ counter[1] ^ key[0], uint32_t(product1),
               uint32_t(product0 >> 32) ^ counter[3] ^ key[1], uint32_t(product0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// Uniform in [0, 1), a multiple of 2^-24.
constexpr float uniformF32(PhiloxWords words) { return float(words[0] >> 8) * 0x1p-24f; }

/// Uniform in [0, 1), a multiple of 2^-53.
constexpr double uniformF64(PhiloxWords words) {
  return double(((uint64_t(words[0]) << 32) | words[1]) >> 11) * 0x1p-53;
}

/// The pair of uniforms behind a Box-Muller normal, sqrt(-2 ln u1) * cos(2 pi u2): u1 in (0, 1], u2 in [0, 1).
struct BoxMullerF32 {
  float u1, u2;
};
struct BoxMullerF64 {
  double u1, u2;
};
constexpr BoxMullerF32 boxMullerF32(PhiloxWords words) {
  return {float((words[0] >> 8) + 1) * 0x1p-24f, float(words[1] >> 8) * 0x1p-24f};
}
constexpr BoxMullerF64 boxMullerF64(PhiloxWords words) {
  return {double((((uint64_t(words[0]) << 32) | words[1]) >> 11) + 1) * 0x1p-53,
          double(((uint64_t(words[2]) << 32) | words[3]) >> 11) * 0x1p-53};
}

} // namespace nnrt

#endif

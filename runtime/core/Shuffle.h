/// The order in which an epoch visits its examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nnrt {

/// Fills `order` with a permutation of 0 .. count-1 that depends on seed and epoch alone (Fisher-Yates on Philox words,
/// site 2^32 - 1).
void shuffleOrder(std::vector<uint32_t> &order, int64_t count, uint64_t seed, int64_t epoch);
std::vector<uint32_t> shuffledOrder(int64_t count, uint64_t seed, int64_t epoch);

} // namespace nnrt

/// Seeded permutations.
#include "core/Shuffle.h"

#include "noether/philox.h"

#include <utility>

namespace nnrt {

void shuffleOrder(std::vector<uint32_t> &order, int64_t count, uint64_t seed, int64_t epoch) {
  order.resize(static_cast<size_t>(count));
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = uint32_t(i);
  PhiloxKey key = {uint32_t(seed), uint32_t(seed >> 32)};
  PhiloxWords words{};
  for (size_t i = order.size(), drawn = 0; i > 1; --i, ++drawn) {
    if (drawn % 4 == 0)
      words = philox({uint32_t(drawn / 4), 0xFFFFFFFFu, uint32_t(epoch), 0}, key);
    size_t other = size_t((uint64_t(words[drawn % 4]) * i) >> 32);
    std::swap(order[i - 1], order[other]);
  }
}

std::vector<uint32_t> shuffledOrder(int64_t count, uint64_t seed, int64_t epoch) {
  std::vector<uint32_t> order;
  shuffleOrder(order, count, seed, epoch);
  return order;
}

} // namespace nnrt

/// Philox against the known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
#include "noether/philox.h"
#include "core/Shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace nnrt;

TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformsStayInTheirIntervals) {
  PhiloxWords low{0, 0, 0, 0}, high{~0u, ~0u, ~0u, ~0u};
  EXPECT_EQ(uniformF32(low), 0.0f);
  EXPECT_EQ(uniformF32(high), 1.0f - 0x1p-24f);
  EXPECT_EQ(uniformF64(high), 1.0 - 0x1p-53);
  EXPECT_EQ(boxMullerF32(low).u1, 0x1p-24f);
  EXPECT_EQ(boxMullerF32(high).u1, 1.0f);
  EXPECT_LT(boxMullerF32(high).u2, 1.0f);
  EXPECT_EQ(boxMullerF64(low).u1, 0x1p-53);
  EXPECT_EQ(boxMullerF64(high).u1, 1.0);
  EXPECT_LT(boxMullerF64(high).u2, 1.0);
}

TEST(Shuffle, IsAPermutationOfSeedAndEpoch) {
  std::vector<uint32_t> order = shuffledOrder(1000, 7, 0), sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (uint32_t i = 0; i < 1000; ++i)
    ASSERT_EQ(sorted[i], i);
  EXPECT_NE(order, sorted);
  EXPECT_EQ(order, shuffledOrder(1000, 7, 0));
  EXPECT_NE(order, shuffledOrder(1000, 7, 1));
  EXPECT_NE(order, shuffledOrder(1000, 8, 0));
  EXPECT_TRUE(shuffledOrder(0, 1, 0).empty());
}

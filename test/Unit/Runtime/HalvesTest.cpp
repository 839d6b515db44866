/// Floats of 16 bits: every number of a format is its own nearest, and between two neighbours the middle goes to the
/// even one.
#include "data/Halves.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace nnrt;

namespace {

void holdFormat(float (*widen)(uint16_t), uint16_t (*round)(double), uint16_t infinite) {
  for (uint16_t bits = 0; bits < infinite; ++bits) {
    double here = widen(bits);
    ASSERT_EQ(round(here), bits);
    ASSERT_EQ(round(-here), bits | 0x8000);
    if (bits + 1 == infinite)
      continue; // the next one is infinite
    double next = widen(uint16_t(bits + 1)), middle = (here + next) / 2, little = (next - here) / 1024;
    ASSERT_GT(next, here);
    ASSERT_EQ(round(middle), bits % 2 ? bits + 1 : bits);
    ASSERT_EQ(round(middle - little), bits);
    ASSERT_EQ(round(middle + little), bits + 1);
  }
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(round(infinity), infinite);
  EXPECT_EQ(round(-infinity), infinite | 0x8000);
  EXPECT_EQ(round(1e300), infinite);
  EXPECT_TRUE(std::isnan(widen(round(std::nan("")))));
}

TEST(Halves, F16) {
  EXPECT_EQ(halfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(halfToFloat(0x7bff), 65504.0f);
  EXPECT_EQ(toHalf(65520.0), 0x7c00);
  holdFormat(halfToFloat, toHalf, 0x7c00);
}

TEST(Halves, BF16) {
  EXPECT_EQ(bfloatToFloat(0x3f80), 1.0f);
  holdFormat(bfloatToFloat, toBfloat, 0x7f80);
}

} // namespace

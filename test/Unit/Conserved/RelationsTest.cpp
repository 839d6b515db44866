// Relations among columns of numbers.
#include "Symmetry/Conserved/Relations.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace nn::conserved;

namespace {

using Columns = std::vector<std::vector<double>>;

Columns absolute(Columns columns) {
  for (auto &column : columns)
    for (double &value : column)
      value = std::abs(value);
  return columns;
}

TEST(Relations, AreIntegersAndDoNotMixWhatIsApart) {
  std::vector<double> a{1, 2, 0.3, -4}, b{0.5, -1, 7, 2}, c{3, 1, -1, 0.7}, sum(4), half(4);
  for (size_t k = 0; k < 4; ++k) {
    sum[k] = a[k] + b[k];
    half[k] = c[k] / 2;
  }
  Columns columns{a, c, b, half, sum};
  EXPECT_EQ(relationsAmong(columns, absolute(columns), 1e-9),
            (std::vector<Relation>{{0, -1, 0, 2, 0}, {-1, 0, -1, 0, 1}}));
}

TEST(Relations, AreRelativeToWhatAColumnIsMadeOf) {
  // A sum that cancels to rounding is 0, a small one is not.
  Columns columns{{1e-17, -1e-17}, {1e-17, 2e-17}}, sizes{{1, 1}, {1e-17, 2e-17}};
  EXPECT_EQ(relationsAmong(columns, sizes, 1e-9), (std::vector<Relation>{{1, 0}}));
}

TEST(Relations, WithoutSmallIntegersAreNone) {
  Columns columns{{1, 2, 3}, {M_PI, 2 * M_PI, 3 * M_PI}};
  EXPECT_TRUE(relationsAmong(columns, absolute(columns), 1e-9).empty());
}

} // namespace

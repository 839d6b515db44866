// Exact numbers: identities that floating point only approaches.
#include "Symmetry/Exact.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

using namespace nn::symmetry;

static Exact root(int64_t num, int64_t den = 1) { return *Exact::sqrt(Rational(num, den)); }

TEST(Exact, squaresOfRootsAreTheRationals) {
  for (int64_t d = 1; d <= 60; ++d) {
    EXPECT_EQ(root(d) * root(d), Exact(d)) << d;
    EXPECT_NEAR(root(d).toDouble(), std::sqrt(double(d)), 1e-12) << d;
  }
  EXPECT_EQ(root(3, 4), root(3) / Exact(2));
  EXPECT_EQ(root(2) * root(3), root(6));
  EXPECT_FALSE(root(2) == Exact(Rational(1414213562, 1000000000)));
  EXPECT_EQ(Exact::sqrt(Rational(-1)), std::nullopt);
}

TEST(Exact, rootsOfUnitySumToZero) {
  for (int64_t n = 2; n <= 30; ++n) {
    Exact sum;
    for (int64_t k = 0; k < n; ++k)
      sum = sum + Exact::rootOfUnity(n, k);
    EXPECT_TRUE(sum.isZero()) << n;
  }
}

TEST(Exact, cosinesAndSinesAreWhatTheyAreInRadicals) {
  EXPECT_EQ(Exact::cosine(1, 5), (root(5) - Exact(1)) / Exact(4));
  EXPECT_EQ(Exact::sine(1, 3), root(3) / Exact(2));
  EXPECT_EQ(Exact::cosine(1, 8), root(2) / Exact(2));
  for (int64_t n = 1; n <= 24; ++n)
    for (int64_t k = 0; k < n; ++k) {
      Exact c = Exact::cosine(k, n), s = Exact::sine(k, n);
      EXPECT_EQ(c * c + s * s, Exact(1)) << k << "/" << n;
      EXPECT_NEAR(s.toDouble(), std::sin(2 * std::numbers::pi * double(k) / double(n)), 1e-12);
    }
}

TEST(Exact, inversesUndoProducts) {
  Exact mixed = Exact(1) + root(2) + root(3);
  EXPECT_EQ(mixed * mixed.inverse(), Exact(1));
  Exact zeta = Exact(2) + Exact::rootOfUnity(7) + Exact::rootOfUnity(7, 3);
  EXPECT_EQ(zeta.inverse() * zeta, Exact(1));
  EXPECT_TRUE(Exact(0).inverse().isTooLarge());
}

TEST(Exact, readsAsItIsWritten) {
  EXPECT_EQ(Exact(Rational(-1, 2)).text(), "-1/2");
  EXPECT_EQ((root(2) / Exact(2)).text(), "sqrt(2) / 2");
  EXPECT_EQ((-root(3) / Exact(2)).text(), "-sqrt(3) / 2");
  EXPECT_EQ((root(12) / Exact(5)).text(), "2 * sqrt(3) / 5");
  EXPECT_EQ(((root(5) + Exact(1)) / Exact(2)).text(), "1/2 + sqrt(5) / 2");
  EXPECT_EQ(Exact::cosine(1, 7).text(), "cos(2 * pi / 7)");
  EXPECT_EQ(Exact::cosine(1, 5).text(), "cos(2 * pi / 5)");
}

TEST(Exact, saysWhenItNoLongerFits) {
  Exact large(int64_t(1) << 62);
  EXPECT_FALSE(large.isTooLarge());
  EXPECT_TRUE((large * large).isTooLarge());
  EXPECT_TRUE((large + large).isTooLarge());
  EXPECT_FALSE(large * large == large * large);
  EXPECT_TRUE((large * large - large * large + root(2)).isTooLarge());
}

TEST(Exact, theImageModuloAPrimeIsAHomomorphism) {
  PrimeField field(120, 0);
  EXPECT_EQ(field.prime() % 120, 1u);
  auto image = [&](const Exact &value) { return *value.modulo(field); };
  Exact a = root(2) + Exact::cosine(1, 5), b = root(3) / Exact(7);
  EXPECT_EQ(image(a * b), field.multiply(image(a), image(b)));
  EXPECT_EQ(image(a + b), field.add(image(a), image(b)));
  EXPECT_EQ(field.multiply(image(root(6)), image(root(6))), 6u);
  EXPECT_NE(PrimeField(120, 1).prime(), field.prime());
}

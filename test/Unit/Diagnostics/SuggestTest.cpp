// Which name a misspelled one is taken to mean.
#include "Diagnostics/Diagnostics.h"
#include <gtest/gtest.h>

using namespace nn;

static const std::vector<std::string> names = {"relu", "softmax", "dense", "dropout", "flatten", "cross_entropy", "x"};

TEST(Closest, findsOneSlip) {
  EXPECT_EQ(closest("rleu", names), "relu");
  EXPECT_EQ(closest("Relu", names), "relu");
  EXPECT_EQ(closest("sofmax", names), "softmax");
  EXPECT_EQ(closest("flattten", names), "flatten");
  EXPECT_EQ(closest("crossentropy", names), "cross_entropy");
  EXPECT_EQ(closest("X", names), "x");
}

TEST(Closest, staysSilentWhenNothingIsNear) {
  EXPECT_EQ(closest("attention", names), std::nullopt);
  EXPECT_EQ(closest("y", names), std::nullopt);
  EXPECT_EQ(closest("", names), std::nullopt);
}

TEST(Closest, prefersTheNearest) { EXPECT_EQ(closest("dens", {"tense", "dense", "denser"}), "dense"); }

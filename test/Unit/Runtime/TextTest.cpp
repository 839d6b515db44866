/// Formatting, parsing, suggestions.
#include "core/Text.h"

#include <gtest/gtest.h>

using namespace nnrt;

TEST(Text, FormatsBeyondItsBuffer) {
  std::string longText(1000, 'x');
  EXPECT_EQ(format("<%s>", longText.c_str()), "<" + longText + ">");
}

TEST(Text, ParsesWholeNumbersOnly) {
  int64_t whole;
  double number;
  EXPECT_TRUE(parseInteger("-12", whole) && whole == -12);
  for (const char *bad : {"", " 1", "1 ", "1.5", "1e3", "99999999999999999999", "x", "+1"})
    EXPECT_FALSE(parseInteger(bad, whole)) << bad;
  EXPECT_TRUE(parseNumber("1e-3", number) && number == 1e-3);
  for (const char *bad : {"", " 1", "1x", "abc"})
    EXPECT_FALSE(parseNumber(bad, number)) << bad;
}

TEST(Text, ShortestIsExactForFloats) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(double(0.1f)), "0.1");
  EXPECT_EQ(shortest(16777216), "16777216");
  for (float value : {1.0f / 3, 3.14159274f, 1e-30f, 123456.789f})
    EXPECT_EQ(strtof(shortest(double(value)).c_str(), nullptr), value);
}

TEST(Text, Units) {
  EXPECT_EQ(withThousands(1234567), "1,234,567");
  EXPECT_EQ(withThousands(-123), "-123");
  EXPECT_EQ(withThousands(999), "999");
  EXPECT_EQ(humanBytes(999), "999 bytes");
  EXPECT_EQ(humanBytes(2441520), "2.4 MB");
  EXPECT_EQ(humanSeconds(5.12), "5.1 s");
  EXPECT_EQ(humanSeconds(125), "2 min 05 s");
  EXPECT_EQ(humanSeconds(3785), "1 h 03 min");
}

TEST(Text, NearestNeedsLikeness) {
  std::vector<std::string> words = {"train", "eval", "predict", "info"};
  EXPECT_EQ(nearest("trian", words), "train");
  EXPECT_EQ(nearest("prdict", words), "predict");
  EXPECT_EQ(nearest("Eval", words), "eval");
  EXPECT_EQ(nearest("zzz", words), "");
}

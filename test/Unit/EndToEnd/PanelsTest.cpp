// Matrices that contractions read often enough to copy them into panels: compiled and interpreted programs agree,
// derivatives included, for rows that fill no register tile and columns that make panels or do not.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

static bool agreesWith(int inputs, int outputs) {
  std::string i = std::to_string(inputs), o = std::to_string(outputs);
  std::string operands = "x: f64[1030, " + i + "], w: f64[" + i + ", " + o + "]";
  Trial trial;
  trial.batches = {{0, 0}};
  return agrees(R"(
fn there(x: real[rows, n], w: real[n, m]) -> real[rows, m] {
  y[r, o] = sum[i] x[r, i] * w[i, o]
  y
}
fn andBack(x: real[rows, n], w: real[n, m]) -> real[rows, n] {
  y = tanh(there(x, w))
  z[r, i] = sum[o] y[r, o] * w[i, o]
  z
}
command values()" + operands +
                    R"() = andBack(x, w)
command slopes()" + operands +
                    R"() {
  loss = sum(andBack(x, w) * x)
  (x: grad(loss, x), w: grad(loss, w))
}
)",
                trial);
}

TEST(Panels, Of64) { EXPECT_TRUE(agreesWith(64, 128)); }

TEST(Panels, Of32) { EXPECT_TRUE(agreesWith(96, 70)); }

TEST(Panels, OddColumns) { EXPECT_TRUE(agreesWith(67, 75)); }

// Programs that once meant something else compiled than interpreted, or did not compile, each as small as it gets.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

TEST(Fixed, RowsBehindASliceAreZeroInItsGradient) {
  EXPECT_TRUE(agrees(R"(
command c(a: f64[7], q: f64[4]) {
  y[i < 4] = a[i] * 2 + a[6 - i] ^ 2
  total = sum(q * y)
  grad(total, a)
}
)"));
}

TEST(Fixed, AMapThatLeavesCellsIsNotReadThrough) {
  EXPECT_TRUE(agrees(R"(
command c(a: f64[7], q: f64[1]) {
  y[i < 1] = a[2 + 3 * i] ^ 2 + a[i]
  total = sum(q * y)
  grad(total, a)
}
)"));
}

TEST(Fixed, APlaceBehindTheBoxIsNotTheOnlyOneRead) {
  EXPECT_TRUE(agrees(R"(
command c(a: f64[7], q: f64[4]) {
  y[i < 4] = a[i] ^ 2
  total = sum(q * y)
  g = grad(total, a)
  (first: g[1] * 2, last: g[5] * 2)
}
)"));
}

TEST(Fixed, WindowsThatDoNotOverlapStay) {
  EXPECT_TRUE(agrees(R"(
command c(x: f64[8, 5], t: index(7)[5], q: f64[2, 1, 9]) {
  y[i < 2, j < 1, k < 9] = x[t[j] + 1, j] / (1 + x[(k + 2) % 8, 2 + 2 * j + i] ^ 2)
  total = sum(q * y)
  grad(total, x)
}
)"));
}

TEST(Fixed, AProductOfWhatAGatherReadsHasAGradient) {
  EXPECT_TRUE(agrees(R"(
command c(x: f64[5], t: index(5)[4]) {
  y = prod[i] (1 + 0.25 * tanh(x[t[i]]))
  grad(y, x)
}
)"));
}

TEST(Fixed, NumbersAdaptToTheFloatsOfTheirFunction) {
  EXPECT_TRUE(agrees(R"(
fn blend(a: real, b: real) -> real = tanh(a) * b + 0.5
model Scaled(x: f64[n]) -> f64[n] {
  param a: f64 ~ normal(0, 1)
  y[i] = a * x[i] + 0.25 * (i - 1)
  y
}
command scaled(x: f64[5]) = Scaled(x)
command blended(x: f64[5]) {
  y[i] = x[i] * (0.5 * (i + 1)) + blend(2, x[i]) + blend(0.5, i)
  y
}
)"));
}

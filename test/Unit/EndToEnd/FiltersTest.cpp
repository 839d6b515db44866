// Windows of three that are summed by minimal filtering: compiled and interpreted programs agree, derivatives included.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

TEST(Filters, AlongOneAxis) {
  Trial trial;
  trial.batches = {{0, 0}};
  EXPECT_TRUE(agrees(R"(
fn filtered(x: real[rows, from, n], w: real[to, from, 3]) -> real[rows, to, n] {
  z[b, c, i < n + 2] = if i >= 1 and i < n + 1 then x[b, c, i - 1] else 0
  y[b, o, i < n] = sum[c, u] w[o, c, u] * z[b, c, i + u]
  y
}
command values(x: f64[6, 256, 64], w: f64[256, 256, 3]) = filtered(x, w)
command slopes(x: f64[6, 256, 64], w: f64[256, 256, 3]) {
  loss = sum(filtered(x, w) * filtered(x, w))
  (x: grad(loss, x), w: grad(loss, w))
}
)",
                     trial));
}

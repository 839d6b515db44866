// Attention with all kinds of masks, long enough that its scores are computed by stripes: compiled and interpreted it
// agrees, derivatives included.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

namespace {

/// Heads over 130 places of width 4, and the gradients of all operands.
struct Attention {
  std::string seen = "s[a, i, j]"; ///< what becomes of scores
  std::string key = "k[a, j, c]";
  std::string rows = "p[a, i] = softmax(seen[a, i])";
  bool slopes = true;

  bool agrees() const {
    std::string operands = "q: f64[2, 130, 4], k: f64[2, 130, 4], v: f64[2, 130, 4], bias: f64[2, 260]";
    std::string text = R"(
fn attend(q: real[h, t, d], k: real[h, t, d], v: real[h, t, d], bias: real[h, n]) -> real[h, t, d] {
  s[a, i, j] = (sum[c] q[a, i, c] * )" +
                       key + R"() / sqrt(d)
  seen[a, i, j] = )" + seen +
                       "\n  " + rows +
                       R"(
  y[a, i, c] = sum[j] p[a, i, j] * v[a, j, c]
  y
}
command values()" + operands +
                       ") = attend(q, k, v, bias)\n";
    if (slopes)
      text += "command slopes(" + operands + R"(, w: f64[2, 130, 4]) {
  loss = sum(attend(q, k, v, bias) * w)
  (q: grad(loss, q), k: grad(loss, k), v: grad(loss, v), bias: grad(loss, bias))
}
)";
    Trial trial;
    trial.batches = {{0, 0}, {2, 1}};
    return nn::test::agrees(text, trial);
  }
};

} // namespace

TEST(Attention, SeesAll) { EXPECT_TRUE(Attention{}.agrees()); }

TEST(Attention, IsCausal) { EXPECT_TRUE(Attention{"if j > i then -inf else s[a, i, j]"}.agrees()); }

TEST(Attention, LooksAhead) { EXPECT_TRUE(Attention{"if j >= i then s[a, i, j] else -inf"}.agrees()); }

TEST(Attention, SeesABand) {
  EXPECT_TRUE(Attention{"if j <= i and i - j < 40 then s[a, i, j] else -inf"}.agrees());
  EXPECT_TRUE(Attention{"if i - j > 25 or j - i > 3 then -inf else s[a, i, j]"}.agrees());
}

TEST(Attention, SeesBlocks) {
  EXPECT_TRUE(Attention{"if div(j, 32) <= div(i, 32) then s[a, i, j] else -inf"}.agrees());
}

TEST(Attention, SeesEverySecond) { EXPECT_TRUE(Attention{"if 2 * j <= i then s[a, i, j] else -inf"}.agrees()); }

/// The mask leaves nothing of the first row, whose softmax is NaN, as that of the interpreter is.
TEST(Attention, HasRowsWithoutPlaces) {
  Attention strict{"if j < i then s[a, i, j] else -inf"};
  strict.slopes = false;
  EXPECT_TRUE(strict.agrees());
}

TEST(Attention, AddsABiasOfDistance) {
  EXPECT_TRUE(Attention{"if j > i then -inf else s[a, i, j] + bias[a, i - j + 129]"}.agrees());
  EXPECT_TRUE(Attention{"(if j > i then -inf else s[a, i, j]) + bias[a, j - i + 129]"}.agrees());
}

TEST(Attention, SharesKeys) {
  EXPECT_TRUE((Attention{"if j > i then -inf else s[a, i, j]", "k[div(a, 2), j, c]"}.agrees()));
}

TEST(Attention, WritesItsSoftmaxByHand) {
  EXPECT_TRUE((Attention{"s[a, i, j]", "k[a, j, c]", R"(e[a, i, j] = if j <= i then exp(seen[a, i, j]) else 0
  p[a, i, j] = e[a, i, j] / sum[l] e[a, i, l])"})
                  .agrees());
  EXPECT_TRUE((Attention{"if j > i then -inf else s[a, i, j]", "k[a, j, c]", R"(m[a, i] = max[j] seen[a, i, j]
  e[a, i, j] = exp(seen[a, i, j] - m[a, i])
  p[a, i, j] = e[a, i, j] / sum[l] e[a, i, l])"})
                  .agrees());
}

TEST(Attention, HasNoSoftmax) {
  EXPECT_TRUE((Attention{"s[a, i, j]", "k[a, j, c]", "p[a, i, j] = if j <= i then seen[a, i, j] ^ 2 else 0"}).agrees());
}

TEST(Attention, NormalizesColumns) {
  EXPECT_TRUE((Attention{"if j > i then -inf else s[a, i, j]", "k[a, j, c]", R"(z[a, j] = logsumexp[i] seen[a, i, j]
  p[a, i, j] = exp(seen[a, i, j] - z[a, j]))"})
                  .agrees());
}

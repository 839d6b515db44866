// What recipes say beside a loss and an optimizer: examples coupled inside equations, objectives at other parameters,
// augmentation, constraints. Interpreted and compiled they agree.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

/// Full and partial batches, a few steps in a row; draws of the recipe are fields, so that rows behind the valid ones
/// are poisoned.
static Trial training(int64_t rows = 7) {
  Trial trial;
  trial.batches = {{rows, rows}, {rows, 3}};
  trial.drawsAreFields = true;
  trial.steps = 3;
  return trial;
}

TEST(Recipes, CoupleExamplesInsideEquations) {
  EXPECT_TRUE(agrees(R"(
model Net(x: f64[3]) -> f64[2] {
  h = x |> dense(2) |> tanh
  3 * h
}
train Net {
  x: f64[3] ~ normal(0, 1)
  rho[k] = mean[b] batch(Net.h(x))[b, k]
  cross[i, j] = mean[b] batch(x[i] * x[j])[b]
  powers[i, k < 2] = sum[b] batch(x[i] ^ k * x)[b, i]
  minimize sum(Net(x) ^ 2) + sum(rho ^ 2) + sum(cross * batch(cross)[example]) + sum(powers)
  using gd(lr: 0.1)
  for 3 steps in batches of 7
}
)",
                     training()));
}

TEST(Recipes, MixWithTheNextExample) {
  EXPECT_TRUE(agrees(R"(
model Net(x: f64[3]) -> f64[2] = x |> dense(2) |> tanh
fn next(x: real[n]) -> real[n] {
  X = batch(x)
  X[(example + 1) % batch_size]
}
train Net {
  x: f64[3] ~ normal(0, 1)
  share: f64 ~ uniform(0, 1)
  partner = (example + 1) % batch_size
  y = share * x + (1 - share) * batch(x)[partner]
  minimize sum(Net(y) ^ 2) + sum(next(Net(x)) * Net(y)) + sum(batch(x)[if x[0] > 0 then example else partner, 1])
  using gd(lr: 0.1)
  for 3 steps in batches of 7
}
)",
                     training()));
}

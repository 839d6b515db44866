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

/// A recipe over f64 draws with a model of a few weights, trained by what `rest` says.
static std::string recipe(const std::string &rest) {
  return R"(
model Net(x: f64[3]) -> f64 {
  y = x |> dense(2) |> tanh |> dropout(0.25) |> dense(1)
  y[0]
}
)" + rest;
}

TEST(Recipes, TakeTheObjectiveAtOtherParameters) {
  EXPECT_TRUE(agrees(recipe(R"(
optimizer probing(lr: f64)(w, g, t, objective) {
  state best: like w = 0
  a = objective(w)
  b = objective(w - lr * g)
  v = w - 2 * lr * g
  c = objective(v)
  update best = if c < b then v else w
  h = grad(c, v)
  if b < a then w - lr * h - 0.01 * best else 0.5 * w
}
train Net {
  x: f64[3] ~ normal(0, 1)
  minimize (Net(x) - x[0]) ^ 2 + mean(batch(Net(x)))
  using probing(0.1)
  for 3 steps in batches of 7
}
)"),
                     training()));
}

TEST(Recipes, TheObjectiveHasTheDrawsOfItsStep) {
  // If the masks of dropout differed, the objective at the same parameters would.
  EXPECT_TRUE(agrees(recipe(R"(
optimizer same(lr: f64)(w, g, t, objective) {
  again = iterate(0.0, a => a + objective(w), at_most: 3)
  w - lr * (1 + abs(again / 3 - objective(w))) * g
}
train Net {
  x: f64[3] ~ normal(0, 1)
  minimize (Net(x) - x[0]) ^ 2
  using same(0.1)
  for 3 steps in batches of 7
}
)"),
                     training()));
}

TEST(Recipes, SearchAlongALine) {
  for (const char *optimizer : {"steepest_descent", "steepest_descent(search: exact)", "lbfgs(3, search: backtracking)",
                                "lbfgs(2)", "substeps(0.1, count: 3)", "gradient_flow(0.1, count: 2)"})
    EXPECT_TRUE(agrees(recipe(std::string(R"(
train Net {
  x: f64[3] ~ normal(0, 1)
  minimize (Net(x) - x[0]) ^ 2
  for 3 steps in batches of 7
  using )") + optimizer + "\n}\n"),
                       training()))
        << optimizer;
}

TEST(Recipes, KeepToConstraints) {
  EXPECT_TRUE(agrees(R"(
model net(x: f64[3]) -> f64 {
  param a: f64[3]    ~ normal(0, 1)
  param b: f64[2, 3] ~ normal(0, 1)
  param c: f64[3]    ~ normal(0, 1)
  sum(a * x) + sum(b @ x) ^ 2 + sum(c * x ^ 2)
}
train net {
  x: f64[3] ~ normal(0, 1)
  minimize (net(x) - x[0]) ^ 2 subject to norm(net.a) <= 0.5
  subject to all[i] (norm(net.b[i]) <= 0.3) and net.c >= 0
  subject to all(net.c <= [0.1, 0.2, 0.3])
  subject to sum(net.a) == 0.25 and net.c[0] + net.b[0, 0] <= 0.2
  using adam(0.1)
  for 3 steps in batches of 7
}
)",
                     training()));
}

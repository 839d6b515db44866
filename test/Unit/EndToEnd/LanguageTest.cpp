// Constructs of the language, each on its own: compiled and interpreted they agree, derivatives included.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

TEST(Language, PadsInEveryMode) {
  EXPECT_TRUE(agrees(R"(
command zero(x: f64[3, 2]) = pad(x, by: [2, 1])
command wrapped(x: f64[3]) = pad(x, by: 4, mode: wrap)
command reflected(x: f64[4, 3]) = pad(x, by: [3, 2], mode: reflect)
command repeated(x: f64[3]) = pad(x, by: [[1, 5]], mode: edge)
command computed(x: f64[3]) = pad(exp(x) + 1, by: 1)
command whole(n: index(7)[3]) = pad(n, by: 2)
)"));
}

TEST(Language, ComputesConstantsInTheTypeOfTheirPlace) {
  EXPECT_TRUE(agrees(R"(
A = [[3.0, 1.0], [1.0, 2.0]]
w = [0.1, -2.0]
grid[i < 3, j < 2] = sin(i / 3 - j)
b = A @ w
square: f64[2, 2] = A @ A
command wide(x: f64[2]) = (b: b * x, g: grid, s: square)
command narrow(x: f32[2]) = b + x
command slope(x: f64[2]) {
  y = sum((A @ x - b) ^ 2)
  grad(y, x)
}
)"));
}

TEST(Language, FlattensRecords) {
  EXPECT_TRUE(agrees(R"(
command whole(x: f64[2, 3], y: f64[4], z: f64) = flat((a: x, b: (c: y, d: z)))
command squares(x: f64[2, 3], y: f64[4]) {
  v = flat((x, y))
  s = sum(v ^ 3)
  (x: grad(s, x), y: grad(s, y))
}
)"));
}

TEST(Language, PaddingHasDerivatives) {
  EXPECT_TRUE(agrees(R"(
fn smoothed(x: real[n], k: real[3]) -> real[n] {
  p = pad(x, by: 1)
  y[i] = sum[a] p[i + a] * k[a]
  y
}
command zero(x: f64[5], k: f64[3], q: f64[5]) {
  y = sum(q * smoothed(x, k) ^ 2)
  (x: grad(y, x), k: grad(y, k))
}
command modes(x: f64[4], q: f64[8]) {
  a = sum(q * pad(x, by: 2, mode: wrap) ^ 2)
  b = sum(q * pad(x, by: 2, mode: reflect) ^ 2)
  c = sum(q * pad(x, by: 2, mode: edge) ^ 2)
  (a: grad(a, x), b: grad(b, x), c: grad(c, x))
}
)"));
}

TEST(Language, HasSecondDerivatives) {
  EXPECT_TRUE(agrees(R"(
command curvature(x: f64[3], v: f64[3]) {
  y = x[0] ^ 2 * sin(x[1]) + exp(x[2] * x[0])
  (h: hessian(y, x), l: laplacian(y, x), p: hvp(y, x, v))
}
command scalar(t: f64) {
  y = sin(t) ^ 3
  (h: hessian(y, t), l: laplacian(y, t))
}
command matrix(x: f64[2, 2]) {
  y = sum(x @ x)
  (h: hessian(y, x), l: laplacian(y ^ 2, x))
}
)"));
}

TEST(Language, LetsFunctionsGiveTheirDerivatives) {
  EXPECT_TRUE(agrees(R"(
fn soft(k: f32 = 1.0)(x: real) -> real {
  derivative x = sigmoid(k * x)
  log(1 + exp(k * x)) / k
}
fn skewed(a: real, b: real) -> real {
  derivative a = 3 * b
  derivative b = a ^ 2
  a * b
}
command first(x: f64[4], q: f64[4]) {
  y = sum(q * soft(2.0)(x))
  (y: y, g: grad(y, x), h: hessian(y, x))
}
command two(a: f64[3], b: f64[3]) {
  y = sum(skewed(sin(a), b) ^ 2)
  (a: grad(y, a), b: grad(y, b), m: jvp(y, a, b))
}
)"));
}

TEST(Language, StacksCopiesWithParametersOfTheirOwn) {
  Trial trial;
  trial.batches = {{7, 7}};
  trial.steps = 2;
  trial.drawsAreFields = true;
  EXPECT_TRUE(agrees(R"(
model layer(out: int)(x: f64[n]) -> f64[out] {
  param W: f64[out, n] ~ glorot_uniform
  W @ x
}
model committee = copies(3, layer(2))
model growing = copies(2, k => layer(3))
train committee {
  x: f64[4] ~ normal(0, 1)
  y = committee(x)
  minimize sum(y ^ 2) + sum(y[0] * y[1]) + sum(growing(x)) ^ 2
  using gd(0.1)
  for 2 steps in batches of 7
  report sum(y[2])
}
command outputs(x: f64[4]) = (c: committee(x), g: growing(x))
)",
                     trial));
}

TEST(Language, LooksInsideModels) {
  Trial trial;
  trial.batches = {{7, 7}};
  trial.steps = 2;
  trial.drawsAreFields = true;
  EXPECT_TRUE(agrees(R"(
model Counted(x: f64[3]) -> f64[3] {
  state seen: f64 = 0
  update seen = seen + 1
  x + 0.1 * seen
}
model Net(x: f64[3]) -> f64 {
  param w: f64[3] ~ normal(0, 1)
  state calls: f64 = 0
  update calls = calls + 1
  h = tanh(w * Counted(x))
  sum(h) + 0.1 * calls
}
train Net {
  x: f64[3] ~ normal(0, 1)
  minimize Net(x) ^ 2 + sum(Net.h(2 * x) ^ 2)
  using gd(0.1)
  for 2 steps in batches of 7
  report sum(Net.h(x))
}
)",
                     trial));
}

TEST(Language, NamesTypes) {
  EXPECT_TRUE(agrees(R"(
type Vector[n] = f64[n]
type Pair[n, m] = (a: Vector[n], b: f64[2 * n, m])
fn joined(p: Pair[n, k]) -> f64[n, k] {
  y[i, j] = p.a[i] * p.b[2 * i + 1, j]
  y
}
command f(x: Vector[3], y: f64[6, 2]) = joined((a: x, b: y))
)"));
}

// rule: model.inside, type.named, fn.repeat

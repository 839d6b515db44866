// Loops: compiled, they are functions called turn by turn; they mean what the interpreter says, derivatives included.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

TEST(Loops, ScansStackTheirStates) {
  EXPECT_TRUE(agrees(R"(
fn sums(x: real[n]) -> real[n] = scan(0, x, (s, v) => s + v)
command alone(x: f64[5]) = sums(x)
command tensors(a: f64[3], x: f64[4, 3], shared_w: f64[3, 3]) = scan(a, x, (s, v) => tanh(shared_w @ s + v))
command records(x: f64[4], y: f64[4, 2]) {
  s = scan((p: 0.5, q: [1.0, 2.0]), (x, y), (s, v) => (p: s.p * v.0 + s.q[0], q: s.q * 0.5 + v.1 * s.p))
  (p: s.p, q: s.q)
}
command once(x: f64[1, 2]) = scan([0.0, 1.0], x, (s, v) => s * v + 1)
command counted(x: i32[6]) = scan(0, x, (s, v) => (2 * s + v) % 7)
)"));
}

TEST(Loops, IteratesEndWithTheirLastState) {
  EXPECT_TRUE(agrees(R"(
fn halved(x: real, turns: int) -> real = iterate(x, v => 0.5 * v + 0.25, at_most: turns)
command none(x: f64) = iterate(x, v => 2 * v, at_most: 0)
command one(x: f64) = iterate(x, v => 2 * v, at_most: 1)
command two(x: f64[3]) = iterate(x, v => sin(v), at_most: 2)
command three(x: f64) = iterate((a: x, b: x ^ 2), v => (a: v.b, b: v.a + 0.5), at_most: 3)
)"));
}

TEST(Loops, EachExampleEndsByItself) {
  EXPECT_TRUE(agrees(R"(
fn root(a: real) -> real = iterate(1.0, x => (x + a / x) / 2, at_most: 30, until: x => abs(x * x - a) < 1e-9 * a)
command roots(a: f64) = root(1 + a ^ 2)
command mapped(a: f64[5]) = root(1 + a ^ 2)
command turns(a: f64) {
  s = iterate((x: a, n: 0), s => (x: 0.5 * s.x, n: s.n + 1), at_most: 9, until: s => abs(s.x) < 0.1)
  s.n
}
)"));
}

TEST(Loops, HaveDerivatives) {
  EXPECT_TRUE(agrees(R"(
fn states(w: real[d, d], x: real[t, d]) -> real[t, d] = scan(zeros(d), x, (h, v) => tanh(w @ h + v))
command weights(shared_w: f64[3, 3], x: f64[4, 3], q: f64[4, 3]) {
  y = sum(q * states(shared_w, x))
  (w: grad(y, shared_w), x: grad(y, x))
}
command last(a: f64, x: f64[5]) {
  h = scan(a, x, (h, v) => h * v + sin(h))
  y = h[4] ^ 2 + h[1]
  (a: grad(y, a), x: grad(y, x))
}
command repeated(x: f64[3]) {
  y = sum(iterate(x, v => sin(v) + 0.1 * v ^ 2, at_most: 4))
  grad(y, x)
}
command along(x: f64[3], v: f64[3]) {
  y = iterate(x, u => sin(u) + 0.1 * u ^ 2, at_most: 4)
  jvp(y, x, v)
}
)"));
}

TEST(Loops, HaveSecondDerivatives) {
  EXPECT_TRUE(agrees(R"(
command curved(x: f64[3]) {
  h = scan(0.5, x, (h, v) => tanh(h * v) + v)
  y = sum(h ^ 2)
  hessian(y, x)
}
)"));
}

TEST(Loops, NestAndMap) {
  EXPECT_TRUE(agrees(R"(
fn sums(x: real[n]) -> real[n] = scan(0, x, (s, v) => s + v)
command inner(x: f64[3, 4]) = scan(zeros(4), x, (s, row) => sums(s * 0.5 + row))
command rows(x: f64[3, 4]) {
  y[i] = sums(x[i])
  y
}
command slopes(x: f64[3, 4]) {
  y = sum(scan(zeros(4), x, (s, row) => sums(s * 0.5 + row)) ^ 2)
  grad(y, x)
}
)"));
}

TEST(Loops, DrawAnewEachTurn) {
  Trial trial;
  trial.training = true;
  EXPECT_TRUE(agrees(R"(
command walk(x: f64[5]) = scan(0, x, (h, v) => h + dropout(0.5)(v))
command noisy(x: f64[2]) = iterate(x, v => {
  z: f64[2] ~ normal(0, 1)
  0.5 * v + z
}, at_most: 3)
command walked(x: f64[2]) = unroll(s => s[length(s) - 1], x, 3, y => {
  z: f64 ~ normal(0, 1)
  0.5 * y + z
})
)",
                     trial));
}

TEST(Loops, MakeSequencesLonger) {
  EXPECT_TRUE(agrees(R"(
fn mixed(x: real[t <= 4, 2]) -> real[t, 2] {
  y[i, k] = sin(sum[j < t where j <= i] x[j, k] * (1 + i - j)) + 0.1 * t
  y
}
fn smooth(x: real[t <= 4]) -> real = mean(sin(x)) + 0.1 * t
fn followed(x: real[n]) -> real[3] = unroll(smooth, x, 3, y => y)
fn three(x: real[3]) -> real = x[0] - 0.5 * x[1] * x[2]
command growing(x: f64[2, 2]) = unroll(mixed, x, 5, y => y)
command rows(x: f64[3, 2]) {
  y[b] = followed(x[b])
  y
}
command exact(x: f64[4]) = unroll(three, x, 4, y => tanh(y))
command slope(x: f64[2, 2]) {
  y = sum(unroll(mixed, x, 3, y => y) ^ 2)
  grad(y, x)
}
command classes(x: i32[3]) = unroll(s => 2 * s[length(s) - 1] + s[0], x, 4, y => y % 7, window: 2)
)"));
}

TEST(Loops, TrainInsideModels) {
  Trial trial;
  trial.batches = {{7, 7}, {7, 3}};
  trial.steps = 3;
  trial.drawsAreFields = true;
  EXPECT_TRUE(agrees(R"(
model Recurrent(x: f64[4, 2]) -> f64 {
  param W: f64[3, 3] ~ glorot_uniform
  param U: f64[3, 2] ~ glorot_uniform
  h = scan(zeros(3), x, (h, v) => tanh(W @ h + U @ v))
  sum(h[3]) + 0.1 * sum(h)
}
train Recurrent {
  x: f64[4, 2] ~ normal(0, 1)
  minimize (Recurrent(x) - x[0, 0]) ^ 2
  using adam(lr: 0.1)
  for 3 steps in batches of 7
}
)",
                     trial));
}

// rule: fn.loops

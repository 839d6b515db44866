// Linear algebra and transforms: compiled and interpreted, which share no algorithm, they agree, derivatives included.
#include "Harness.h"

#include <gtest/gtest.h>

using namespace nn::test;

TEST(Linear, RoutinesAgreeForEverySize) {
  EXPECT_TRUE(agrees(R"(
fn even(A: real[n, n]) -> real[n, n] = A + transpose(A)
fn definite(A: real[n, n]) -> real[n, n] = A @ transpose(A) + 2.0 * identity(n)
command one(A: f64[1, 1], b: f64[1]) = (x: solve(A, b), l: cholesky(definite(A)), e: eigenvalues(A), s: svd(A))
command two(A: f64[2, 2], b: f64[2, 3, 2]) = (x: solve(A, b), l: cholesky(definite(A)), v: eigenvectors(even(A)), s: svd(A))
command eight(A: f64[8, 8], b: f64[8]) = (
  x: solve(A, b), i: inverse(A), d: logdet(definite(A)), e: eigenvalues(even(A)), v: eigenvectors(even(A)), s: svd(A))
command high(A: f64[7, 3]) = svd(A)
command wide(A: f64[2, 6]) = svd(A)
command narrow(A: f32[5, 5], b: f32[5]) = (x: solve(definite(A), b), e: eigenvalues(even(A)), s: singular_values(A))
)"));
}

TEST(Linear, TransformsAgreeForEveryLength) {
  EXPECT_TRUE(agrees(R"(
command one(x: f64[1, 2]) = fft(x)
command two(x: f64[2, 2]) = (f: fft(x), i: ifft(x))
command seven(x: f64[7]) = (f: fft(x), half: rfft(x), back: irfft(7)(rfft(x)))
command twelve(x: f64[12, 2]) = (f: fft(x), i: ifft(x))
command prime(x: f64[67]) = (f: fft(x), half: rfft(x))
command many(x: f64[128, 2]) = fft(x)
command picture(x: f64[6, 5]) = (f: fft2(x), i: ifft2(fft2(x)))
command complexes(x: f64[3, 4, 2]) = fft2(x)
command narrow(x: f32[24]) = rfft(x)
)"));
}

TEST(Linear, OrdersAgree) {
  EXPECT_TRUE(agrees(R"(
command one(x: f64[1]) = (s: sort(x), p: argsort(x))
command ties(x: index(3)[9], y: f64[9]) {
  v[i] = y[x[i]]
  (s: sort(v), p: argsort(v), t: top(4, v))
}
command rows(x: f64[4, 7]) {
  s[i] = sort(x[i])
  s
}
command slope(x: f64[6], q: f64[6]) {
  y = sum(q * sort(x) ^ 2)
  (y: y, g: grad(y, x), t: jvp(sort(x), x, q))
}
)"));
}

TEST(Linear, SecondDerivativesAgree) {
  EXPECT_TRUE(agrees(R"(
fn definite(A: real[n, n]) -> real[n, n] = A @ transpose(A) + 2.0 * identity(n)
command system(A: f64[3, 3], b: f64[3]) {
  y = sum(solve(definite(A), b) ^ 2)
  (a: hessian(y, A), b: hessian(y, b))
}
command factor(A: f64[2, 2]) {
  y = sum(cholesky(definite(A)) ^ 3)
  hessian(y, A)
}
command values(A: f64[3, 3]) {
  y = sum(eigenvalues(A + transpose(A)) ^ 3)
  hessian(y, A)
}
command vectors(A: f64[3, 3], q: f64[3, 3]) {
  y = sum(q * eigenvectors(A + transpose(A)))
  hessian(y, A)
}
command singular(A: f64[3, 2]) {
  d = svd(A)
  y = sum(d.u ^ 3) + sum(d.v ^ 3) + sum(d.s ^ 2)
  hessian(y, A)
}
command spectrum(x: f64[6], q: f64[6, 2]) {
  y = sum(q * fft(x) ^ 3)
  (h: hessian(y, x), v: jacobian(fft(x), x))
}
)"));
}

TEST(Linear, BothModesAgree) {
  EXPECT_TRUE(agrees(R"(
command system(shared_A: f64[4, 4], b: f64[4, 2], v: f64[4, 2]) {
  x = solve(shared_A, b)
  (j: jacobian(x, b), t: jvp(x, b, v))
}
command values(A: f64[3, 3], v: f64[3, 3]) {
  S = A + transpose(A)
  w = eigenvalues(S)
  (reverse: jacobian(w, A), forward: jvp(w, A, v), vectors: jvp(eigenvectors(S), A, v))
}
command singular(A: f64[2, 4], v: f64[2, 4]) {
  d = svd(A)
  (u: jvp(d.u, A, v), s: jvp(d.s, A, v), v: jvp(d.v, A, v), ju: jacobian(d.u, A), jv: jacobian(d.v, A))
}
command tall(A: f64[4, 2], v: f64[4, 2]) {
  d = svd(A)
  (u: jvp(d.u, A, v), v: jvp(d.v, A, v), ju: jacobian(d.u, A))
}
command lower(A: f64[3, 3], v: f64[3, 3]) {
  L = cholesky(A @ transpose(A) + identity(3))
  (reverse: jacobian(L, A), forward: jvp(L, A, v))
}
)"));
}

TEST(Linear, SumsOverEqualValuesHaveDerivatives) {
  EXPECT_TRUE(agrees(R"(
command trace_of_powers(t: f64) {
  A = t * identity(3)
  w = eigenvalues(A)
  y = sum(w ^ 3)
  (y: y, g: grad(y, A), s: grad(y, t))
}
command nuclear_norm(t: f64) {
  A = exp(t) * identity(2)
  y = nuclear(A)
  (y: y, g: grad(y, A))
}
command orthogonal_one(t: f64) {
  R = [[cos(t), -sin(t)], [sin(t), cos(t)]]
  y = nuclear(R)
  grad(y, R)
}
)"));
}

TEST(Linear, BuiltFunctionsAgree) {
  EXPECT_TRUE(agrees(R"(
command exponential(A: f64[3, 3], b: f64[2, 2]) = (a: expm(A), large: expm(5.0 * b), zero: expm(0.0 * b))
command slope(A: f64[3, 3], q: f64[3, 3]) {
  y = sum(q * expm(2.0 * A))
  (y: y, g: grad(y, A))
}
command powers(A: f64[2, 2]) = (p: matrix_power(A, 13), q: matrix_power(A, 1), none: matrix_power(A, 0))
command components(x: f64[6, 3]) = pca(2)(x)
command ranks(A: f64[4, 3]) = (r: effective_rank(A), n: nuclear(A), s: spectral(A))
)"));
}

TEST(Linear, WorksInsideEquationsLoopsAndRecipes) {
  EXPECT_TRUE(agrees(R"(
command slices(A: f64[4, 3, 3], b: f64[4, 3], c: f64[5, 3]) {
  x[k] = solve(A[k], b[k])
  y[i, j] = solve(A[i], c[j])
  w[k] = singular_values(A[k])
  (x: x, y: y, w: w)
}
command turns(A: f64[3, 3]) = iterate(A, X => 0.5 * (X + inverse(X)), at_most: 3)
command newton(A: f64[2, 2], q: f64[2, 2]) {
  y = sum(q * iterate(A @ transpose(A) + identity(2), X => 0.5 * (X + solve(X, A)), at_most: 2))
  grad(y, A)
}
model Net(x: f64[3]) -> f64[3] {
  param W: f64[3, 3] ~ normal(0, 1)
  param b: f64[3] ~ normal(0, 1)
  solve(W @ transpose(W) + identity(3), x) + b
}
train Net {
  z: f64[3] ~ normal(0, 1)
  minimize sum((Net(z) - z) ^ 2) + 0.1 * nuclear(params(Net).0) + norm(fft(Net(z)))
  using adam(lr: 0.1)
  for 3 steps in batches of 7
}
)"));
}

TEST(Linear, DerivativesStandInsideOfEquations) {
  EXPECT_TRUE(agrees(R"(
model Net(x: f64[3]) -> f64 {
  param W: f64[4, 3] ~ normal(0, 1)
  param a: f64[4] ~ normal(0, 1)
  sum[j] a[j] * tanh(sum[i] W[j, i] * x[i])
}
command kernel(X: f64[5, 3]) = (all: ntk(Net, X, params(Net)), first: ntk(Net, X, params(Net).0))
command rows(X: f64[5, 3]) {
  J[k] = grad(Net(X[k]), params(Net).0)
  J
}
command pairs(X: f64[2, 3], Y: f64[4, 3]) {
  J[i, j] = grad(Net(X[i] + Y[j]), params(Net).1)
  J
}
command directions(X: f64[5, 3], w: f64[3], v: f64[3]) {
  t[k] = jvp(sum(tanh(w * X[k])), w, v)
  h[k] = jacobian(w * tanh(w * X[k]), w)
  (t: t, h: h)
}
)"));
}

TEST(Linear, ComputesAgainWhatRecomputeSays) {
  EXPECT_TRUE(agrees(R"(
model layer(width: int)(x: f64[4]) -> f64[4] {
  param W: f64[width, 4] ~ normal(0, 1)
  tanh(transpose(W) @ (W @ x))
}
model Deep(x: f64[4]) -> f64[4] = x |> repeat(3, recompute(layer(3)))
model Inner(x: f64[4]) -> f64[4] = x |> recompute(y => layer(2)(y) |> dropout(0.3) |> softmax) |> dense(4)
command value(x: f64[4]) = Deep(x)
command slope(x: f64[4], q: f64[4]) {
  y = sum(q * Deep(x))
  (y: y, x: grad(y, x), w: grad(y, params(Deep)))
}
command second(x: f64[4]) {
  y = sum(Deep(x) ^ 3)
  hessian(y, x)
}
command mapped(X: f64[3, 4]) {
  Y[k] = Deep(X[k])
  y = sum(Y ^ 2)
  grad(y, X)
}
command records(x: f64[4]) {
  r = recompute(v => (a: sin(v), b: sum(v ^ 2)))(x)
  y = sum(r.a) * r.b
  grad(y, x)
}
train Inner {
  z: f64[4] ~ normal(0, 1)
  minimize sum((Inner(z) - z) ^ 2)
  using adam(lr: 0.1)
  for 3 steps in batches of 7
}
)"));
}

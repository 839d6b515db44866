// Routines: each result is held against the law that defines it.
#include "noether/routines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

namespace {

using Numbers = std::vector<double>;

/// Runs a routine over slices, all at once or each by itself.
template <class Float>
std::vector<std::vector<Float>> run(nn_routine_code *code, int64_t rows, int64_t columns, int64_t workspace,
                                    const std::vector<Numbers> &inputs, const std::vector<size_t> &results,
                                    int64_t slices = 1, bool together = true) {
  nn_routine routine{std::is_same_v<Float, double> ? NN_F64 : NN_F32, rows, columns, "test.nn:1:1"};
  std::vector<std::vector<Float>> own, out;
  std::vector<void *> buffers;
  for (const Numbers &input : inputs)
    own.emplace_back(input.begin(), input.end());
  for (size_t size : results)
    out.emplace_back(size);
  for (auto &input : own)
    buffers.push_back(input.data());
  for (auto &result : out)
    buffers.push_back(result.data());
  std::vector<double> space(size_t(workspace) / 8 + 1);
  if (together)
    code(&routine, buffers.data(), 0, slices, space.data());
  for (int64_t slice = slices; !together && slice-- > 0;)
    code(&routine, buffers.data(), slice, slice + 1, space.data());
  return out;
}

Numbers randomNumbers(size_t count, unsigned seed) {
  std::mt19937 chance(seed);
  Numbers numbers(count);
  for (double &number : numbers)
    number = std::uniform_real_distribution<double>(-1, 1)(chance);
  return numbers;
}

Numbers symmetricMatrix(size_t n, unsigned seed) {
  Numbers a = randomNumbers(n * n, seed);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j)
      a[i * n + j] = a[j * n + i];
  return a;
}

/// `a b`, or `a^T b`.
Numbers product(const Numbers &a, const Numbers &b, size_t rows, size_t inner, size_t columns, bool turnA = false) {
  Numbers c(rows * columns);
  for (size_t i = 0; i < rows; ++i)
    for (size_t k = 0; k < inner; ++k)
      for (size_t j = 0; j < columns; ++j)
        c[i * columns + j] += (turnA ? a[k * rows + i] : a[i * inner + k]) * b[k * columns + j];
  return c;
}

double distance(const Numbers &a, const Numbers &b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::isnan(a[i]) || std::isnan(b[i]) ? INFINITY : std::fmax(largest, std::fabs(a[i] - b[i]));
  return largest;
}

Numbers identityMatrix(size_t n) {
  Numbers one(n * n);
  for (size_t i = 0; i < n; ++i)
    one[i * n + i] = 1;
  return one;
}

Numbers scaledColumns(Numbers a, const Numbers &s, size_t rows) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < s.size(); ++j)
      a[i * s.size() + j] *= s[j];
  return a;
}

void checkEigh(const Numbers &a, size_t n) {
  auto out = run<double>(nnrt_eigh, int64_t(n), int64_t(n), nnrt_eigh_workspace(int64_t(n)), {a}, {n, n * n});
  EXPECT_LT(distance(product(a, out[1], n, n, n), scaledColumns(out[1], out[0], n)), 1e-13 * double(n)) << n;
  EXPECT_LT(distance(product(out[1], out[1], n, n, n, true), identityMatrix(n)), 1e-13 * double(n)) << n;
  EXPECT_TRUE(std::is_sorted(out[0].begin(), out[0].end()));
}

TEST(Routines, EighDiagonalizes) {
  for (size_t n : {1, 2, 3, 4, 7, 16, 50})
    checkEigh(symmetricMatrix(n, unsigned(n)), n);
}

TEST(Routines, EighTakesEqualAndVanishingValues) {
  checkEigh(identityMatrix(5), 5);
  checkEigh(Numbers(16), 4);
  Numbers ones(36, 1);
  checkEigh(ones, 6);
  checkEigh({2, 0, 0, 0, 1e-200, 0, 0, 0, 2}, 3);
}

TEST(Routines, EighFixesSigns) {
  auto out = run<double>(nnrt_eigh, 2, 2, nnrt_eigh_workspace(2), {{2, 1, 1, 2}}, {2, 4});
  double root = std::sqrt(0.5);
  EXPECT_LT(distance(out[0], {1, 3}), 1e-15);
  EXPECT_LT(distance(out[1], {root, root, -root, root}), 1e-15);
}

void checkSvd(const Numbers &a, size_t m, size_t n) {
  size_t k = std::min(m, n);
  auto out =
      run<double>(nnrt_svd, int64_t(m), int64_t(n), nnrt_svd_workspace(int64_t(m), int64_t(n)), {a}, {m * k, k, n * k});
  Numbers turned(k * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < k; ++j)
      turned[j * n + i] = out[2][i * k + j];
  EXPECT_LT(distance(product(scaledColumns(out[0], out[1], m), turned, m, k, n), a), 1e-13 * double(m + n));
  EXPECT_LT(distance(product(out[0], out[0], k, m, k, true), identityMatrix(k)), 1e-13 * double(m + n));
  EXPECT_LT(distance(product(out[2], out[2], k, n, k, true), identityMatrix(k)), 1e-13 * double(m + n));
  EXPECT_TRUE(std::is_sorted(out[1].rbegin(), out[1].rend()));
  EXPECT_GE(out[1].back(), 0);
}

TEST(Routines, SvdTakesEveryShapeAndRank) {
  for (auto [m, n] : {std::pair<size_t, size_t>{1, 1}, {1, 5}, {6, 1}, {3, 3}, {9, 4}, {4, 9}, {30, 30}})
    checkSvd(randomNumbers(m * n, unsigned(m + n)), m, n);
  checkSvd(Numbers(12), 4, 3);
  Numbers low = product(randomNumbers(10, 1), randomNumbers(12, 2), 5, 2, 6);
  checkSvd(low, 5, 6);
  checkSvd({0, 1e-160, 1e-160, 0}, 2, 2);
}

TEST(Routines, SolveAndCholeskyInvertTheirProducts) {
  for (size_t n : {1, 2, 5, 40}) {
    Numbers a = randomNumbers(n * n, unsigned(n)), x = randomNumbers(3 * n, 7), b = product(a, x, n, n, 3);
    auto solved = run<double>(nnrt_solve, int64_t(n), 3, nnrt_solve_workspace(int64_t(n), 3), {a, b}, {3 * n});
    EXPECT_LT(distance(solved[0], x), 1e-10);
    Numbers gram = product(a, a, n, n, n, true);
    auto factor =
        run<double>(nnrt_cholesky, int64_t(n), int64_t(n), nnrt_cholesky_workspace(int64_t(n)), {gram}, {n * n});
    Numbers turned(n * n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        turned[j * n + i] = factor[0][i * n + j];
        EXPECT_TRUE(j <= i || factor[0][i * n + j] == 0);
      }
    EXPECT_LT(distance(product(factor[0], turned, n, n, n), gram), 1e-12);
  }
  // Rows change places where the pivot would be 0.
  auto swapped = run<double>(nnrt_solve, 2, 1, nnrt_solve_workspace(2, 1), {{0, 2, 4, 0}, {2, 4}}, {2});
  EXPECT_EQ(swapped[0], (Numbers{1, 1}));
}

/// The sum that defines a transform.
Numbers slowTransform(const Numbers &x, double sign) {
  size_t n = x.size() / 2;
  Numbers y(2 * n);
  for (size_t k = 0; k < n; ++k)
    for (size_t j = 0; j < n; ++j) {
      double angle = sign * 2 * M_PI * double(j * k % n) / double(n);
      y[2 * k] += x[2 * j] * std::cos(angle) - x[2 * j + 1] * std::sin(angle);
      y[2 * k + 1] += x[2 * j] * std::sin(angle) + x[2 * j + 1] * std::cos(angle);
    }
  return y;
}

TEST(Routines, FftIsTheSumOfEveryLength) {
  for (size_t n = 1; n <= 140; ++n) {
    Numbers x = randomNumbers(2 * n, unsigned(n));
    int64_t space = nnrt_fft_workspace(int64_t(n));
    auto forward = run<double>(nnrt_fft, int64_t(n), 2, space, {x}, {2 * n});
    auto backward = run<double>(nnrt_fft_inverse, int64_t(n), 2, space, {x}, {2 * n});
    EXPECT_LT(distance(forward[0], slowTransform(x, -1)), 1e-12) << n;
    EXPECT_LT(distance(backward[0], slowTransform(x, 1)), 1e-12) << n;
  }
}

TEST(Routines, FftOfLongSignalsComesBack) {
  for (size_t n : {size_t(1) << 16, size_t(30030), size_t(65537)}) {
    Numbers x = randomNumbers(2 * n, 3);
    int64_t space = nnrt_fft_workspace(int64_t(n));
    auto y = run<double>(nnrt_fft, int64_t(n), 2, space, {x}, {2 * n});
    auto z = run<double>(nnrt_fft_inverse, int64_t(n), 2, space, {y[0]}, {2 * n});
    for (double &number : z[0])
      number /= double(n);
    EXPECT_LT(distance(z[0], x), 1e-13) << n;
  }
}

TEST(Routines, OrderIsStableAndPutsNanLast) {
  nn_routine routine{NN_F64, 7, 1, ""};
  Numbers x = {2, NAN, -1, 2, -0.0, 0.0, -INFINITY};
  std::vector<int32_t> order(7);
  std::vector<double> space(size_t(nnrt_order_workspace(7)) / 8);
  void *buffers[] = {x.data(), order.data()};
  nnrt_order(&routine, buffers, 0, 1, space.data());
  EXPECT_EQ(order, (std::vector<int32_t>{6, 2, 4, 5, 0, 3, 1}));
}

TEST(Routines, GroupKeepsTheOrderOfPlacesAndLeavesOthersOut) {
  std::vector<int32_t> table = {2, 0, 5, 2, -1, 0, 2, 3, 3, 3, 3, 3, 3, 3}, first(10), places(14);
  nn_routine routine{NN_I32, 7, 4, ""};
  void *buffers[] = {table.data(), first.data(), places.data()};
  nnrt_group(&routine, buffers, 0, 2, nullptr);
  EXPECT_EQ(first, (std::vector<int32_t>{0, 2, 2, 5, 5, 0, 0, 0, 0, 7}));
  EXPECT_EQ(places, (std::vector<int32_t>{1, 5, 0, 3, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6}));
}

TEST(Routines, SlicesAreTheSameHoweverTheyAreShared) {
  Numbers a = randomNumbers(5 * 36, 4), x = randomNumbers(5 * 2 * 30, 5);
  for (size_t s = 0; s < 5; ++s)
    for (size_t i = 0; i < 6; ++i)
      for (size_t j = 0; j < i; ++j)
        a[s * 36 + i * 6 + j] = a[s * 36 + j * 6 + i];
  auto both = [&](nn_routine_code *code, int64_t rows, int64_t columns, int64_t space, const Numbers &input,
                  const std::vector<size_t> &results) {
    EXPECT_EQ(run<float>(code, rows, columns, space, {input}, results, 5, true),
              run<float>(code, rows, columns, space, {input}, results, 5, false));
  };
  both(nnrt_eigh, 6, 6, nnrt_eigh_workspace(6), a, {30, 180});
  both(nnrt_svd, 6, 6, nnrt_svd_workspace(6, 6), a, {180, 30, 180});
  both(nnrt_fft, 30, 2, nnrt_fft_workspace(30), x, {300});
}

TEST(Routines, FloatsKeepTheirPrecision) {
  Numbers a = symmetricMatrix(12, 9);
  for (double &number : a)
    number = double(float(number));
  auto narrow = run<float>(nnrt_eigh, 12, 12, nnrt_eigh_workspace(12), {a}, {12, 144});
  auto wide = run<double>(nnrt_eigh, 12, 12, nnrt_eigh_workspace(12), {a}, {12, 144});
  for (size_t i = 0; i < 144; ++i)
    EXPECT_EQ(narrow[1][i], float(wide[1][i]));
}

void expectFailure(const char *text, const std::vector<double> &result) {
  EXPECT_TRUE(std::all_of(result.begin(), result.end(), [](double x) { return std::isnan(x); }));
  const char *failure = nnrt_failure();
  ASSERT_TRUE(failure);
  EXPECT_STREQ(failure, text);
  EXPECT_FALSE(nnrt_failure()) << "a failure is told once";
}

TEST(Routines, WhatHasNoResultIsNanAndSaysWhy) {
  nnrt_failure();
  auto solved = run<double>(nnrt_solve, 2, 1, nnrt_solve_workspace(2, 1), {{1, 2, 2, 4}, {1, 1}}, {2});
  expectFailure("the matrix that `solve` gets at test.nn:1:1 is singular, to working precision", solved[0]);
  auto nearly =
      run<double>(nnrt_solve, 3, 1, nnrt_solve_workspace(3, 1), {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 1}}, {3});
  expectFailure("the matrix that `solve` gets at test.nn:1:1 is singular, to working precision", nearly[0]);
  auto lower = run<double>(nnrt_cholesky, 2, 2, nnrt_cholesky_workspace(2), {{1, 2, 2, 1}}, {4});
  expectFailure("the matrix that `cholesky` gets at test.nn:1:1 is not positive definite", lower[0]);
  auto crooked = run<double>(nnrt_cholesky, 2, 2, nnrt_cholesky_workspace(2), {{2, 1, 0, 2}}, {4});
  expectFailure("the matrix that `cholesky` gets at test.nn:1:1 is not symmetric", crooked[0]);
  auto values = run<double>(nnrt_eigh, 2, 2, nnrt_eigh_workspace(2), {{2, 1, 0, 2}}, {2, 4});
  expectFailure("the matrix that `eigenvalues` gets at test.nn:1:1 is not symmetric", values[0]);
}

TEST(Routines, NanStaysNanWithoutBlame) {
  nnrt_failure();
  auto values = run<double>(nnrt_eigh, 2, 2, nnrt_eigh_workspace(2), {{NAN, 1, 1, 2}}, {2, 4});
  EXPECT_TRUE(std::isnan(values[0][0]));
  auto solved = run<double>(nnrt_solve, 1, 1, nnrt_solve_workspace(1, 1), {{INFINITY}, {1}}, {1});
  EXPECT_TRUE(std::isnan(solved[0][0]));
  EXPECT_FALSE(nnrt_failure());
}

TEST(Routines, BadlyScaledRowsAreNotSingular) {
  auto solved = run<double>(nnrt_solve, 2, 1, nnrt_solve_workspace(2, 1), {{1, 0, 0, 1e-30}, {1, 1e-30}}, {2});
  EXPECT_EQ(solved[0], (Numbers{1, 1}));
}

} // namespace

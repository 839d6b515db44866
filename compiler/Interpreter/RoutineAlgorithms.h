// The algorithms behind routines, over doubles and dual numbers. Choices (pivots, orders, signs) follow the primal
// values; what follows them is arithmetic, so that tangents come along.
#pragma once

#include "Interpreter/Numbers.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace nn::interpreter {

template <class T> using Numeric = std::vector<T>;

template <class T> T square(const T &x) { return x * x; }
template <class T> T rootOf(const T &x) { return apply(Unary::sqrt, x); }
template <class T> Numeric<T> notNumbers(int64_t count) {
  return Numeric<T>(count, Numbers<T>::of(std::numeric_limits<double>::quiet_NaN()));
}

/// Gauss and Jordan: rows are eliminated above and below the pivot.
template <class T> Numeric<T> solveSystem(Numeric<T> a, Numeric<T> b, int64_t n, int64_t k) {
  for (int64_t step = 0; step < n; ++step) {
    int64_t pivot = step;
    for (int64_t i = step; i < n; ++i)
      if (std::fabs(primal(a[i * n + step])) > std::fabs(primal(a[pivot * n + step])))
        pivot = i;
    if (!(std::fabs(primal(a[pivot * n + step])) > 0))
      return notNumbers<T>(n * k);
    std::swap_ranges(a.begin() + pivot * n, a.begin() + (pivot + 1) * n, a.begin() + step * n);
    std::swap_ranges(b.begin() + pivot * k, b.begin() + (pivot + 1) * k, b.begin() + step * k);
    T scale = Numbers<T>::of(1) / a[step * n + step];
    for (int64_t j = 0; j < n; ++j)
      a[step * n + j] = a[step * n + j] * scale;
    for (int64_t j = 0; j < k; ++j)
      b[step * k + j] = b[step * k + j] * scale;
    for (int64_t i = 0; i < n; ++i) {
      if (i == step)
        continue;
      T factor = a[i * n + step];
      for (int64_t j = 0; j < n; ++j)
        a[i * n + j] = a[i * n + j] - factor * a[step * n + j];
      for (int64_t j = 0; j < k; ++j)
        b[i * k + j] = b[i * k + j] - factor * b[step * k + j];
    }
  }
  return b;
}

template <class T> Numeric<T> symmetricPart(const Numeric<T> &a, int64_t n) {
  Numeric<T> result(a);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      result[i * n + j] = Numbers<T>::of(0.5) * (a[i * n + j] + a[j * n + i]);
  return result;
}

/// Column by column of the factor; what is left of a is its Schur complement.
template <class T> Numeric<T> choleskyFactor(Numeric<T> a, int64_t n) {
  a = symmetricPart(a, n);
  Numeric<T> l(n * n, Numbers<T>::of(0));
  for (int64_t j = 0; j < n; ++j) {
    if (!(primal(a[j * n + j]) > 0))
      return notNumbers<T>(n * n);
    T root = rootOf(a[j * n + j]);
    for (int64_t i = j; i < n; ++i)
      l[i * n + j] = a[i * n + j] / root;
    for (int64_t i = j + 1; i < n; ++i)
      for (int64_t m = j + 1; m < n; ++m)
        a[i * n + m] = a[i * n + m] - l[i * n + j] * l[m * n + j];
  }
  return l;
}

/// The tangent of the angle that turns (x, c; c, y) into a diagonal matrix, smooth where x and y differ.
template <class T> T jacobiTangent(const T &x, const T &y, const T &c) {
  T gap = y - x, root = rootOf(square(gap) + Numbers<T>::of(4) * square(c));
  return Numbers<T>::of(2) * c / (primal(gap) < 0 ? gap - root : gap + root);
}

/// Turns the vectors a and b, whose elements lie `stride` apart.
template <class T> void turn(T *a, T *b, int64_t count, int64_t stride, const T &tangent) {
  T c = Numbers<T>::of(1) / rootOf(Numbers<T>::of(1) + square(tangent)), s = c * tangent;
  for (int64_t k = 0; k < count; ++k) {
    T x = a[k * stride], y = b[k * stride];
    a[k * stride] = c * x - s * y;
    b[k * stride] = s * x + c * y;
  }
}

/// Runs `sweep`, which gives how far things are from done, until it is nothing, and then once more for each level of
/// tangents.
template <class Sweep> void sweepUntilDone(int levels, Sweep sweep) {
  constexpr int most = 60;
  for (int step = 0; step < most && sweep() > 1e-17; ++step) {
  }
  for (int level = 0; level <= levels; ++level)
    sweep();
}

/// The negated number if the first entry of a vector of more than 0.3 of its largest magnitude is negative.
template <class T> void fixSign(T *vector, int64_t count, int64_t stride, T *other, int64_t otherCount) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i)
    largest = std::max(largest, std::fabs(primal(vector[i * stride])));
  for (int64_t i = 0; i < count; ++i) {
    double entry = primal(vector[i * stride]);
    if (std::fabs(entry) <= 0.3 * largest)
      continue;
    if (entry > 0)
      return;
    for (int64_t k = 0; k < count; ++k)
      vector[k * stride] = -vector[k * stride];
    for (int64_t k = 0; k < otherCount; ++k)
      other[k * stride] = -other[k * stride];
    return;
  }
}

/// Positions in the order of the primal values.
template <class T> std::vector<int64_t> orderOf(const Numeric<T> &x, bool descending) {
  std::vector<int64_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) {
    double a = primal(x[i]), b = primal(x[j]);
    return descending ? a > b : a < b || (std::isnan(b) && !std::isnan(a));
  });
  return order;
}

/// Two-sided Jacobi rotations (C. Jacobi, 1846): values, vectors.
template <class T> std::vector<Numeric<T>> eigenSystem(Numeric<T> a, int64_t n) {
  a = symmetricPart(a, n);
  Numeric<T> v(n * n, Numbers<T>::of(0)), values(n, Numbers<T>::of(0)), vectors(v);
  double norm = 0;
  for (int64_t i = 0; i < n; ++i)
    v[i * n + i] = Numbers<T>::of(1);
  for (const T &x : a)
    norm = std::max(norm, std::fabs(primal(x)));
  sweepUntilDone(Numbers<T>::depth, [&] {
    double off = 0;
    for (int64_t p = 0; p < n; ++p)
      for (int64_t q = p + 1; q < n; ++q) {
        T c = a[p * n + q];
        off = std::max(off, norm > 0 ? std::fabs(primal(c)) / norm : 0);
        if (isZero(c) || (primal(c) == 0 && primal(a[p * n + p]) == primal(a[q * n + q])))
          continue;
        T tangent = jacobiTangent(a[p * n + p], a[q * n + q], c);
        turn(&a[p], &a[q], n, n, tangent);
        turn(&a[p * n], &a[q * n], n, 1, tangent);
        turn(&v[p], &v[q], n, n, tangent);
      }
    return off;
  });
  for (int64_t i = 0; i < n; ++i)
    values[i] = a[i * n + i];
  Numeric<T> sorted;
  std::vector<int64_t> order = orderOf(values, /*descending=*/false);
  for (int64_t k = 0; k < n; ++k) {
    sorted.push_back(values[order[k]]);
    for (int64_t i = 0; i < n; ++i)
      vectors[i * n + k] = v[i * n + order[k]];
    fixSign<T>(&vectors[k], n, n, nullptr, 0);
  }
  return {sorted, vectors};
}

/// A unit vector that is orthogonal to the first k columns of u [rows, columns], into column k.
template <class T> void completeColumn(Numeric<T> &u, int64_t rows, int64_t columns, int64_t k) {
  int64_t axis = 0;
  double best = -1;
  for (int64_t i = 0; i < rows; ++i) {
    double left = 1;
    for (int64_t j = 0; j < k; ++j)
      left -= primal(u[i * columns + j]) * primal(u[i * columns + j]);
    if (left > best) {
      best = left;
      axis = i;
    }
  }
  std::vector<double> own(rows, 0);
  own[axis] = 1;
  for (int pass = 0; pass < 2; ++pass)
    for (int64_t j = 0; j < k; ++j) {
      double along = 0;
      for (int64_t i = 0; i < rows; ++i)
        along += own[i] * primal(u[i * columns + j]);
      for (int64_t i = 0; i < rows; ++i)
        own[i] -= along * primal(u[i * columns + j]);
    }
  double norm = 0;
  for (double x : own)
    norm += x * x;
  for (int64_t i = 0; i < rows; ++i)
    u[i * columns + k] = Numbers<T>::of(own[i] / std::sqrt(norm));
}

/// The columns of a [rows, columns], rows >= columns, made orthogonal by rotations: u, s, v.
template <class T> std::vector<Numeric<T>> singularSystem(Numeric<T> a, int64_t rows, int64_t columns) {
  Numeric<T> v(columns * columns, Numbers<T>::of(0)), norms, u(a.size(), Numbers<T>::of(0)), turned(v), s;
  for (int64_t i = 0; i < columns; ++i)
    v[i * columns + i] = Numbers<T>::of(1);
  double whole = 0;
  for (const T &x : a)
    whole += primal(x) * primal(x);
  auto dot = [&](int64_t p, int64_t q) {
    T sum = Numbers<T>::of(0);
    for (int64_t i = 0; i < rows; ++i)
      sum = sum + a[i * columns + p] * a[i * columns + q];
    return sum;
  };
  sweepUntilDone(Numbers<T>::depth, [&] {
    double off = 0;
    for (int64_t p = 0; p < columns; ++p)
      for (int64_t q = p + 1; q < columns; ++q) {
        T x = dot(p, p), y = dot(q, q), c = dot(p, q);
        double scale = std::sqrt(std::max(primal(x) * primal(y), whole * whole * 1e-32));
        off = std::max(off, scale > 0 ? std::fabs(primal(c)) / scale : 0);
        if (isZero(c) || (primal(c) == 0 && primal(x) == primal(y)))
          continue;
        T tangent = jacobiTangent(x, y, c);
        turn(&a[p], &a[q], rows, columns, tangent);
        turn(&v[p], &v[q], columns, columns, tangent);
      }
    return off;
  });
  for (int64_t k = 0; k < columns; ++k)
    norms.push_back(dot(k, k));
  std::vector<int64_t> order = orderOf(norms, /*descending=*/true);
  for (int64_t k = 0; k < columns; ++k) {
    bool vanishes = primal(norms[order[k]]) <= whole * 1e-28;
    s.push_back(vanishes ? Numbers<T>::of(std::sqrt(primal(norms[order[k]]))) : rootOf(norms[order[k]]));
    for (int64_t i = 0; i < columns; ++i)
      turned[i * columns + k] = v[i * columns + order[k]];
    if (vanishes)
      completeColumn(u, rows, columns, k);
    else
      for (int64_t i = 0; i < rows; ++i)
        u[i * columns + k] = a[i * columns + order[k]] / s[k];
  }
  return {u, s, turned};
}

template <class T> std::vector<Numeric<T>> singularValues(const Numeric<T> &a, int64_t rows, int64_t columns) {
  bool wide = rows < columns;
  Numeric<T> upright(a);
  for (int64_t i = 0; wide && i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      upright[j * rows + i] = a[i * columns + j];
  std::vector<Numeric<T>> usv = singularSystem(upright, std::max(rows, columns), std::min(rows, columns));
  if (wide)
    std::swap(usv[0], usv[2]);
  int64_t count = std::min(rows, columns);
  for (int64_t k = 0; k < count; ++k)
    fixSign<T>(&usv[0][k], rows, count, &usv[2][k], columns);
  return usv;
}

/// Halves as long as it goes, then the sum itself. Complex numbers `stride` apart.
template <class T> Numeric<T> transform(const T *x, int64_t n, int64_t stride, double sign) {
  Numeric<T> y(2 * n, Numbers<T>::of(0));
  auto addTurned = [&](int64_t to, const T &re, const T &im, double turns) {
    double angle = sign * 2 * 3.14159265358979323846 * turns;
    T c = Numbers<T>::of(std::cos(angle)), s = Numbers<T>::of(std::sin(angle));
    y[2 * to] = y[2 * to] + c * re - s * im;
    y[2 * to + 1] = y[2 * to + 1] + s * re + c * im;
  };
  if (n % 2 == 0) {
    Numeric<T> even = transform(x, n / 2, 2 * stride, sign), odd = transform(x + 2 * stride, n / 2, 2 * stride, sign);
    for (int64_t k = 0; k < n; ++k) {
      int64_t j = k % (n / 2);
      addTurned(k, even[2 * j], even[2 * j + 1], 0);
      addTurned(k, odd[2 * j], odd[2 * j + 1], double(k) / double(n));
    }
    return y;
  }
  for (int64_t k = 0; k < n; ++k)
    for (int64_t j = 0; j < n; ++j)
      addTurned(k, x[2 * j * stride], x[2 * j * stride + 1], double(j * k % n) / double(n));
  return y;
}

} // namespace nn::interpreter

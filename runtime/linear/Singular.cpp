/// The singular value decomposition by one-sided Jacobi rotations, which finds small values to full relative precision
/// (M. Hestenes, Inversion of matrices by biorthogonalization and related results, 1958; J. Demmel, K. Veselic,
/// Jacobi's method is more accurate than QR, 1992).
#include "linear/Slices.h"

#include <algorithm>

using namespace nnrt;

namespace {

/// `count` vectors of `length` >= `count` as the rows of w, which become orthogonal; the rows of t are the
/// coefficients.
class Jacobi {
public:
  Jacobi(double *w, double *t, double *s, int64_t count, int64_t length)
      : w(w), t(t), s(s), count(count), length(length) {}
  void run();

private:
  double *vector(int64_t i) { return w + i * length; }
  double *coefficients(int64_t i) { return t + i * count; }
  bool sweep(double negligible);
  static void rotate(double *a, double *b, int64_t size, double c, double sine);
  void sort();
  void complete(int64_t k);

  double *w, *t, *s;
  int64_t count, length;
};

} // namespace

void Jacobi::rotate(double *a, double *b, int64_t size, double c, double sine) {
  for (int64_t k = 0; k < size; ++k) {
    double x = a[k], y = b[k];
    a[k] = c * x - sine * y;
    b[k] = sine * x + c * y;
  }
}

/// Makes every pair of vectors orthogonal once. False if all were.
bool Jacobi::sweep(double negligible) {
  bool changed = false;
  for (int64_t p = 0; p < count; ++p)
    for (int64_t q = p + 1; q < count; ++q) {
      double *a = vector(p), *b = vector(q);
      double alpha = dot(a, a, length), beta = dot(b, b, length), gamma = dot(a, b, length);
      if (std::fabs(gamma) <= epsilon * std::sqrt(alpha) * std::sqrt(beta) || std::fabs(gamma) <= negligible)
        continue;
      double zeta = (beta - alpha) / (2 * gamma);
      double tangent = std::copysign(1, zeta) / (std::fabs(zeta) + std::sqrt(1 + zeta * zeta));
      double c = 1 / std::sqrt(1 + tangent * tangent);
      rotate(a, b, length, c, c * tangent);
      rotate(coefficients(p), coefficients(q), count, c, c * tangent);
      changed = true;
    }
  return changed;
}

/// Descending, by selection: vectors move as whole rows.
void Jacobi::sort() {
  for (int64_t i = 0; i < count; ++i) {
    int64_t most = i;
    for (int64_t j = i + 1; j < count; ++j)
      if (s[j] > s[most])
        most = j;
    if (most == i)
      continue;
    std::swap(s[i], s[most]);
    std::swap_ranges(vector(i), vector(i) + length, vector(most));
    std::swap_ranges(coefficients(i), coefficients(i) + count, coefficients(most));
  }
}

/// A unit vector that is orthogonal to the k before it, from the coordinate axis that they leave most of.
void Jacobi::complete(int64_t k) {
  double *own = vector(k), best = -1;
  int64_t axis = 0;
  for (int64_t i = 0; i < length; ++i) {
    double left = 1;
    for (int64_t j = 0; j < k; ++j)
      left -= vector(j)[i] * vector(j)[i];
    if (left > best) {
      best = left;
      axis = i;
    }
  }
  fill(own, length, 0);
  own[axis] = 1;
  for (int pass = 0; pass < 2; ++pass)
    for (int64_t j = 0; j < k; ++j)
      addScaled(own, -dot(own, vector(j), length), vector(j), length);
  double norm = std::sqrt(dot(own, own, length));
  for (int64_t i = 0; i < length; ++i)
    own[i] /= norm;
}

void Jacobi::run() {
  constexpr int mostSweeps = 60;
  fill(t, count * count, 0);
  for (int64_t i = 0; i < count; ++i)
    coefficients(i)[i] = 1;
  double whole = dot(w, w, count * length);
  for (int step = 0; step < mostSweeps && sweep(epsilon * epsilon * whole); ++step) {
  }
  for (int64_t i = 0; i < count; ++i)
    s[i] = std::sqrt(dot(vector(i), vector(i), length));
  sort();
  for (int64_t i = 0; i < count; ++i) {
    if (s[i] > double(length) * epsilon * s[0])
      for (int64_t k = 0; k < length; ++k)
        vector(i)[k] /= s[i];
    else
      complete(i);
  }
}

/// Stores rows [count, length] as columns; `to` is a buffer of slices.
static void storeColumns(const nn_routine &routine, void *to, int64_t slice, const double *rows, int64_t count,
                         int64_t length) {
  for (int64_t i = 0; i < length; ++i)
    for (int64_t k = 0; k < count; ++k)
      store(routine, to, (slice * length + i) * count + k, 1, rows + k * length + i);
}

/// Reads a slice; the shorter axis numbers the vectors: columns of a matrix that is not wide, rows of one that is.
static void loadVectors(const nn_routine &routine, const void *from, int64_t slice, double *w) {
  int64_t m = routine.rows, n = routine.columns;
  if (m < n)
    return load(routine, from, slice, m * n, w);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      load(routine, from, (slice * m + i) * n + j, 1, w + j * m + i);
}

/// The decomposition of a scaled matrix, whose squares neither overflow nor vanish.
static void decompose(double *w, double *t, double *s, int64_t count, int64_t length) {
  double scale = 0;
  for (int64_t i = 0; i < count * length; ++i)
    scale = std::fmax(scale, std::fabs(w[i]));
  if (scale == 0)
    scale = 1;
  for (int64_t i = 0; i < count * length; ++i)
    w[i] /= scale;
  Jacobi(w, t, s, count, length).run();
  for (int64_t i = 0; i < count; ++i)
    s[i] *= scale;
}

static void negate(double *numbers, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    numbers[i] = -numbers[i];
}

extern "C" void nnrt_svd(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  int64_t m = routine->rows, n = routine->columns, count = m < n ? m : n, length = m < n ? n : m;
  double *w = static_cast<double *>(workspace), *t = w + count * length, *s = t + count * count;
  for (int64_t slice = begin; slice < end; ++slice) {
    loadVectors(*routine, buffers[0], slice, w);
    if (allFinite(w, m * n)) {
      decompose(w, t, s, count, length);
    } else {
      fill(w, m * n, notANumber);
      fill(t, count * count, notANumber);
      fill(s, count, notANumber);
    }
    const double *u = m < n ? t : w;
    int64_t size = m < n ? count : length;
    for (int64_t k = 0; k < count; ++k)
      if (pointsDown(u + k * size, size, 1)) {
        negate(w + k * length, length);
        negate(t + k * count, count);
      }
    storeColumns(*routine, buffers[m < n ? 3 : 1], slice, w, count, length);
    storeColumns(*routine, buffers[m < n ? 1 : 3], slice, t, count, count);
    store(*routine, buffers[2], slice, count, s);
  }
}

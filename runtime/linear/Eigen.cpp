/// Eigenvalues and eigenvectors of symmetric matrices: Householder's reduction to a tridiagonal matrix, then implicit
/// QL steps (J. Wilkinson, C. Reinsch, Handbook for Automatic Computation II: Linear Algebra, 1971, tred2 and tql2).
#include "linear/Slices.h"

using namespace nnrt;

namespace {

/// A symmetric matrix z [n, n] that becomes the transpose of its eigenvectors, row by row, and its values d.
class Decomposition {
public:
  Decomposition(double *z, double *d, double *e, int64_t n) : z(z), d(d), e(e), n(n) {}
  bool run() {
    reduce();
    accumulate();
    return diagonalize();
  }

private:
  double *row(int64_t i) { return z + i * n; }
  void reduce();
  void accumulate();
  bool diagonalize();
  bool findValue(int64_t l);
  void rotate(int64_t i, double c, double s);

  double *z, *d, *e;
  int64_t n;
};

} // namespace

/// Reflects the last rows one after the other, so that z becomes tridiagonal: d is the diagonal, e what lies below it.
/// Row i keeps the vector u of its reflection 1 - u u^T / h, and d[i] its h until the vectors are made.
void Decomposition::reduce() {
  for (int64_t i = n - 1; i > 0; --i) {
    double *u = row(i), scale = 0;
    for (int64_t k = 0; k < i; ++k)
      scale += std::fabs(u[k]);
    if (i == 1 || scale == 0) {
      e[i] = u[i - 1];
      d[i] = 0;
      continue;
    }
    for (int64_t k = 0; k < i; ++k)
      u[k] /= scale;
    double h = dot(u, u, i), f = u[i - 1], g = f >= 0 ? -std::sqrt(h) : std::sqrt(h);
    e[i] = scale * g;
    h -= f * g;
    u[i - 1] = f - g;
    // p = a u / h, from the symmetric matrix whose lower triangle is left; then a -= u q^T + q u^T with
    // q = p - (u . p / 2 h) u.
    fill(e, i, 0);
    for (int64_t j = 0; j < i; ++j) {
      e[j] += dot(row(j), u, j + 1);
      addScaled(e, u[j], row(j), j);
    }
    for (int64_t j = 0; j < i; ++j)
      e[j] /= h;
    addScaled(e, -dot(e, u, i) / (h + h), u, i);
    for (int64_t j = 0; j < i; ++j) {
      addScaled(row(j), -u[j], e, j + 1);
      addScaled(row(j), -e[j], u, j + 1);
    }
    d[i] = h;
  }
  e[0] = 0;
  d[0] = 0;
}

/// Multiplies the reflections; rows of z become the transposed product, and d the diagonal.
void Decomposition::accumulate() {
  for (int64_t i = 0; i < n; ++i) {
    double *u = row(i), diagonal = u[i];
    // The product so far lies in the first i rows and columns, as a matrix whose rows are images.
    if (d[i] != 0)
      for (int64_t j = 0; j < i; ++j)
        addScaled(row(j), -dot(u, row(j), i) / d[i], u, i);
    d[i] = diagonal;
    fill(u, i, 0);
    u[i] = 1;
    for (int64_t j = 0; j < i; ++j)
      z[j * n + i] = 0;
  }
}

/// A rotation of the vectors i and i + 1, which are rows.
void Decomposition::rotate(int64_t i, double c, double s) {
  double *a = row(i), *b = row(i + 1);
  for (int64_t k = 0; k < n; ++k) {
    double f = b[k];
    b[k] = s * a[k] + c * f;
    a[k] = c * a[k] - s * f;
  }
}

/// Implicit QL steps until e[l] is negligible; d[l] is a value then.
bool Decomposition::findValue(int64_t l) {
  constexpr int mostSteps = 60;
  for (int step = 0;; ++step) {
    int64_t m = l;
    for (; m < n - 1; ++m)
      if (std::fabs(e[m]) <= epsilon * (std::fabs(d[m]) + std::fabs(d[m + 1])))
        break;
    if (m == l)
      return true;
    if (step == mostSteps)
      return false;
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = std::hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
    double s = 1, c = 1, p = 0;
    int64_t i = m - 1;
    for (; i >= l; --i) {
      double f = s * e[i], b = c * e[i];
      r = std::hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        d[i + 1] -= p;
        e[m] = 0;
        break;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * s + 2 * c * b;
      p = s * r;
      d[i + 1] = g + p;
      g = c * r - b;
      rotate(i, c, s);
    }
    if (r == 0 && i >= l)
      continue;
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
  }
}

bool Decomposition::diagonalize() {
  for (int64_t i = 1; i < n; ++i)
    e[i - 1] = e[i];
  if (n > 0)
    e[n - 1] = 0;
  for (int64_t l = 0; l < n; ++l)
    if (!findValue(l))
      return false;
  // Ascending, by selection: vectors move as whole rows.
  for (int64_t i = 0; i < n; ++i) {
    int64_t least = i;
    for (int64_t j = i + 1; j < n; ++j)
      if (d[j] < d[least])
        least = j;
    if (least == i)
      continue;
    double keep = d[i];
    d[i] = d[least];
    d[least] = keep;
    for (int64_t k = 0; k < n; ++k) {
      keep = z[i * n + k];
      z[i * n + k] = z[least * n + k];
      z[least * n + k] = keep;
    }
  }
  return true;
}

/// Rows become columns, each with its sign.
static void turnVectors(double *z, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    if (pointsDown(z + i * n, n, 1))
      for (int64_t k = 0; k < n; ++k)
        z[i * n + k] = -z[i * n + k];
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j) {
      double keep = z[i * n + j];
      z[i * n + j] = z[j * n + i];
      z[j * n + i] = keep;
    }
}

extern "C" void nnrt_eigh(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                          void *workspace) {
  int64_t n = routine->rows;
  double *z = static_cast<double *>(workspace), *d = z + n * n, *e = d + n;
  for (int64_t slice = begin; slice < end; ++slice) {
    load(*routine, buffers[0], slice, n * n, z);
    bool known = allFinite(z, n * n);
    bool symmetric = !known || symmetrize(*routine, z, n);
    if (!symmetric)
      noteFailure(*routine, "eigenvalues", "is not symmetric");
    if (known && symmetric && Decomposition(z, d, e, n).run()) {
      turnVectors(z, n);
    } else {
      fill(z, n * n, notANumber);
      fill(d, n, notANumber);
    }
    store(*routine, buffers[1], slice, n, d);
    store(*routine, buffers[2], slice, n * n, z);
  }
}

/// Linear systems by Gaussian elimination with partial pivoting, and the factor of Cholesky
/// (G. Golub, C. Van Loan, Matrix Computations, 4th ed., 2013, algorithms 3.4.1 and 4.2.1).
#include "linear/Slices.h"

#include <algorithm>

using namespace nnrt;

/// Eliminates below the diagonal of a [n, n], in place, and does the same to b [n, k]. False if a pivot is rounding
/// error of the row it stands in.
static bool eliminate(double *a, double *b, double *scale, int64_t n, int64_t k) {
  for (int64_t i = 0; i < n; ++i) {
    scale[i] = 0;
    for (int64_t j = 0; j < n; ++j)
      scale[i] = std::fmax(scale[i], std::fabs(a[i * n + j]));
  }
  for (int64_t step = 0; step < n; ++step) {
    int64_t pivot = step;
    for (int64_t i = step + 1; i < n; ++i)
      if (std::fabs(a[i * n + step]) > std::fabs(a[pivot * n + step]))
        pivot = i;
    if (!(std::fabs(a[pivot * n + step]) > double(n) * epsilon * scale[pivot]))
      return false;
    if (pivot != step) {
      std::swap_ranges(a + pivot * n, a + (pivot + 1) * n, a + step * n);
      std::swap_ranges(b + pivot * k, b + (pivot + 1) * k, b + step * k);
      std::swap(scale[pivot], scale[step]);
    }
    for (int64_t i = step + 1; i < n; ++i) {
      double factor = a[i * n + step] / a[step * n + step];
      if (factor == 0)
        continue;
      addScaled(a + i * n + step + 1, -factor, a + step * n + step + 1, n - step - 1);
      addScaled(b + i * k, -factor, b + step * k, k);
    }
  }
  return true;
}

/// Solves with the upper triangle of a.
static void substituteBack(const double *a, double *b, int64_t n, int64_t k) {
  for (int64_t i = n - 1; i >= 0; --i) {
    for (int64_t j = i + 1; j < n; ++j)
      addScaled(b + i * k, -a[i * n + j], b + j * k, k);
    for (int64_t c = 0; c < k; ++c)
      b[i * k + c] /= a[i * n + i];
  }
}

extern "C" void nnrt_solve(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                           void *workspace) {
  int64_t n = routine->rows, k = routine->columns;
  double *a = static_cast<double *>(workspace), *b = a + n * n, *scale = b + n * k;
  for (int64_t slice = begin; slice < end; ++slice) {
    load(*routine, buffers[0], slice, n * n, a);
    load(*routine, buffers[1], slice, n * k, b);
    bool known = allFinite(a, n * n);
    if (known && eliminate(a, b, scale, n, k)) {
      substituteBack(a, b, n, k);
    } else {
      fill(b, n * k, notANumber);
      if (known)
        noteFailure(*routine, "solve", "is singular, to working precision");
    }
    store(*routine, buffers[2], slice, n * k, b);
  }
}

/// The lower factor of a symmetric a, in place, with zeros above. False if a is not positive definite.
static bool factorize(double *a, int64_t n) {
  double largest = 0;
  for (int64_t i = 0; i < n; ++i)
    largest = std::fmax(largest, a[i * n + i]);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      double left = a[i * n + j] - dot(a + i * n, a + j * n, j);
      if (i != j)
        a[i * n + j] = left / a[j * n + j];
      else if (left > double(n) * epsilon * largest * epsilon)
        a[i * n + i] = std::sqrt(left);
      else
        return false;
    }
    fill(a + i * n + i + 1, n - i - 1, 0);
  }
  return true;
}

extern "C" void nnrt_cholesky(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                              void *workspace) {
  int64_t n = routine->rows;
  double *a = static_cast<double *>(workspace);
  for (int64_t slice = begin; slice < end; ++slice) {
    load(*routine, buffers[0], slice, n * n, a);
    const char *failure = nullptr;
    bool known = allFinite(a, n * n);
    if (known && !symmetrize(*routine, a, n))
      failure = "is not symmetric";
    else if (known && !factorize(a, n))
      failure = "is not positive definite";
    if (failure)
      noteFailure(*routine, "cholesky", failure);
    if (failure || !known)
      fill(a, n * n, notANumber);
    store(*routine, buffers[1], slice, n * n, a);
  }
}

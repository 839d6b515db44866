// Routines: the algorithms on vectors and matrices that generated code calls. One of them does the slices [begin, end)
// of its operands; a slice is done by one thread, so that results do not depend on the number of threads.
//
// Those on floats compute in double precision inside their workspace, whatever the type of the operands; none allocates
// anything. A slice without a result (a singular matrix) becomes NaN and is remembered; the caller asks `nnrt_failure`
// when NaN has reached something that a user sees.
#ifndef NOETHER_ROUTINES_H
#define NOETHER_ROUTINES_H

#include "noether/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A call site's constant.
typedef struct nn_routine {
  nn_dtype dtype;    ///< NN_F32 or NN_F64; NN_I32 for `group`
  int64_t rows;      ///< of a matrix; the length of what `order`, `group` and `fft` get
  int64_t columns;   ///< of a matrix; of the right-hand sides of `solve`; the groups of `group`
  const char *where; ///< "net.nn:12:7"
} nn_routine;

/// Buffers: operands, then results, each slice behind the other. `workspace` has nnrt_*_workspace bytes.
typedef void nn_routine_code(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                             void *workspace);
nn_routine_code nnrt_solve, nnrt_cholesky, nnrt_eigh, nnrt_svd, nnrt_fft, nnrt_fft_inverse, nnrt_order, nnrt_group;

/// The last slice that had no result since the last question, as a sentence; null if there was none.
const char *nnrt_failure(void);

static inline int64_t nnrt_solve_workspace(int64_t rows, int64_t columns) {
  return 8 * (rows * rows + rows * columns + rows);
}
static inline int64_t nnrt_cholesky_workspace(int64_t rows) { return 8 * rows * rows; }
static inline int64_t nnrt_eigh_workspace(int64_t rows) { return 8 * (rows * rows + 2 * rows); }
static inline int64_t nnrt_svd_workspace(int64_t rows, int64_t columns) {
  int64_t most = rows > columns ? rows : columns, least = rows > columns ? columns : rows;
  return 8 * (most * least + least * least + 2 * least);
}

/// The largest prime factor for which a transform is a sum over all terms; a length with a larger one is a convolution
/// of a power of two.
#define NNRT_FFT_LARGEST_PRIME 61

static inline int64_t nnrt_largest_prime(int64_t n) {
  int64_t largest = 1;
  for (int64_t p = 2; n > 1; ++p) {
    if (p * p > n)
      p = n;
    for (; n % p == 0; n /= p)
      largest = p;
  }
  return largest;
}

/// The power of two that holds the convolution of a length that does not factor well.
static inline int64_t nnrt_fft_padded(int64_t n) {
  int64_t padded = 1;
  while (padded < 2 * n - 1)
    padded *= 2;
  return padded;
}

/// Complex numbers: twiddle factors, input, output, and a butterfly's terms; for a convolution input, output, chirp,
/// and its filter, two factors and the twiddle factors.
static inline int64_t nnrt_fft_workspace(int64_t n) {
  if (nnrt_largest_prime(n) <= NNRT_FFT_LARGEST_PRIME)
    return 16 * (3 * n + NNRT_FFT_LARGEST_PRIME);
  return 16 * (3 * n + 4 * nnrt_fft_padded(n));
}
static inline int64_t nnrt_order_workspace(int64_t length) { return 8 * length + 8 * length; }

#ifdef __cplusplus
}
#endif

#endif

/// What routines share: operands of either type as doubles, and the slices that had no result.
#pragma once

#include "noether/routines.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace nnrt {

inline constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
inline constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// Copies `count` numbers of slice `slice` of a buffer.
inline void load(const nn_routine &routine, const void *buffer, int64_t slice, int64_t count, double *to) {
  if (routine.dtype == NN_F64) {
    const double *from = static_cast<const double *>(buffer) + slice * count;
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i];
  } else {
    const float *from = static_cast<const float *>(buffer) + slice * count;
    for (int64_t i = 0; i < count; ++i)
      to[i] = double(from[i]);
  }
}

inline void store(const nn_routine &routine, void *buffer, int64_t slice, int64_t count, const double *from) {
  if (routine.dtype == NN_F64) {
    double *to = static_cast<double *>(buffer) + slice * count;
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i];
  } else {
    float *to = static_cast<float *>(buffer) + slice * count;
    for (int64_t i = 0; i < count; ++i)
      to[i] = float(from[i]);
  }
}

inline void fill(double *numbers, int64_t count, double value) {
  for (int64_t i = 0; i < count; ++i)
    numbers[i] = value;
}

inline bool allFinite(const double *numbers, int64_t count) {
  double zero = 0;
  for (int64_t i = 0; i < count; ++i)
    zero += numbers[i] * 0;
  return zero == 0;
}

/// The sum of products, in an order of its own that vectors can follow.
inline double dot(const double *a, const double *b, int64_t count) {
  double sums[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int64_t k = 0; k < 8; ++k)
      sums[k] += a[i + k] * b[i + k];
  for (int64_t k = 0; i < count; ++i, ++k)
    sums[k] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/// `y += factor * x`.
inline void addScaled(double *y, double factor, const double *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    y[i] += factor * x[i];
}

/// Whether a vector has to change its sign: the first entry of more than 0.3 of the largest magnitude is negative.
inline bool pointsDown(const double *vector, int64_t count, int64_t stride) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i)
    largest = std::fmax(largest, std::fabs(vector[i * stride]));
  for (int64_t i = 0; i < count; ++i)
    if (std::fabs(vector[i * stride]) > 0.3 * largest)
      return vector[i * stride] < 0;
  return false;
}

/// Replaces a square matrix by its symmetric part. False if it is far from symmetric: by more than rounding, of its
/// type, can have made it.
bool symmetrize(const nn_routine &routine, double *a, int64_t n);

/// Remembers a slice without a result; `what` begins behind "the matrix that `solve` gets at net.nn:1:2".
void noteFailure(const nn_routine &routine, const char *name, const char *what);

} // namespace nnrt

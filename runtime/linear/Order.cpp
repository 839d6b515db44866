/// The order of numbers: merges from the bottom up, which keep equal values in their order.
#include "linear/Slices.h"

using namespace nnrt;

/// Ascending; NaN comes last.
static bool precedes(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

/// Merges the runs [begin, middle) and [middle, end) of positions.
static void merge(const double *x, const int32_t *from, int32_t *to, int64_t begin, int64_t middle, int64_t end) {
  int64_t left = begin, right = middle;
  for (int64_t place = begin; place < end; ++place) {
    bool takeRight = left == middle || (right < end && precedes(x[from[right]], x[from[left]]));
    to[place] = takeRight ? from[right++] : from[left++];
  }
}

extern "C" void nnrt_order(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                           void *workspace) {
  int64_t n = routine->rows;
  double *x = static_cast<double *>(workspace);
  int32_t *from = reinterpret_cast<int32_t *>(x + n), *to = from + n;
  auto *result = static_cast<int32_t *>(buffers[1]);
  for (int64_t slice = begin; slice < end; ++slice) {
    load(*routine, buffers[0], slice, n, x);
    for (int64_t i = 0; i < n; ++i)
      from[i] = int32_t(i);
    for (int64_t run = 1; run < n; run *= 2) {
      for (int64_t start = 0; start < n; start += 2 * run) {
        int64_t middle = start + run < n ? start + run : n, stop = start + 2 * run < n ? start + 2 * run : n;
        merge(x, from, to, start, middle, stop);
      }
      int32_t *keep = from;
      from = to;
      to = keep;
    }
    for (int64_t i = 0; i < n; ++i)
      result[slice * n + i] = from[i];
  }
}

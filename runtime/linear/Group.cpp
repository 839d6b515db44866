/// The places of each value of a table: a stable sort by counting.
#include "linear/Slices.h"

using namespace nnrt;

/// What counts is that `first[v + 1]` begins as the size of group v, becomes its beginning, and ends as its end, so
/// that no further memory is needed.
static void group(const int32_t *table, int64_t length, int64_t groups, int32_t *first, int32_t *places) {
  auto isGroup = [&](int32_t v) { return uint32_t(v) < uint64_t(groups); };
  for (int64_t v = 0; v <= groups; ++v)
    first[v] = 0;
  for (int64_t k = 0; k < length; ++k)
    if (isGroup(table[k]))
      ++first[table[k] + 1];
  int32_t begin = 0;
  for (int64_t v = 0; v < groups; ++v) {
    int32_t size = first[v + 1];
    first[v + 1] = begin;
    begin += size;
  }
  for (int64_t k = 0; k < length; ++k)
    if (isGroup(table[k]))
      places[first[table[k] + 1]++] = int32_t(k);
  for (int64_t k = begin; k < length; ++k)
    places[k] = 0;
}

extern "C" void nnrt_group(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end, void *) {
  int64_t length = routine->rows, groups = routine->columns;
  auto *table = static_cast<const int32_t *>(buffers[0]);
  auto *first = static_cast<int32_t *>(buffers[1]), *places = static_cast<int32_t *>(buffers[2]);
  for (int64_t slice = begin; slice < end; ++slice)
    group(table + slice * length, length, groups, first + slice * (groups + 1), places + slice * length);
}

/// Two small kernels whose speed is the machine's.
#include "core/Limits.h"
#include "core/System.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

constexpr int64_t chains = 12; ///< more than latency times throughput of a fused operation, fewer than registers
constexpr int64_t turns = 1 << 20;

/// `chains` independent sequences of y = y * a + b on vectors of `lanes` numbers. The results are kept.
template <int lanes, bool fused> [[gnu::always_inline]] inline void fuse(float *result) {
  using Vector [[gnu::vector_size(lanes * sizeof(float))]] = float;
  Vector sums[chains], a, b;
  for (int lane = 0; lane < lanes; ++lane) {
    a[lane] = 0.5f + result[0];
    b[lane] = 0.25f + result[0];
  }
  for (Vector &sum : sums)
    sum = a;
  for (int64_t turn = 0; turn < turns; ++turn)
#pragma clang loop unroll(full)
    for (Vector &sum : sums)
      if constexpr (fused)
        sum = __builtin_elementwise_fma(sum, a, b);
      else
        sum = sum * a + b;
  for (Vector &sum : sums)
    result[0] += sum[0] * 0;
}

[[gnu::target("avx512f,fma")]] void fuse512(void *const *buffers, int64_t begin, int64_t, void *) {
  fuse<16, true>(static_cast<float *>(buffers[0]) + begin * NN_ALIGN);
}

[[gnu::target("avx2,fma")]] void fuse256(void *const *buffers, int64_t begin, int64_t, void *) {
  fuse<8, true>(static_cast<float *>(buffers[0]) + begin * NN_ALIGN);
}

void fuse128(void *const *buffers, int64_t begin, int64_t, void *) {
  fuse<4, false>(static_cast<float *>(buffers[0]) + begin * NN_ALIGN);
}

constexpr int64_t piece = int64_t(1) << 20;

void copy(void *const *buffers, int64_t begin, int64_t end, void *) {
  memcpy(static_cast<char *>(buffers[1]) + begin * piece, static_cast<char *>(buffers[0]) + begin * piece,
         size_t((end - begin) * piece));
}

/// The shortest of a few runs of a kernel, in seconds.
double shortest(Pool &pool, nn_kernel kernel, void *const *buffers, int64_t extent) {
  double best = 0;
  for (int run = 0; run < 5; ++run) {
    double begun = now();
    pool.run(kernel, buffers, extent, 1);
    double took = now() - begun;
    best = run == 0 ? took : std::min(best, took);
  }
  return best;
}

} // namespace

Limits measureLimits(Pool &pool, int64_t isa) {
  Limits limits;
  int64_t threads = pool.threads();
  std::vector<float> results(size_t(threads * NN_ALIGN));
  void *fused[] = {results.data()};
  bool full = isa >= NN_ISA_AVX512, half = isa >= NN_ISA_AVX2;
  nn_kernel kernel = full ? fuse512 : half ? fuse256 : fuse128;
  limits.operations = double(2 * chains * turns *
                             (full   ? 16
                              : half ? 8
                                     : 4) *
                             threads) /
                      shortest(pool, kernel, fused, threads);
  const int64_t pieces = std::min<int64_t>(64 * threads, 512);
  Bytes from(size_t(pieces * piece)), to(size_t(pieces * piece));
  memset(from.data(), 1, from.size());
  void *copied[] = {from.data(), to.data()};
  limits.bytes = double(2 * pieces * piece) / shortest(pool, copy, copied, pieces);
  return limits;
}

} // namespace nnrt

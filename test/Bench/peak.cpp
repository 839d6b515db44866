// The most floating-point operations a second that one core does: fused multiply-adds in registers, as many chains as
// hide their latency. Prints GFLOP/s, the best of ten tries.
#include <algorithm>
#include <chrono>
#include <cstdio>

#ifdef __AVX512F__
constexpr int bytes = 64;
#else
constexpr int bytes = 32;
#endif
typedef float Vector __attribute__((vector_size(bytes)));

int main() {
  constexpr int chains = 12, lanes = bytes / sizeof(float);
  constexpr long turns = 5'000'000;
  Vector sums[chains] = {}, factor = {};
  factor += 0.999f;
  double best = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto begun = std::chrono::steady_clock::now();
    for (long turn = 0; turn < turns; ++turn) {
#pragma GCC unroll 12
      for (Vector &sum : sums)
        sum = sum * factor + factor;
    }
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    best = std::max(best, 2.0 * chains * lanes * turns / seconds.count() * 1e-9);
  }
  float total = 0; // so that nothing is left out
  for (const Vector &sum : sums)
    total += sum[0];
  std::printf(total == 1 ? "%.0f \n" : "%.0f\n", best);
}

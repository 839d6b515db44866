/// The slices of routines that had no result: one is remembered, so that NaN can be explained where it is found.
#include "linear/Slices.h"

#include "core/Text.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace nnrt {

namespace {
/// One failure; written by the first thread that has one until somebody asks.
struct Failure {
  const char *name, *where, *what;
};
std::atomic<int> state{0}; ///< 0: none, 1: being written, 2: there
Failure failed;
} // namespace

void noteFailure(const nn_routine &routine, const char *name, const char *what) {
  int none = 0;
  if (!state.compare_exchange_strong(none, 1))
    return;
  failed = {name, routine.where, what};
  state.store(2);
}

bool symmetrize(const nn_routine &routine, double *a, int64_t n) {
  double largest = 0, apart = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double below = a[i * n + j], above = a[j * n + i], mean = below == above ? below : 0.5 * below + 0.5 * above;
      largest = std::fmax(largest, std::fabs(mean));
      apart = std::fmax(apart, std::fabs(below - above));
      a[i * n + j] = a[j * n + i] = mean;
    }
  double tolerance = routine.dtype == NN_F64 ? 1e-8 : 1e-3;
  return !(apart > tolerance * largest);
}

} // namespace nnrt

extern "C" const char *nnrt_failure(void) {
  static char sentence[512];
  if (nnrt::state.load() != 2)
    return nullptr;
  const nnrt::Failure &failure = nnrt::failed;
  std::string text = nnrt::format("the matrix that `%s` gets at %s %s", failure.name, failure.where, failure.what);
  text.resize(std::min(text.size(), sizeof sentence - 1));
  memcpy(sentence, text.c_str(), text.size() + 1);
  nnrt::state.store(0);
  return sentence;
}

/// How long kernels and their equations take.
#pragma once

#include "core/Pool.h"
#include "core/Watch.h"

#include <vector>

namespace nnrt {

/// Measures every launch while it watches. Times are cycles of the processor's counter.
class LaunchProfile final : public LaunchWatch {
public:
  /// A launch as it is written, all its runs together.
  struct Launch {
    const nn_site *site;
    int64_t runs = 0;
    double cycles = 0;          ///< from launching to the last thread's end
    std::vector<double> shares; ///< `cycles`, divided among the equations as their threads' time was
  };
  /// What one thread did in one run of a launch.
  struct Span {
    size_t launch; ///< in `launches`
    int thread;
    int64_t start, end;
  };

  explicit LaunchProfile(Pool &pool);
  ~LaunchProfile();
  LaunchProfile(const LaunchProfile &) = delete;

  void before(const nn_site *site, void *const *buffers) override;
  void after(const nn_site *site, void *const *buffers) override;

  /// Whether spans are kept from now on.
  void keepSpans(bool keep) { keeps = keep; }

  std::vector<Launch> launches; ///< in the order of their first runs
  std::vector<Span> spans;

private:
  nn_clock *clockOf(int thread);
  size_t launchAt(const nn_site *site);
  void clearClocks(int64_t equations);

  Pool &pool;
  std::vector<int64_t> words; ///< of all threads' clocks
  int64_t wordsPerThread = 0;
  size_t latest = 0; ///< the launch that ran last: what follows it is tried first
  int64_t started = 0;
  bool keeps = false;
};

/// The counter that clocks read.
int64_t cycles();

} // namespace nnrt

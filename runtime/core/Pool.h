/// The threads that share a kernel's frame: fork and join with a static partition.
#pragma once

#include "core/Worker.h"
#include "noether/abi.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nnrt {

class LaunchWatch;

/// The contiguous range of [0, extent) of thread `index` out of `threads`; cuts are multiples of grain.
struct Range {
  int64_t begin, end;
};
Range partOf(int64_t extent, int64_t grain, int64_t index, int64_t threads);

/// Every thread has a part of its own, the same in each launch over the same frame, so that it finds what it wrote in
/// its cache. The caller does its part, then those that no worker has begun, and waits for the others.
///
/// Note [Cores]
/// The system may keep threads that wake each other on one core, as each of them sleeps while the other one runs. So a
/// worker that comes late is moved off the core of the caller and off those of the other workers.
class Pool {
public:
  /// In front of every workspace, for the thread's clock.
  static constexpr int64_t workspaceHeader = NN_ALIGN;

  /// `threads` includes the caller. `workspaces` holds one block of `workspaceStride` bytes a thread, which starts with
  /// a header of zeros.
  Pool(int threads, std::byte *workspaces, int64_t workspaceStride);
  Pool(const Pool &) = delete;

  /// `nanoseconds` is about how long it takes on one thread, 0 if that is unknown: what is over before others could
  /// help is not shared.
  void run(nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain, int64_t nanoseconds = 0);
  int threads() const { return int(workers.size()) + 1; }
  /// Where a thread notes what its kernels take from now on; null: nowhere.
  void setClock(int index, nn_clock *clock);

private:
  struct Job {
    nn_kernel kernel = nullptr;
    void *const *buffers = nullptr;
    int64_t extent = 0, grain = 1;
    int64_t parts = 1;
  };

  void share(const Job &next);
  void doPart(int index, int thread);
  bool isWorthSharing(int64_t nanoseconds, int64_t parts);
  void keepApart(size_t late);
  double measureFork();
  std::byte *workspaceOf(int index) const;

  std::byte *workspaces;
  int64_t stride;
  double patience; ///< seconds for which threads look for each other; 0 where there are more of them than cores
  Job job;
  cpu_set_t allowed;                            ///< the cores of the process when it began
  std::vector<std::unique_ptr<Worker>> workers; ///< of the threads 1, 2, ...
  std::vector<double> moved;                    ///< when each worker was moved last
  double forkSeconds = -1;                      ///< what sharing costs; negative: not measured yet
};

} // namespace nnrt

/// What generated code passes around without looking inside.
struct nn_runtime {
  nnrt::Pool *pool;
  nnrt::LaunchWatch *watch; ///< sees every launch; null in a steady run
};

/// The threads that share a kernel's frame: fork and join with a static partition, spinning briefly before they sleep.
#pragma once

#include "noether/abi.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <pthread.h>

namespace nnrt {

class LaunchWatch;

/// Cores this process may run on.
int availableCores();

/// The contiguous range of [0, extent) of thread `index` out of `threads`; cuts are multiples of grain.
struct Range {
  int64_t begin, end;
};
Range partOf(int64_t extent, int64_t grain, int64_t index, int64_t threads);

class Pool {
public:
  /// In front of every workspace, for the thread's clock.
  static constexpr int64_t workspaceHeader = NN_ALIGN;

  /// `threads` includes the caller. `workspaces` holds one block of `workspaceStride` bytes a thread, which starts with
  /// a header of zeros.
  Pool(int threads, std::byte *workspaces, int64_t workspaceStride);
  ~Pool();
  Pool(const Pool &) = delete;

  void run(nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain);
  int threads() const { return count; }
  /// Where a thread notes what its kernels take from now on; null: nowhere.
  void setClock(int index, nn_clock *clock);

private:
  struct Worker {
    Pool *pool;
    int index;
    pthread_t thread;
  };
  static void *workerMain(void *worker);
  void serve(int index);
  void work(int index);
  std::byte *workspaceOf(int index) const;

  int count;
  int spins;
  std::byte *workspaces;
  int64_t stride;
  Worker *workers;

  // The job of the current generation.
  nn_kernel kernel = nullptr;
  void *const *buffers = nullptr;
  int64_t extent = 0, grain = 1;
  bool stopping = false;

  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> sleepers{0};
  alignas(64) std::atomic<uint32_t> pending{0};
  std::atomic<uint32_t> joining{0};
};

} // namespace nnrt

/// What generated code passes around without looking inside.
struct nn_runtime {
  nnrt::Pool *pool;
  nnrt::LaunchWatch *watch; ///< sees every launch; null in a steady run
};

/// Fork-join on futexes. A launch bumps the generation; each worker does its part and counts `pending` down.
#include "core/Pool.h"
#include "core/Watch.h"

#include <algorithm>
#include <cstring>
#include <linux/futex.h>
#include <new>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nnrt {

int availableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  int cores = 0;
  for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    cores += CPU_ISSET(cpu, &set) ? 1 : 0;
  return std::max(cores, 1);
}

Range partOf(int64_t extent, int64_t grain, int64_t index, int64_t threads) {
  int64_t tiles = extent / grain + (extent % grain != 0);
  int64_t active = std::min(threads, tiles);
  if (index >= active)
    return {extent, extent};
  int64_t first = tiles * index / active, last = tiles * (index + 1) / active;
  return {first * grain, std::min(last * grain, extent)};
}

static void sleepWhile(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
static void wake(std::atomic<uint32_t> &word, int howMany) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, howMany, nullptr, nullptr, 0);
}

Pool::Pool(int threads, std::byte *workspaces, int64_t workspaceStride)
    : count(std::max(threads, 1)), workspaces(workspaces), stride(workspaceStride), workers(new Worker[size_t(count)]) {
  // Spinning pays only where every thread has a core of its own.
  spins = count <= availableCores() ? 2000 : 0;
  int started = 1;
  for (; started < count; ++started) {
    workers[started] = {this, started, {}};
    if (pthread_create(&workers[started].thread, nullptr, workerMain, &workers[started]) != 0)
      break;
  }
  count = started;
}

std::byte *Pool::workspaceOf(int index) const { return workspaces + index * stride + workspaceHeader; }

void Pool::setClock(int index, nn_clock *clock) { memcpy(workspaceOf(index) - sizeof clock, &clock, sizeof clock); }

Pool::~Pool() {
  stopping = true;
  generation.fetch_add(1);
  wake(generation, count);
  for (int index = 1; index < count; ++index)
    pthread_join(workers[index].thread, nullptr);
  delete[] workers;
}

void *Pool::workerMain(void *opaque) {
  auto *worker = static_cast<Worker *>(opaque);
  worker->pool->serve(worker->index);
  return nullptr;
}

void Pool::serve(int index) {
  uint32_t seen = 0;
  while (true) {
    for (int spin = 0; spin < spins && generation.load(std::memory_order_relaxed) == seen; ++spin)
      __builtin_ia32_pause();
    while (generation.load() == seen) {
      sleepers.fetch_add(1);
      sleepWhile(generation, seen);
      sleepers.fetch_sub(1);
    }
    seen = generation.load();
    if (stopping)
      return;
    work(index);
    if (pending.fetch_sub(1) == 1 && joining.load() != 0)
      wake(pending, 1);
  }
}

void Pool::work(int index) {
  Range range = partOf(extent, grain, index, count);
  if (range.begin < range.end)
    kernel(buffers, range.begin, range.end, workspaceOf(index));
}

void Pool::run(nn_kernel newKernel, void *const *newBuffers, int64_t newExtent, int64_t newGrain) {
  if (newExtent <= 0)
    return;
  if (count == 1 || newExtent <= newGrain)
    return newKernel(newBuffers, 0, newExtent, workspaceOf(0));
  kernel = newKernel;
  buffers = newBuffers;
  extent = newExtent;
  grain = newGrain;
  pending.store(uint32_t(count - 1));
  generation.fetch_add(1);
  if (sleepers.load() > 0)
    wake(generation, count);
  work(0);
  // Parts are of equal length, so the wait is short unless a worker lost its core.
  for (int spin = 0; spin < spins && pending.load(std::memory_order_relaxed) != 0; ++spin)
    __builtin_ia32_pause();
  if (pending.load() == 0)
    return;
  joining.store(1);
  for (uint32_t left; (left = pending.load()) != 0;)
    sleepWhile(pending, left);
  joining.store(0);
}

} // namespace nnrt

extern "C" void nnrt_launch(nn_call *call, nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain) {
  nnrt::LaunchWatch *watch = call->runtime->watch;
  const auto *site = watch ? static_cast<const nn_site *>(buffers[-1]) : nullptr;
  if (watch)
    watch->before(site, buffers);
  call->runtime->pool->run(kernel, buffers, extent, grain);
  if (watch)
    watch->after(site, buffers);
}

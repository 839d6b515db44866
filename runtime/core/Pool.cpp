/// Fork and join: parts are given to workers and taken back from those that do not come.
#include "core/Pool.h"
#include "core/System.h"
#include "core/Watch.h"

#include <algorithm>

namespace nnrt {

Range partOf(int64_t extent, int64_t grain, int64_t index, int64_t threads) {
  int64_t tiles = extent / grain + (extent % grain != 0);
  int64_t active = std::min(threads, tiles);
  if (index >= active)
    return {extent, extent};
  int64_t first = tiles * index / active, last = tiles * (index + 1) / active;
  return {first * grain, std::min(last * grain, extent)};
}

Pool::Pool(int threads, std::byte *workspaces, int64_t workspaceStride)
    : workspaces(workspaces), stride(workspaceStride), patience(threads <= availableCores() ? 200e-6 : 0) {
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  auto duty = [](void *pool, int index) { static_cast<Pool *>(pool)->doPart(index, index); };
  for (int index = 1; index < threads; ++index) {
    auto worker = std::make_unique<Worker>(duty, this, index, patience);
    if (!worker->start())
      break;
    workers.push_back(std::move(worker));
  }
  moved.resize(workers.size());
}

std::byte *Pool::workspaceOf(int index) const { return workspaces + index * stride + workspaceHeader; }

void Pool::setClock(int index, nn_clock *clock) { reinterpret_cast<nn_clock **>(workspaceOf(index))[-1] = clock; }

void Pool::doPart(int index, int thread) {
  Range range = partOf(job.extent, job.grain, index, job.parts);
  job.kernel(job.buffers, range.begin, range.end, workspaceOf(thread));
}

void Pool::share(const Job &next) {
  job = next;
  size_t helping = size_t(job.parts - 1);
  for (size_t k = 0; k < helping; ++k)
    workers[k]->give();
  doPart(0, 0);
  for (size_t k = 0; k < helping; ++k)
    if (workers[k]->takeBack()) {
      doPart(int(k) + 1, 0);
      keepApart(k);
    }
  for (size_t k = 0; k < helping; ++k)
    if (!workers[k]->awaitFor(patience / 10)) {
      keepApart(k);
      if (!workers[k]->awaitFor(patience))
        workers[k]->await();
    }
}

/// Note [Cores]. Not more often than once a millisecond, as it is a call of the system.
void Pool::keepApart(size_t late) {
  constexpr double between = 1e-3;
  double time = now();
  if (time - moved[late] < between)
    return;
  moved[late] = time;
  cpu_set_t cores = allowed;
  auto leave = [&](int core) {
    if (core >= 0 && core < CPU_SETSIZE)
      CPU_CLR(core, &cores);
  };
  leave(sched_getcpu());
  for (size_t k = 0; k < workers.size(); ++k)
    if (k != late)
      leave(workers[k]->core());
  if (CPU_COUNT(&cores) > 0)
    workers[late]->moveTo(cores);
}

static void pauseAwhile(void *const *, int64_t begin, int64_t end, void *) {
  constexpr int64_t pauses = 64;
  for (int64_t pause = 0; pause < (end - begin) * pauses; ++pause)
    __builtin_ia32_pause();
}

/// What two threads need more for two equal parts than one thread for one of them: the shortest of some tries, as the
/// first ones wake a worker.
double Pool::measureFork() {
  double alone = 1, shared = 1;
  for (int attempt = 0; attempt < 20; ++attempt) {
    double begun = now();
    pauseAwhile(nullptr, 0, 1, nullptr);
    double between = now();
    share({pauseAwhile, nullptr, 2, 1, 2});
    alone = std::min(alone, between - begun);
    shared = std::min(shared, now() - between);
  }
  return std::max(shared - alone, 0.0);
}

bool Pool::isWorthSharing(int64_t nanoseconds, int64_t parts) {
  constexpr int64_t clearly = 50'000;
  if (nanoseconds <= 0 || nanoseconds > clearly)
    return true;
  if (forkSeconds < 0)
    forkSeconds = measureFork();
  return 1e-9 * double(nanoseconds) * double(parts - 1) / double(parts) > forkSeconds;
}

void Pool::run(nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain, int64_t nanoseconds) {
  if (extent <= 0)
    return;
  int64_t parts = std::min<int64_t>(threads(), extent / grain + (extent % grain != 0));
  if (parts > 1 && isWorthSharing(nanoseconds, parts))
    share({kernel, buffers, extent, grain, parts});
  else
    kernel(buffers, 0, extent, workspaceOf(0));
}

} // namespace nnrt

/// Clocks for all threads, read after each launch.
#include "core/Profile.h"

#include <algorithm>

namespace nnrt {

int64_t cycles() { return int64_t(__builtin_ia32_rdtsc()); }

LaunchProfile::LaunchProfile(Pool &pool) : pool(pool) {}

LaunchProfile::~LaunchProfile() {
  for (int thread = 0; thread < pool.threads(); ++thread)
    pool.setClock(thread, nullptr);
}

nn_clock *LaunchProfile::clockOf(int thread) {
  return reinterpret_cast<nn_clock *>(words.data() + thread * wordsPerThread);
}

void LaunchProfile::clearClocks(int64_t equations) {
  const int64_t cacheLine = NN_ALIGN / int64_t(sizeof(int64_t));
  int64_t needed = (int64_t(sizeof(nn_clock) / sizeof(int64_t)) + equations + cacheLine) / cacheLine * cacheLine;
  if (needed > wordsPerThread) {
    wordsPerThread = needed;
    words.assign(size_t(needed * pool.threads()), 0);
    for (int thread = 0; thread < pool.threads(); ++thread)
      pool.setClock(thread, clockOf(thread));
    return;
  }
  std::fill(words.begin(), words.end(), 0);
}

void LaunchProfile::before(const nn_site *site, void *const *) {
  clearClocks(site ? site->work_count : 0);
  started = cycles();
}

/// The same launches run in the same order, step after step.
size_t LaunchProfile::launchAt(const nn_site *site) {
  for (size_t k = 1; k <= launches.size(); ++k)
    if (size_t at = (latest + k) % launches.size(); launches[at].site == site)
      return at;
  launches.push_back({site, 0, 0, std::vector<double>(size_t(site ? site->work_count : 0))});
  return launches.size() - 1;
}

void LaunchProfile::after(const nn_site *site, void *const *) {
  int64_t ended = cycles();
  latest = launchAt(site);
  Launch &launch = launches[latest];
  ++launch.runs;
  launch.cycles += double(ended - started);
  double all = 0;
  for (int thread = 0; thread < pool.threads(); ++thread)
    for (size_t k = 0; k < launch.shares.size(); ++k)
      all += double(clockOf(thread)->spent[k]);
  for (int thread = 0; thread < pool.threads(); ++thread)
    for (size_t k = 0; all > 0 && k < launch.shares.size(); ++k)
      launch.shares[k] += double(ended - started) * double(clockOf(thread)->spent[k]) / all;
  for (int thread = 0; keeps && thread < pool.threads(); ++thread)
    if (const nn_clock &clock = *clockOf(thread); clock.start != 0)
      spans.push_back({latest, thread, clock.start, clock.last});
  if (keeps && launch.shares.empty())
    spans.push_back({latest, 0, started, ended});
}

} // namespace nnrt

/// The thread pool: parts cover the frame, cuts respect the grain, results do not depend on the number of threads, and
/// nobody waits for a thread that does not come.
#include "core/Pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <sys/resource.h>
#include <vector>

using namespace nnrt;

TEST(Pool, PartsCoverTheFrameInTilesOfTheGrain) {
  for (int64_t extent : {1, 5, 8, 63, 64, 100})
    for (int64_t grain : {1, 4, 16})
      for (int64_t threads : {1, 2, 3, 7, 64}) {
        int64_t at = 0;
        for (int64_t index = 0; index < threads; ++index) {
          Range range = partOf(extent, grain, index, threads);
          if (range.begin == range.end)
            continue;
          EXPECT_EQ(range.begin, at);
          EXPECT_EQ(range.begin % grain, 0);
          at = range.end;
        }
        EXPECT_EQ(at, extent);
      }
}

TEST(Pool, PartsDifferByAtMostOneTile) {
  for (int64_t index = 0; index < 3; ++index) {
    Range range = partOf(100, 10, index, 3);
    EXPECT_GE(range.end - range.begin, 30);
    EXPECT_LE(range.end - range.begin, 40);
  }
}

static void smooth(void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  const float *x = static_cast<const float *>(buffers[0]);
  float *y = static_cast<float *>(buffers[1]), *row = static_cast<float *>(workspace);
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < 16; ++j)
      row[j] = x[(i + j) % 500] * float(j);
    y[i] = 0;
    for (int64_t j = 0; j < 16; ++j)
      y[i] += std::sin(row[j]);
  }
}

static std::vector<float> run(int threads, int launches) {
  std::vector<std::byte> workspaces(size_t(threads) * 128);
  Pool pool(threads, workspaces.data(), 128);
  nn_runtime runtime{&pool, nullptr};
  nn_call call{nullptr, nullptr, nullptr, nullptr, &runtime, nullptr};
  std::vector<float> x(500), y(500);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(i) * 0.01f;
  for (int i = 0; i < launches; ++i) {
    void *buffers[] = {i % 2 ? y.data() : x.data(), i % 2 ? x.data() : y.data()};
    nnrt_launch(&call, smooth, buffers, 500, 7, 0);
  }
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

TEST(Pool, SameBitsForAnyNumberOfThreads) {
  std::vector<float> one = run(1, 200);
  for (int threads : {2, 3, 8}) {
    std::vector<float> many = run(threads, 200);
    EXPECT_EQ(0, memcmp(one.data(), many.data(), one.size() * sizeof(float))) << threads;
  }
}

static void count(void *const *buffers, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    ++static_cast<int *>(buffers[0])[i];
}

TEST(Pool, EmptyFramesDoNothing) {
  std::byte workspace[64] = {};
  Pool pool(1, workspace, 64);
  int cell = 0;
  void *buffers[] = {&cell};
  pool.run(count, buffers, 0, 4);
  EXPECT_EQ(cell, 0);
}

TEST(Pool, WakesSleepingWorkers) {
  std::vector<std::byte> workspaces(4 * 64);
  Pool pool(4, workspaces.data(), 64);
  std::vector<int> cells(64);
  void *buffers[] = {cells.data()};
  for (int round = 0; round < 20; ++round) {
    pool.run(count, buffers, 64, 1);
    timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
  }
  EXPECT_EQ(cells, std::vector<int>(64, 20));
}

TEST(Pool, EveryPartIsDoneOnceWhoeverDoesIt) {
  for (int threads : {2, 3, 7}) {
    std::vector<std::byte> workspaces(size_t(threads) * 64);
    Pool pool(threads, workspaces.data(), 64);
    std::vector<int> cells(50);
    void *buffers[] = {cells.data()};
    int launches = 20000;
    for (int launch = 0; launch < launches; ++launch)
      pool.run(count, buffers, 1 + launch % 50, 1);
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(cells[size_t(i)], launches / 50 * (50 - i)) << i;
  }
}

/// Notes the thread of each position by its workspace.
static void note(void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<void **>(buffers[0])[i] = workspace;
}

TEST(Pool, WhatIsSoonDoneIsNotShared) {
  std::vector<std::byte> workspaces(4 * 128);
  Pool pool(4, workspaces.data(), 128);
  for (int round = 0; round < 100; ++round) {
    std::vector<void *> seen(64);
    void *buffers[] = {seen.data()};
    pool.run(note, buffers, 64, 1, 1);
    EXPECT_EQ(seen, std::vector<void *>(64, workspaces.data() + Pool::workspaceHeader));
  }
}

static double processorSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval &time) { return double(time.tv_sec) + 1e-6 * double(time.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

TEST(Pool, AnIdlePoolUsesNoProcessor) {
  std::vector<std::byte> workspaces(3 * 64);
  Pool pool(3, workspaces.data(), 64);
  std::vector<int> cells(64);
  void *buffers[] = {cells.data()};
  pool.run(count, buffers, 64, 1);
  double before = processorSeconds();
  timespec pause{0, 100000000};
  nanosleep(&pause, nullptr);
  EXPECT_LT(processorSeconds() - before, 0.02);
}

TEST(Worker, WhatIsGivenIsDoneByOneOfTheTwo) {
  struct Counts {
    int done = 0;
  } counts;
  Worker worker([](void *owner, int) { ++static_cast<Counts *>(owner)->done; }, &counts, 1, 200e-6);
  ASSERT_TRUE(worker.start());
  int given = 10000, back = 0;
  for (int k = 0; k < given; ++k) {
    worker.give();
    if (k % 100 == 0) { // it has time to begin, or to fall asleep before the next one
      timespec pause{0, 300000};
      nanosleep(&pause, nullptr);
    }
    if (worker.takeBack())
      ++back;
    else if (!worker.awaitFor(k % 2 ? 1e-5 : 0))
      worker.await();
  }
  EXPECT_EQ(counts.done + back, given);
  EXPECT_GT(counts.done, 0);
}

TEST(Worker, AnOwnerThatWaitsLongSleeps) {
  Worker worker(
      [](void *, int) {
        timespec pause{0, 100000000};
        nanosleep(&pause, nullptr);
      },
      nullptr, 1, 200e-6);
  ASSERT_TRUE(worker.start());
  double before = processorSeconds();
  worker.give();
  while (worker.core() < 0)
    sched_yield();
  EXPECT_FALSE(worker.takeBack());
  EXPECT_FALSE(worker.awaitFor(1e-4));
  worker.await();
  EXPECT_LT(processorSeconds() - before, 0.05);
}

TEST(Worker, GoesToTheCoreThatItIsSentTo) {
  Worker worker([](void *, int) {}, nullptr, 1, 200e-6);
  ASSERT_TRUE(worker.start());
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  auto work = [&] {
    do {
      worker.give();
      timespec pause{0, 1000000};
      nanosleep(&pause, nullptr);
    } while (worker.takeBack());
    worker.await();
  };
  work();
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &allowed)) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(core, &one);
      worker.moveTo(one);
      work();
      EXPECT_EQ(worker.core(), core);
    }
}

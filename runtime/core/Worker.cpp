/// One word between two threads, on which either of them may sleep.
#include "core/Worker.h"
#include "core/System.h"

#include <algorithm>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nnrt {

int availableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return std::max(CPU_COUNT(&set), 1);
}

static void sleepWhile(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
static void wake(std::atomic<uint32_t> &word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

/// True as soon as `done` is, false when the time is over. The clock costs more than a pause.
template <typename Done> static bool waitAwhile(double seconds, Done done) {
  constexpr int pauses = 64;
  for (double end = now() + seconds; true;) {
    for (int pause = 0; pause < pauses; ++pause) {
      if (done())
        return true;
      __builtin_ia32_pause();
    }
    if (now() > end)
      return done();
  }
}

bool Worker::start() {
  runs = pthread_create(&thread, nullptr, threadMain, this) == 0;
  return runs;
}

Worker::~Worker() {
  if (!runs)
    return;
  if (state.exchange(Stopping) == Asleep)
    wake(state);
  pthread_join(thread, nullptr);
}

void *Worker::threadMain(void *worker) {
  static_cast<Worker *>(worker)->serve();
  return nullptr;
}

Worker::State Worker::awaitWork() {
  auto called = [&] { return state.load(std::memory_order_acquire) != Idle; };
  while (!called()) {
    if (patience > 0 && waitAwhile(patience, called))
      break;
    uint32_t idle = Idle;
    if (!state.compare_exchange_strong(idle, Asleep))
      break;
    while (state.load() == Asleep)
      sleepWhile(state, Asleep);
  }
  return State(state.load());
}

void Worker::serve() {
  task.store(int(syscall(SYS_gettid)), std::memory_order_relaxed);
  while (awaitWork() != Stopping) {
    uint32_t given = Given;
    if (!state.compare_exchange_strong(given, Begun))
      continue; // taken back, or an end
    seenOn.store(sched_getcpu(), std::memory_order_relaxed);
    duty(owner, index);
    if (state.exchange(Idle) == Awaited)
      wake(state);
  }
}

void Worker::give() {
  if (state.exchange(Given) == Asleep)
    wake(state);
}

bool Worker::takeBack() {
  uint32_t given = Given;
  return state.compare_exchange_strong(given, Idle);
}

bool Worker::awaitFor(double seconds) {
  auto done = [&] { return state.load(std::memory_order_acquire) != Begun; };
  return done() || (seconds > 0 && waitAwhile(seconds, done));
}

void Worker::await() {
  uint32_t notDone = Begun;
  if (state.compare_exchange_strong(notDone, Awaited))
    while (state.load() == Awaited)
      sleepWhile(state, Awaited);
}

void Worker::moveTo(const cpu_set_t &cores) const {
  if (int number = task.load(std::memory_order_relaxed))
    syscall(SYS_sched_setaffinity, number, sizeof cores, &cores);
}

} // namespace nnrt

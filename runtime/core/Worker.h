/// A thread that does one thing at a time for its owner.
#pragma once

#include <atomic>
#include <cstdint>
#include <pthread.h>
#include <sched.h>

namespace nnrt {

/// Cores this process may run on.
int availableCores();

/// What is given is done once: by the worker, or by the owner if it takes it back before the worker has begun. So the
/// owner never waits for a thread that sleeps or has no core. In between, a worker looks for work a while before it
/// sleeps: what follows soon finds it awake, and an idle process does not burn a core.
///
/// Note [Waiting]
/// Whoever waits pauses first, as launches follow each other within a microsecond and to wake a thread takes fifty, and
/// then sleeps. It never yields: among other processes that would give away a whole time slice, whereas who sleeps is
/// preferred when it wakes (measured on a busy machine: 0.61 ms with yields, 0.33 without, 0.60 on one thread).
class Worker {
public:
  using Duty = void (*)(void *owner, int index);

  /// `patience`: the seconds for which it looks for work before it sleeps.
  Worker(Duty duty, void *owner, int index, double patience)
      : duty(duty), owner(owner), index(index), patience(patience) {}
  ~Worker();
  Worker(const Worker &) = delete;

  /// False if the system has no more threads.
  bool start();

  /// Has `duty` done once. What was given before has been done or taken back.
  void give();
  /// True if the worker has not begun what was given, and now will not.
  bool takeBack();
  /// Looks for so many seconds at what was given; true if it is done.
  bool awaitFor(double seconds);
  /// Sleeps until what was given is done.
  void await();

  /// The core that the worker was on when it last began something, or -1.
  int core() const { return seenOn.load(std::memory_order_relaxed); }
  /// Asks the system to run the worker on one of these cores.
  void moveTo(const cpu_set_t &cores) const;

private:
  enum State : uint32_t {
    Idle,
    Given,   ///< and not begun
    Begun,   ///< the worker is at it
    Awaited, ///< the same, and the owner sleeps until it is done
    Asleep,
    Stopping
  };
  static void *threadMain(void *worker);
  void serve();
  State awaitWork();

  const Duty duty;
  void *const owner;
  const int index;
  const double patience;
  pthread_t thread = {};
  bool runs = false;

  // What both sides look at has cache lines of its own.
  alignas(64) std::atomic<uint32_t> state{Idle};
  alignas(64) std::atomic<int> seenOn{-1};
  std::atomic<int> task{0}; ///< the system's number of the thread
};

} // namespace nnrt

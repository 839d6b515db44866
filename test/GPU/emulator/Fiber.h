// Stacks that code runs on in turns, within one thread of the system.
#pragma once

#include <cstddef>
#include <vector>

namespace emulated {

/// `count` stacks, each of which ends at a page that nobody may touch.
class Fibers {
public:
  explicit Fibers(size_t count);
  ~Fibers();
  Fibers(const Fibers &) = delete;

  /// Lets `entry` begin on a stack when it is resumed next. It may never return; it pauses for the last time instead.
  void start(size_t fiber, void (*entry)());
  /// Runs a fiber until it pauses.
  void resume(size_t fiber);
  /// Goes back to who resumed the fiber that runs.
  void pause();
  /// The fiber that runs.
  size_t current() const { return running; }

private:
  char *memory = nullptr;
  std::vector<void *> places; ///< of each fiber, where its stack is while it does not run
  void *caller = nullptr;
  size_t running = 0;
};

} // namespace emulated

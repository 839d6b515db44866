/// The batch of the next step, gathered while a step runs.
#pragma once

#include "cli/Feed.h"
#include "core/Worker.h"

#include <memory>

namespace nnrt {

/// Two io blocks take turns: a step computes in one of them while a thread of its own fills the other one. Batches are
/// functions of seed and step, so it makes no difference to them. What is gathered sooner than a thread is woken is
/// gathered in between. On a GPU a step may still read its block when the next one is staged; so they take turns there,
/// too.
class ReadAhead {
public:
  /// What takes longer than `wakingSeconds` is worth another thread.
  ReadAhead(Model &model, Feed &feed, int64_t totalSteps, double wakingSeconds = 30e-6)
      : model(model), feed(feed), total(totalSteps), wakingSeconds(wakingSeconds) {}
  ~ReadAhead() { settle(); }
  ReadAhead(const ReadAhead &) = delete;

  /// Puts the arguments of a step into the io block, and begins to gather those of the next one.
  void stage(int64_t step);
  /// Ends what has begun; from now on the feed is the caller's until the next `stage`.
  void settle();

private:
  void gather();
  bool isWorthwhile();

  Model &model;
  Feed &feed;
  const int64_t total;
  const double wakingSeconds;
  int64_t next = -1;   ///< the step whose batch the other io block has or gets; -1: none
  int64_t tries = 0;   ///< batches whose gathering was timed
  double shortest = 1; ///< seconds of these
  bool hasThread = true;
  std::unique_ptr<Worker> worker; ///< from the first batch on that is worth it
};

} // namespace nnrt

/// Batches are given to a worker, and taken back if it does not come.
#include "cli/ReadAhead.h"
#include "core/System.h"

#include <algorithm>

namespace nnrt {

/// Seconds for which a thread looks for the other one before it sleeps.
constexpr double patience = 200e-6;

void ReadAhead::gather() { feed.stage(model.spareIo, next, total, model.spareIoUser); }

void ReadAhead::settle() {
  if (next >= 0 && !worker->takeBack())
    worker->await();
  next = -1;
}

/// The first batches tell, and wait for pages of data that has not been touched yet; so the shortest of some counts.
bool ReadAhead::isWorthwhile() {
  constexpr int64_t enough = 5;
  if (tries < enough || shortest < wakingSeconds || !hasThread)
    return false;
  if (!worker) {
    auto duty = [](void *owner, int) { static_cast<ReadAhead *>(owner)->gather(); };
    // Where every core has a thread that computes, it takes none of them to look for work.
    worker = std::make_unique<Worker>(duty, this, 0, model.threads() < availableCores() ? patience : 0);
    hasThread = worker->start();
  }
  return hasThread;
}

void ReadAhead::stage(int64_t step) {
  if (next == step) {
    if (worker->takeBack())
      gather();
    else if (!worker->awaitFor(patience))
      worker->await();
    model.swapIo();
  } else {
    settle();
    if (model.runsAhead(feed.step())) // the step before may still read its arguments
      model.swapIo();
    model.awaitSent(model.io);
    double begun = now();
    feed.stage(model.io, step, total, model.ioUser);
    shortest = std::min(shortest, now() - begun);
    ++tries;
  }
  next = -1;
  if (step + 1 < total && isWorthwhile()) {
    model.awaitSent(model.spareIo);
    next = step + 1;
    worker->give();
  }
}

} // namespace nnrt

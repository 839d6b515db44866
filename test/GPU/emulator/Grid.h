// Runs a grid of threads on this processor: what a launch does on a GPU that is not there.
//
// Note [Threads that wait]
// A kernel whose threads wait for each other (at a barrier, or for the lanes of their warp) is run a block at a time,
// each thread on a stack of its own: it goes on until it waits, and what it waits for happens when all that it needs
// are there. Between two waits threads run in random order. Shared memory begins as NaN. Of each of its words the last
// writer and the readers since the last barrier are known, so that two threads that touch a word, one of them writing,
// without a barrier between them are found whatever the order was. A grid in which that happens, or in which threads
// wait for what never comes, has failed, as one has that a GPU gave up.
//
// Note [Copies under way]
// What a thread copies to shared memory by cp.async arrives when it waits for the copy's group, not before: until then
// its words must not be touched, by nobody, and afterwards other threads see them behind a barrier, as what was stored.
//
// Note [Products under way]
// A product of a group of four warps begins when all of them are there, and reads shared memory when they wait for it,
// not before; until then its sums are NaNs that say whose they are, and what it reads must not be written. It sees what
// was written before a barrier by threads that had told the asynchronous proxy of it before that barrier. Products in a
// row may add to the same sums; where another instruction may have touched them, a fence has to come between.
//
// Note [Barriers in memory]
// Threads also learn from each other by barriers in shared memory: who has waited for a phase knows what those who
// arrived did before. That is told warp by warp, and a lane that arrives speaks for its warp up to the last barrier of
// the warp; of products, up to now. Products may read what threads have written and told the asynchronous proxy of if
// all who begin them know it; threads may write what products have read if they know that these have ended. Threads
// that touch a word, one of them writing, need a barrier of the block as before.
//
// Note [Boxes under way]
// A copy of a box arrives some time before somebody could not go on without it. Until then its words must not be
// touched, by nobody; afterwards only by threads that have waited for the phase of its barrier, which has to be told of
// just as many bytes. It may begin where nobody writes any more, of what threads wrote the asynchronous proxy was told,
// and products that read there are known to have ended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace emulated {

/// A piece of shared memory. The same in nn-emulate.
struct Shared {
  void *address;
  int64_t bytes; ///< negative: as many as a launch says, up to so many
};

/// What nn-emulate writes for a kernel. The same there.
struct KernelCode {
  void (*run)(void **parameters);
  int64_t parameters; ///< how many
  const int64_t *parameterBytes;
  int64_t waits; ///< 1: its threads may wait for each other
  int64_t sharedCount;
  const Shared *shared;
};

constexpr unsigned mostThreads = 1024, warpSize = 32;
constexpr int64_t mostSharedBytes = 48 * 1024;   ///< without asking the driver for more
constexpr int64_t mostAskedForBytes = 99 * 1024; ///< of all GPUs since Ampere the least

/// What the code itself names.
int64_t sharedBytes(const KernelCode &code);

/// Runs all blocks, each with `given` bytes of shared memory besides what its code names. Returns what went wrong;
/// empty: nothing.
std::string runGrid(const KernelCode &code, unsigned blocks, unsigned threads, unsigned given,
                    std::vector<std::vector<char>> parameters);

} // namespace emulated

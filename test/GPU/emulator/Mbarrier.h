// Barriers in shared memory (mbarrier), and what threads know of each other by them. Written from the PTX ISA
// ("mbarrier"); nothing is taken from who uses them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace emulated {

/// What is known of a warp: all that happened there up to a moment. Moments are numbers, counted through a block.
struct Known {
  uint64_t work = 0;     ///< of all of its lanes
  uint64_t told = 0;     ///< writes to shared memory that the asynchronous proxy was told of by all of its lanes
  uint64_t products = 0; ///< of four warps that have ended
};

/// Of each warp.
struct Knowledge {
  std::vector<Known> warps;

  void join(const Knowledge &other) {
    for (size_t k = 0; k < warps.size(); ++k) {
      warps[k].work = std::max(warps[k].work, other.warps[k].work);
      warps[k].told = std::max(warps[k].told, other.warps[k].told);
      warps[k].products = std::max(warps[k].products, other.warps[k].products);
    }
  }
};

struct Mbarrier {
  /// "The valid range of values" of counts, and of bytes.
  static constexpr unsigned mostArrivals = (1u << 20) - 1;
  static constexpr int64_t mostBytes = (1 << 20) - 1;

  const char *place;
  unsigned expected;     ///< arrivals of a phase
  int maker;             ///< the thread
  uint64_t made;         ///< the moment
  unsigned madeEpoch;    ///< block-wide barriers before
  unsigned pending;      ///< arrivals that this phase lacks
  int64_t bytes = 0;     ///< that were announced and have not come
  unsigned phase = 0;    ///< that is going on
  Knowledge coming = {}; ///< of who has arrived
  Knowledge given = {};  ///< to who waits for the last phase

  /// "phase completion": nothing is pending any more.
  void goOn() {
    if (pending > 0 || bytes != 0)
      return;
    ++phase;
    pending = expected;
    given = coming;
  }
  /// "waitParity": of the phase that is going on, or of the one before, which has completed.
  bool isOver(unsigned parity) const { return (phase & 1) != (parity & 1); }
};

} // namespace emulated

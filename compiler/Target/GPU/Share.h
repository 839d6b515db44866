// How many threads do a cell of an equation that combines many points. For use within this room.
//
// Note [Shares]
// One thread a cell leaves most of a GPU idle where cells are few and points many: a loss over a batch, norms, the sums
// of softmax, gradients of biases. A GPU of today runs two hundred thousand threads at once, and a quarter of them hide
// its memory's latency: a cell gets as many threads as bring the grid to `enoughThreads`, but none fewer than
// `leastPoints` points. Neighbouring threads should read neighbouring words. Where what is read most lies along a
// reduced index, threads of a cell are neighbours: a warp of them, or a block of several. Where it lies along the
// cells, a warp takes 32 cells side by side and the warps of a block share their points. Mates meet in a fixed order,
// so a result does not depend on what runs when.
//
// One thread a cell remains what does a map, bools, a cell whose points are found by tables
// (segments), and equations with conditions that hold at one point of a loop.
#pragma once

#include "Target/CPU/Schedule.h"

namespace nn {

struct Share {
  int64_t threads = 1;  ///< of a cell
  int64_t cells = 1;    ///< of a block at a time
  bool columns = false; ///< neighbouring threads work on neighbouring cells, not on the same one
  /// The reduced indices, the one along which a cell's threads are neighbours last.
  llvm::SmallVector<unsigned> order = {};
};

constexpr int64_t warpThreads = 32;

Share shareOf(const EquationInfo &info);

/// Among the threads of one block, which does a stripe of a frame.
Share shareInBlock(const EquationInfo &info, const FrameInfo &frame);

} // namespace nn

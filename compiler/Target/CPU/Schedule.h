// The schedule of one equation: which index runs along vector lanes, which indices are tiled into registers, the order
// of loops.
#pragma once

#include "Target/CPU/CPU.h"
#include "Target/CPU/EquationInfo.h"

namespace nn {

struct Schedule {
  /// The index along vector lanes, or -1 for scalar code.
  int vectorDim = -1;
  /// The vector index is reduced: lanes hold partial results that meet at the end.
  bool dot = false;
  unsigned lanes = 1;
  /// An index of extent 2, in the tile, whose cells lie between those of the vector index; -1: none. See Note [Cells in
  /// turns].
  int turnDim = -1;
  /// An index of which the tile of a map holds as many points as there are lanes: rows of inputs that lie along it are
  /// transposed in registers; -1: none. See Note [Squares].
  int squareDim = -1;
  /// For each index, how many of its points one register tile holds (for the vector index a multiple of `lanes`).
  llvm::SmallVector<int64_t> tile;
  /// Loops from outer to inner: first the parallel indices, then the reduced ones.
  llvm::SmallVector<unsigned> parallelOrder, reduceOrder;
  /// A reduced index of which all tiles do `block` values before any of them does the next ones; -1: none.
  int blockedDim = -1;
  int64_t block = 0;
};

/// Where an equation stands in its kernel: its frame index (or -1), and how many of its points one stripe holds.
struct FrameInfo {
  int dim = -1;
  int64_t stripe = 0;
  /// Outer frame indices: one point each.
  llvm::SmallVector<unsigned> outer = {};
  /// Every stripe is full, so that loops over it have constant bounds.
  bool fullStripes = true;

  /// How many points of index `d`, of this extent in the box, one stripe holds.
  int64_t extentOf(unsigned d, int64_t extent) const {
    return int(d) == dim ? stripe : llvm::is_contained(outer, d) ? 1 : extent;
  }
};

/// What is left of a stripe whose height is not known at compile time is done in tiles of so many rows, each once at
/// most: powers of two below the whole tile.
llvm::SmallVector<int64_t> tailTiles(int64_t tile);

/// True if input k of an equation without conditions lies along `square`, and not along the vector index.
bool isTransposed(const EquationInfo &info, unsigned k, int vectorDim, int square);

/// One cost model for every equation: loads for each arithmetic operation, unit strides, registers.
Schedule chooseSchedule(const EquationInfo &info, ISA isa, const FrameInfo &frame);

} // namespace nn

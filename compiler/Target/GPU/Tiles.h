// Contractions as products of matrices, a tile a block. For use within this room.
//
// Note [Tiles]
// A sum of products of two factors is a product of matrices, whatever the maps of its equation: indices of the result
// that only the left factor moves with are rows, those that only the right one moves with are columns, those of both
// count matrices, and the reduced ones are summed along. Each group is gone through as one number, row-major, from
// which the indices are taken apart again; so a convolution is the product of a matrix that nobody has stored.
//
// A block of 256 threads does a tile of the result. `depth` words of the sum at a time it brings parts of both factors
// into shared memory, where every thread reads what it needs: of f32 it holds a square of cells in registers and adds
// an outer product a step; of words that tensor cores take a warp multiplies fragments by `mma.sync`, sums are f32.
// Shared memory has place for several parts (`stages`): while a block computes with one, the next ones are on their
// way; one barrier a part, or on sm_90a one of each stage, see Note [Rings]. What lies outside of the matrices, outside
// of an operand that has a `fill` value, or where a condition of one factor does not hold, counts as that value or as
// 0; addresses are clamped.
//
// Tensor cores take what a program rounds: words of two bf16 that pair-factors has made; factors of f32 that are
// rounded to bf16, two terms of the sum becoming such a word on the way to shared memory; and factors that are rounded
// to tf32. See Note [Tensor cores].
//
// Note [Copies]
// A factor that is one input as it is, and 0 where it is not read, goes to shared memory by `cp.async`, which needs no
// registers and is waited for only when its part is due: 16 bytes at once where four neighbours in memory are
// neighbours in shared memory, too, and lie together inside or outside; else a word at a time. Words for tensor cores
// lie there along the sum, words of f32 along the lines. A factor that is computed from inputs, or has another fill
// value, is read into registers and stored. Groups of four words are permuted within a row, by the row's number, so
// that threads that read lines side by side, or write steps side by side, are at different banks.
#pragma once

#include "Target/CPU/Schedule.h"
#include "Target/GPU/TensorCores.h"
#include "Target/GPU/WarpGroups.h"

namespace nn {

/// One factor: which part of the body it is.
struct Factor {
  mlir::Value value;                        ///< in the body
  llvm::SmallVector<unsigned> inputs;       ///< that it is computed from
  llvm::SmallVector<Constraint> conditions; ///< where one does not hold, it counts as 0
  bool alongSum = false;                    ///< neighbours in memory lie along the last summed index
  int64_t copied = 0;                       ///< words at once; 0: not by copies, see Note [Copies]
};

struct Contraction {
  Factor left, right;
  llvm::SmallVector<unsigned> batch, rows, columns, summed;
  llvm::SmallVector<Constraint> cellConditions; ///< of cells of the result
  Words words = Words::Floats;
  int64_t wordPoints = 1;             ///< of the box along the sum: 2 where pairs are made on the way to shared memory
  int64_t height, width;              ///< of a tile
  int64_t stages;                     ///< parts of the factors in shared memory
  llvm::SmallVector<int64_t> extents; ///< of the box, of a stripe of it where there is a frame

  int64_t countPoints(llvm::ArrayRef<unsigned> along) const;
  bool onTensorCores() const { return words != Words::Floats; }
  /// True if a group of warps has a product of its own of each tile; see Note [Warp groups].
  bool fitsWarpgroups() const { return words == Words::Pairs && height >= warpgroupRows; }
  /// Terms of the sum, and words of it.
  int64_t terms() const { return countPoints(summed) * (words == Words::Pairs ? 2 : 1) / wordPoints; }
  int64_t steps() const { return llvm::divideCeil(countPoints(summed), wordPoints); }
  /// Tiles of the result.
  int64_t tiles() const;
  /// What its parts take in shared memory.
  int64_t bytes() const;
};

constexpr int64_t tileThreads = 256;
/// Steps of the sum in a part, of words; words that are copied or read at once.
constexpr int64_t tileDepth = 16, groupWords = 4;
/// Parts that copies need to stay ahead of the computation.
constexpr int64_t mostStages = 4;

/// Nothing where the equation, or what a stripe of it is, is no contraction, or one with few rows, columns or terms.
std::optional<Contraction> contractionOf(const EquationInfo &info, const FrameInfo &frame = {});

/// Into how many parts a sum should be cut so that there are tiles enough; 1: it should not be.
int64_t partsOf(const EquationInfo &info, const Contraction &contraction);

} // namespace nn

// Contractions as products of matrices, a tile a block. For use within this room.
//
// Note [Tiles]
// A sum of products of two factors is a product of matrices, whatever the maps of its equation: indices of the result
// that only the left factor moves with are rows, those that only the right one moves with are columns, those of both
// count matrices, and the reduced ones are summed along. Each group is gone through as one number, row-major, from
// which the indices are taken apart again; so a convolution is the product of a matrix that nobody has stored.
//
// A block of 256 threads does a tile of the result. `depth` steps of the sum at a time it brings parts of both factors
// into shared memory, where every thread reads what it needs: of f32 it holds a square of cells in registers and adds
// an outer product a step; of words of two bf16 a warp multiplies fragments by `mma.sync`, sums are f32. While a block
// computes with one part, its threads have read the next one into registers, and put it into a second piece of shared
// memory: one barrier a part. What lies outside of the matrices, outside of an operand that has a `fill` value, or
// where a condition of one factor does not hold, counts as that value or as 0; addresses are clamped.
#pragma once

#include "Target/CPU/EquationInfo.h"

namespace nn {

/// One factor: which part of the body it is.
struct Factor {
  mlir::Value value;                        ///< in the body
  llvm::SmallVector<unsigned> inputs;       ///< that it is computed from
  llvm::SmallVector<Constraint> conditions; ///< where one does not hold, it counts as 0
  bool alongSum = false;                    ///< neighbours in memory lie along the last summed index
};

struct Contraction {
  Factor left, right;
  llvm::SmallVector<unsigned> batch, rows, columns, summed;
  llvm::SmallVector<Constraint> cellConditions; ///< of cells of the result
  bool pairs = false;                           ///< words of two bf16
  int64_t height, width;                        ///< of a tile

  /// Tiles of the result.
  int64_t tiles(const EquationInfo &info) const;
};

constexpr int64_t tileThreads = 256;

/// Nothing where the equation is no contraction, or one with few rows, columns or terms.
std::optional<Contraction> contractionOf(const EquationInfo &info);

} // namespace nn

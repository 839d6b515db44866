// What emission asks about one equation: which indices an expression varies with, its range, how the write covers the
// result.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "llvm/ADT/SmallBitVector.h"

#include <optional>

namespace nn {

/// Inclusive bounds of an index expression over the whole box.
struct IndexRange {
  int64_t low, high;
};

/// One affine condition of an equation's domain: `expr >= 0`, or `expr == 0`.
struct Constraint {
  mlir::AffineExpr expr;
  bool equality;
};

class EquationInfo {
public:
  explicit EquationInfo(EquationOp op);

  EquationOp op;
  unsigned dims;
  llvm::SmallVector<int64_t> extents;
  /// The domain without the conditions that always hold.
  llvm::SmallVector<Constraint> constraints;
  /// Indices that the write map uses, and the others, in order.
  llvm::SmallVector<unsigned> parallel, reduced;
  /// No two points that differ in a parallel index write the same cell.
  bool injective = false;
  /// Every cell of the result is written when all parallel indices run.
  bool covering = false;
  /// Every input is read in range at every point of the box, whatever the conditions say.
  bool readsInside = false;

  /// The points of the box along some of its indices.
  int64_t countPoints(llvm::ArrayRef<unsigned> along) const;
  /// The box indices that `expr` varies with, directly or through symbols.
  llvm::SmallBitVector dimsOf(mlir::AffineExpr expr) const;
  llvm::SmallBitVector dimsOf(mlir::AffineMap map) const;
  /// The same as a list, for loops: in the head of a `for` what dimsOf returns is gone before its `set_bits()` are.
  llvm::SmallVector<unsigned> dimListOf(mlir::AffineExpr expr) const;
  llvm::SmallVector<unsigned> dimListOf(mlir::AffineMap map) const;
  /// The factor of index `d` in `expr`; nothing when `expr` is not linear in it.
  std::optional<int64_t> coefficient(mlir::AffineExpr expr, unsigned d) const;
  /// Bounds of `expr` over the box; nothing when it uses symbols.
  std::optional<IndexRange> range(mlir::AffineExpr expr) const;
  /// True if `expr` surely lies in [0, size) at every point of the box.
  bool staysInside(mlir::AffineExpr expr, int64_t size) const;
  /// True if a condition may bound the tiles and loops of an equation: linear, with at most one reduced index, and that
  /// with the factor 1 or -1.
  bool mayBound(const Constraint &constraint) const;
  /// The same, and reading where it does not hold does no harm.
  bool isBound(const Constraint &constraint) const { return readsInside && mayBound(constraint); }
  /// Of the turns of loops that move by `steps`, the share in which some point satisfies a condition; 1 where that is
  /// not known, as of one with symbols or more than two indices.
  double shareOfTurns(const Constraint &constraint, llvm::ArrayRef<int64_t> steps) const;
  /// By how many elements the address along a buffer's last axis moves with `d`; 0 if it moves in another way, or not.
  int64_t strideOf(mlir::AffineMap map, unsigned d) const;
  /// True if moving `d` by one moves the address in a row-major buffer by exactly one element.
  bool isUnitStride(mlir::AffineMap map, unsigned d) const { return strideOf(map, d) == 1; }

  /// The elements by which an access to a row-major buffer of `shape` moves with `d`; nothing where that is not the
  /// same everywhere.
  std::optional<int64_t> strideOf(mlir::AffineMap map, llvm::ArrayRef<int64_t> shape, unsigned d) const;

private:
  void analyzeWrite();
  bool analyzeWriteAxis(mlir::AffineExpr expr, int64_t size, llvm::SmallBitVector &used);

  llvm::SmallVector<llvm::SmallBitVector> symbolDims;
};

} // namespace nn

// Where equations on formulas read and write.
#pragma once

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace nn::prover {

/// An affine expression of the coordinates of a point and the symbols behind them.
class Subscript {
public:
  Subscript(mlir::AffineExpr expr, unsigned numDims, unsigned numSymbols);

  int64_t at(llvm::ArrayRef<int64_t> point) const;
  /// What coordinate `d` counts for; none where the expression is not linear.
  std::optional<int64_t> coefficient(unsigned d) const;
  /// Adds `stride` times the expression to a linear form of the coordinates; false if it is none.
  bool addTo(llvm::MutableArrayRef<int64_t> factors, int64_t &offset, int64_t stride) const;

private:
  mlir::AffineExpr expr;
  unsigned numDims;
  std::optional<llvm::SmallVector<int64_t>> coefficients; ///< where it is linear
  llvm::SmallVector<size_t, 3> terms;                     ///< places with a coefficient
};

/// A map to the cells of a tensor.
class FormalAccess {
public:
  /// `inside`: no point of the box leads out of the tensor, but for what symbols do.
  FormalAccess(mlir::AffineMap map, mlir::ShapedType type, bool inside);

  /// The row-major number of the cell, or -1 outside.
  int64_t at(llvm::ArrayRef<int64_t> point) const;

  /// Cells along one coordinate: the first, and how far apart they lie.
  struct Row {
    int64_t first, stride;
  };
  /// Those of `length` points from `point` on along coordinate `d`; none if they lie unevenly, or some outside.
  std::optional<Row> along(unsigned d, llvm::ArrayRef<int64_t> point, int64_t length) const;

private:
  llvm::SmallVector<Subscript> subscripts;
  llvm::ArrayRef<int64_t> shape;
  bool isOffset; ///< the number of the cell is a linear form of the coordinates
  llvm::SmallVector<int64_t> factors;
  int64_t offset = 0;
};

} // namespace nn::prover

// Applying operations along a new leading axis: the batch of examples, functions mapped over an axis, many seeds at
// once.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseSet.h"

namespace nn {

/// What became of the values of the code that is being applied along a new leading axis of `extent`.
struct Batching {
  explicit Batching(int64_t extent, bool drawsDiffer = false) : extent(extent), drawsDiffer(drawsDiffer) {}

  int64_t extent;
  /// True if slices that share a key still draw their own numbers: functions mapped over an axis. Examples have their
  /// own keys.
  bool drawsDiffer;

  /// True if the axis is that of the examples: their coupling is then resolved along it.
  bool ofExamples = false;
  /// With `ofExamples`, the number of valid rows (tensor<i32>); null where nothing sums over them.
  mlir::Value rows = {};

  /// True if `old` has the new axis.
  bool isMapped(mlir::Value old) const { return mapped.contains(old); }
  /// What `old` became; values from outside stay.
  mlir::Value lookup(mlir::Value old) const { return values.lookupOrDefault(old); }
  /// What `old` became, repeated along the axis if it does not have it.
  mlir::Value lookupMapped(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value old) const;
  void set(mlir::Value old, mlir::Value now, bool isMapped);
  /// The type with the new axis in front.
  mlir::RankedTensorType extend(mlir::Type type) const;

  mlir::IRMapping values;

private:
  llvm::DenseSet<mlir::Value> mapped;
};

/// Applies one operation: a copy where nothing it reads has the axis, else by its BatchOpInterface. Emits an error and
/// fails where the operation cannot be applied along an axis.
llvm::LogicalResult batchOperation(mlir::OpBuilder &builder, mlir::Operation &op, Batching &batching);

/// The tensor with axes `a` and `b` exchanged, as an equation.
mlir::Value swapAxes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, unsigned a, unsigned b);
/// Restricts an equation whose index 0 runs over the rows of a batch to the first `rows` (tensor<i32>) of them.
void maskRows(EquationParts &parts, mlir::Value rows);
/// The sum of a value over the valid rows of a batch of at most `bound`; without rows of its own it counts once a valid
/// row.
mlir::Value sumRows(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t bound, bool hasRows,
                    mlir::Value rows);
/// The tensor repeated along a new leading axis, as an equation.
mlir::Value repeatLeading(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t extent);

} // namespace nn

// Axes of tensors, and which of them are permuted together where a step of training does not notice it.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace nn::prover {

/// Classes of axes: an index that runs over two axes puts them into one class. A class is free while nothing tells its
/// entries apart; then permuting all of its axes at once is a symmetry of everything that was visited. A free axis of
/// what a parameter starts from holds equal entries.
class AxisClasses {
public:
  /// Visits a function in which everything is inlined. Its parameters and states are those of all visited functions.
  void visit(mlir::func::FuncOp function);

  /// The class of an axis of a parameter that was visited; nothing of another one.
  std::optional<unsigned> classOf(llvm::StringRef parameter, unsigned axis);
  bool isFree(unsigned axes) { return !fixed[find(axes)]; }

private:
  unsigned add(unsigned count);
  unsigned find(unsigned axis);
  void join(unsigned a, unsigned b);
  void fix(unsigned axis) { fixed[find(axis)] = true; }
  /// The first axis of a value; the others follow.
  unsigned axesOf(mlir::Value value);
  void fixAll(mlir::ValueRange values);
  void joinAll(mlir::Value a, mlir::Value b);
  /// Axes `fromA`, `fromA + 1`, .. of a are those `fromB`, .. of b.
  void joinBehind(mlir::Value a, unsigned fromA, mlir::Value b, unsigned fromB, unsigned count);
  void joinBound(BindAttr binding, mlir::Value value);

  void visitBlock(mlir::Block &block);
  void visit(mlir::Operation &op);
  void visitEquation(EquationOp op);
  void visitMap(mlir::Value value, mlir::AffineMap map, mlir::ArrayRef<int64_t> extents, unsigned dims);
  void visitReshape(ReshapeOp op);
  /// States of a loop as it begins, as a turn gets them and as it leaves them; what its body captures, as `captured`
  /// within; and all that is computed in a turn.
  void visitTurn(mlir::ValueRange inits, mlir::ValueRange captures, mlir::ValueRange captured, mlir::Block &body);
  void visitScan(ScanOp op);
  void visitIterate(IterateOp op);

  llvm::SmallVector<unsigned> parents;
  llvm::SmallVector<bool> fixed; ///< of the root of each class
  llvm::DenseMap<mlir::Value, unsigned> first;
  llvm::StringMap<std::pair<unsigned, unsigned>> stored; ///< by path: the first axis and the rank
};

} // namespace nn::prover

// Derivatives of straight programs of operations: cotangents backwards, tangents forwards.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/PerExample.h"

namespace nn {

/// What all derivatives in one function have in common.
struct DiffContext {
  PerExample perExample;
};

/// Reverse mode from values of one block to other values of that block.
class Pullback {
public:
  /// `ofBatch`: what is differentiated is shared or the sum over the batch, so contributions of all examples to a
  /// shared value are summed. Otherwise it belongs to one example, and a path through the coupling of examples is an
  /// error.
  Pullback(mlir::OpBuilder &builder, DiffContext &context, bool ofBatch)
      : builder(builder), context(context), ofBatch(ofBatch) {}

  /// Writes at the builder's place the cotangents of `wrt`, given those of `ys` (null: zero). What `wrt` does not reach
  /// gets null. Each of `wrt` is an independent variable.
  llvm::LogicalResult run(mlir::ValueRange ys, llvm::ArrayRef<mlir::Value> cotangents, mlir::ValueRange wrt,
                          llvm::SmallVectorImpl<mlir::Value> &grads);

  /// Adds a contribution to an operand's cotangent, if the operand is on a path. `perExample`: the operation works
  /// example by example.
  void contribute(mlir::Location loc, mlir::Value operand, mlir::Value cotangent, bool perExample);
  bool isActive(mlir::Value value) const { return active.contains(originalOf(value)); }
  /// True if the operation's work differs from example to example.
  bool worksPerExample(mlir::Operation &op);

  mlir::OpBuilder &builder;
  DiffContext &context;
  const bool ofBatch;

private:
  void findActive(mlir::Block &block, mlir::Operation *end, mlir::ValueRange wrt);
  mlir::Value total(mlir::Value value);
  mlir::Value originalOf(mlir::Value value) const;
  void computeAgain(mlir::Attribute call, llvm::ArrayRef<mlir::Operation *> primal,
                    llvm::ArrayRef<mlir::Value> cotangents);
  llvm::LogicalResult pullBack(mlir::Operation &op, llvm::ArrayRef<mlir::Value> cotangents);

  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 2>> contributions;
  /// What has been computed again: the operations by their originals, values by those that they stand for.
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> again;
  llvm::DenseMap<mlir::Value, mlir::Value> originals;
};

/// Forward mode: writes the tangents of `ys` given those of `xs`; null where it is zero.
llvm::LogicalResult pushForward(mlir::OpBuilder &builder, DiffContext &context, mlir::ValueRange xs,
                                llvm::ArrayRef<mlir::Value> tangents, mlir::ValueRange ys,
                                llvm::SmallVectorImpl<mlir::Value> &results);

/// The rules of loops. Cotangents of results may be null.
llvm::LogicalResult pullBackScan(Pullback &pullback, ScanOp op, llvm::ArrayRef<mlir::Value> cotangents);
llvm::LogicalResult pullBackIterate(Pullback &pullback, IterateOp op, llvm::ArrayRef<mlir::Value> cotangents);
llvm::LogicalResult pushForwardLoop(mlir::OpBuilder &builder, DiffContext &context, mlir::Operation &op,
                                    llvm::ArrayRef<mlir::Value> tangents, llvm::SmallVectorImpl<mlir::Value> &results);

/// The tensor's element type is a float, so that it can have a derivative.
bool isFloat(mlir::Value value);

} // namespace nn

// Which values of a root differ from example to example.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"

namespace nn {

/// A value is per-example if it depends on a per-example argument of its function other than through a batch sum or a
/// batch stack; all else is shared. Answers are remembered; operations may be added between questions, but erased only
/// with `forget`.
class PerExample {
public:
  bool operator()(mlir::Value value);
  /// Says in advance what an argument of a loop that is still being built will be.
  void assume(mlir::Value value, bool isPerExample) { known[value] = isPerExample; }
  /// Drops what is remembered, after operations were erased or operands changed.
  void forget() { known.clear(); }

private:
  void visitBlock(mlir::Block &block);
  void visit(mlir::Operation &op);
  void visitLoop(mlir::Operation &op);
  bool get(mlir::Value value) { return known.lookup(value); }

  llvm::DenseMap<mlir::Value, bool> known;
};

} // namespace nn

/// Values larger than what they are computed from, such as the scores of an attention: stripes of them are computed
/// where they are read, and the whole is never stored.
#pragma once

#include "Kernels/Equations.h"

#include "llvm/ADT/MapVector.h"

namespace nn {

/// Indices of an equation's box, or axes of a value, that a kernel's frame runs along, outermost first.
using Frame = llvm::SmallVector<unsigned, 4>;

/// Finds, in a block, batched contractions whose results are larger than their operands, and the maps that compute one
/// value from each of theirs. A stripe of one is the rows of an operand at one place of the indices that all operands
/// share: queries against all keys of a head, or keys against all queries.
class OuterProducts {
public:
  explicit OuterProducts(mlir::Block &block);
  /// The equation's result is such a value.
  bool contains(mlir::Operation *op) const { return frames.count(op); }
  /// The equation computes or reads one.
  bool touches(EquationOp equation) const;
  /// The frames that an equation which touches one can have, as indices of its box.
  llvm::SmallVector<Frame> framesOf(EquationOp equation) const;

private:
  void addContraction(EquationOp equation);
  void addMap(EquationOp equation);
  void addGenerator(EquationOp equation);

  /// For each result its frames, as axes.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Frame>> frames;
};

/// Whether each index of a frame stands in the write so that stripes at different places write different cells.
bool mayFrame(EquationOp equation, llvm::ArrayRef<unsigned> frame);

} // namespace nn

// Functions on tensors of formulas: their equations one by one, loops turn by turn.
#pragma once

#include "Symmetry/Prover/Identity/FormalEquation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace nn::prover {

class FormalFunction {
public:
  FormalFunction(FormalField &field, FormalEffort &effort) : field(field), effort(effort) {}

  /// The results, given the arguments; null ones where something is not known.
  std::vector<FormalRef> run(mlir::func::FuncOp function, llvm::ArrayRef<FormalRef> arguments);

private:
  using Frame = llvm::DenseMap<mlir::Value, FormalRef>;
  std::vector<FormalRef> runBlock(mlir::Block &block, llvm::ArrayRef<FormalRef> arguments);
  void visit(mlir::Operation &op, Frame &frame);
  FormalRef constant(ConstantOp op);
  FormalRef sample(SampleOp op);
  void visitRoutine(RoutineOp op, Frame &frame);
  void visitScan(ScanOp op, Frame &frame);
  void visitIterate(IterateOp op, Frame &frame);

  FormalField &field;
  FormalEffort &effort;
  llvm::DenseMap<mlir::Operation *, unsigned> samples; ///< in the order in which they are met
};

} // namespace nn::prover

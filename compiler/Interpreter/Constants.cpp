// Values that are known before a program runs.
#include "Interpreter/Interpreter.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::interpreter {

std::optional<std::vector<double>> constantOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  SetVector<Operation *> slice;
  if (failed(getBackwardSlice(op, &slice, options)))
    return std::nullopt;
  for (Operation *each : slice)
    if (!isa<EquationOp, ConstantOp, ReshapeOp>(each) ||
        llvm::any_of(each->getOperands(), llvm::IsaPred<BlockArgument>))
      return std::nullopt;
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  OpBuilder builder(module->getBodyRegion());
  auto compute = func::FuncOp::create(builder, op->getLoc(), "constant", builder.getFunctionType({}, value.getType()));
  builder.setInsertionPointToStart(compute.addEntryBlock());
  IRMapping mapping;
  for (Operation *each : slice)
    builder.clone(*each, mapping);
  func::ReturnOp::create(builder, op->getLoc(), mapping.lookup(value));
  auto outputs = interpret(*module, "constant", {});
  if (failed(outputs))
    return std::nullopt;
  const Tensor &tensor = outputs->results[0];
  return tensor.isFloat ? tensor.floats : std::vector<double>(tensor.integers.begin(), tensor.integers.end());
}

} // namespace nn::interpreter

// Forward mode over a block: every operation between the variables and the results gets its tangent.
#include "AutoDiff/Differentiate.h"
#include "AutoDiff/EquationRules.h"
#include "AutoDiff/RoutineRules.h"

using namespace mlir;
using namespace nn;

/// The tangents of an operation's results.
static LogicalResult pushForward(OpBuilder &builder, DiffContext &context, Operation &op, ArrayRef<Value> tangents,
                                 SmallVectorImpl<Value> &results) {
  Location loc = op.getLoc();
  if (auto equation = dyn_cast<EquationOp>(op)) {
    FailureOr<Value> tangent = pushForward(builder, equation, tangents.take_front(equation.getInputs().size()));
    if (failed(tangent))
      return failure();
    results.push_back(*tangent);
  } else if (auto routine = dyn_cast<RoutineOp>(op)) {
    results = pushForwardRoutine(builder, routine, tangents);
  } else if (isa<BarrierOp>(op)) {
    results.push_back(tangents[0]);
  } else if (isa<ReshapeOp>(op)) {
    results.push_back(ReshapeOp::create(builder, loc, op.getResult(0).getType(), tangents[0]));
  } else if (isa<BatchSumOp>(op)) {
    results.push_back(BatchSumOp::create(builder, loc, tangents[0]));
  } else if (isa<BatchStackOp>(op)) {
    results.push_back(BatchStackOp::create(builder, loc, op.getResult(0).getType(), tangents[0]));
  } else if (isa<ScanOp, IterateOp>(op)) {
    return pushForwardLoop(builder, context, op, tangents, results);
  } else {
    return op.emitError() << "`" << op.getName().stripDialect() << "` has no derivative in forward mode";
  }
  return success();
}

LogicalResult nn::pushForward(OpBuilder &builder, DiffContext &context, ValueRange xs, ArrayRef<Value> tangents,
                              ValueRange ys, SmallVectorImpl<Value> &results) {
  Block *block = builder.getInsertionBlock();
  Operation *end = builder.getInsertionPoint() == block->end() ? nullptr : &*builder.getInsertionPoint();
  llvm::DenseMap<Value, Value> known;
  for (auto [x, tangent] : llvm::zip(xs, tangents))
    if (tangent)
      known[x] = tangent;
  llvm::DenseSet<Value> variables(xs.begin(), xs.end());
  SmallVector<Operation *> primal;
  for (Operation &op : *block) {
    if (&op == end)
      break;
    primal.push_back(&op);
  }
  for (Operation *op : primal) {
    SmallVector<Value> own;
    for (Value operand : op->getOperands())
      own.push_back(known.lookup(operand));
    bool floats = llvm::any_of(op->getResults(), isFloat);
    if (isa<StopOp>(op) || !floats || llvm::none_of(own, [](Value v) { return static_cast<bool>(v); }))
      continue;
    SmallVector<Value> ofResults;
    if (failed(::pushForward(builder, context, *op, own, ofResults)))
      return failure();
    for (auto [result, tangent] : llvm::zip(op->getResults(), ofResults))
      if (tangent && !variables.contains(result))
        known[result] = tangent;
  }
  for (Value y : ys)
    results.push_back(known.lookup(y));
  return success();
}

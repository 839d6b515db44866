// Reverse mode over a block: contributions are gathered backwards, and those of one value added by one equation.
#include "AutoDiff/Differentiate.h"
#include "AutoDiff/EquationRules.h"
#include "AutoDiff/RoutineRules.h"
#include "Dialect/NN/Transforms/Rewrites.h"

using namespace mlir;
using namespace nn;

bool nn::isFloat(Value value) { return isa<FloatType>(cast<ShapedType>(value.getType()).getElementType()); }

/// A value is active if it depends on one of `wrt`; a variable itself starts the dependence anew.
void Pullback::findActive(Block &block, Operation *end, ValueRange wrt) {
  active.insert(wrt.begin(), wrt.end());
  for (Operation &op : block) {
    if (&op == end)
      break;
    if (isa<StopOp>(op) || llvm::none_of(op.getOperands(), [&](Value v) { return active.contains(v); }))
      continue;
    for (Value result : op.getResults())
      if (isFloat(result))
        active.insert(result);
  }
}

bool Pullback::worksPerExample(Operation &op) {
  return llvm::any_of(op.getResults(), [&](Value result) { return context.perExample(result); });
}

void Pullback::contribute(Location loc, Value operand, Value cotangent, bool perExample) {
  operand = originalOf(operand);
  if (!isActive(operand) || !cotangent)
    return;
  if (ofBatch && perExample && !context.perExample(operand))
    cotangent = BatchSumOp::create(builder, loc, cotangent);
  contributions[operand].push_back(cotangent);
}

Value Pullback::originalOf(Value value) const {
  auto found = originals.find(value);
  return found == originals.end() ? value : found->second;
}

/// True for what is there at any time without being stored: constants, parameters.
static bool isGiven(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    return function && !function.getArgAttr(argument.getArgNumber(), perExampleAttrName);
  }
  return value.getDefiningOp<ConstantOp>() != nullptr;
}

// Note [Computing again]
// The operations of a call that `recompute` asks for carry its number. When the first cotangent reaches one of them,
// all are written once more, from the values that came from outside; these are kept behind barriers, which wait for the
// cotangent, so that nothing of it is done earlier or merged with the originals. From then on, derivatives read the
// copies, and contributions to a copy count for its original.
void Pullback::computeAgain(Attribute call, ArrayRef<Operation *> primal, ArrayRef<Value> cotangents) {
  SmallVector<Value> after;
  llvm::copy_if(cotangents, std::back_inserter(after), [](Value v) { return static_cast<bool>(v); });
  IRMapping mapping;
  for (Operation *op : primal) {
    if (op->getAttr(rematAttrName) != call)
      continue;
    for (Value operand : op->getOperands()) {
      if (mapping.contains(operand) || isGiven(operand))
        continue;
      Value kept = BarrierOp::create(builder, op->getLoc(), operand, after);
      mapping.map(operand, kept);
      originals[kept] = operand;
    }
    Operation *copy = builder.clone(*op, mapping);
    copy->removeAttr(rematAttrName);
    again[op] = copy;
    for (auto [mine, theirs] : llvm::zip(copy->getResults(), op->getResults()))
      originals[mine] = theirs;
  }
}

Value Pullback::total(Value value) {
  auto found = contributions.find(value);
  if (found == contributions.end())
    return {};
  SmallVector<Value> all(found->second.begin(), found->second.end());
  return addAll(builder, value.getLoc(), all);
}

LogicalResult Pullback::run(ValueRange ys, ArrayRef<Value> cotangents, ValueRange wrt, SmallVectorImpl<Value> &grads) {
  Block *block = builder.getInsertionBlock();
  Operation *end = builder.getInsertionPoint() == block->end() ? nullptr : &*builder.getInsertionPoint();
  findActive(*block, end, wrt);
  SmallVector<Operation *> primal;
  for (Operation &op : *block) {
    if (&op == end)
      break;
    primal.push_back(&op);
  }
  for (auto [y, cotangent] : llvm::zip(ys, cotangents))
    if (cotangent && isActive(y))
      contributions[y].push_back(cotangent);
  llvm::DenseSet<Value> variables(wrt.begin(), wrt.end());
  for (Operation *op : llvm::reverse(primal)) {
    SmallVector<Value> ofResults;
    for (Value result : op->getResults())
      ofResults.push_back(variables.contains(result) ? Value() : total(result));
    if (llvm::none_of(ofResults, [](Value v) { return static_cast<bool>(v); }))
      continue;
    Attribute call = op->getAttr(rematAttrName);
    if (call && !again.contains(op))
      computeAgain(call, primal, ofResults);
    if (failed(pullBack(call ? *again.lookup(op) : *op, ofResults)))
      return failure();
  }
  for (Value x : wrt)
    grads.push_back(total(x));
  return success();
}

/// The row of the current example of a tensor whose leading axis is the batch.
static Value ownRow(OpBuilder &builder, Location loc, Value stacked) {
  auto type = cast<RankedTensorType>(stacked.getType());
  auto rowType = RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
  unsigned rank = rowType.getRank();
  MLIRContext *context = builder.getContext();
  auto row = ExampleOp::create(builder, loc, RankedTensorType::get({}, builder.getI32Type()));
  EquationParts parts;
  parts.extents = llvm::to_vector(rowType.getShape());
  parts.write = AffineMap::get(rank, 1, builder.getMultiDimIdentityMap(rank).getResults(), context);
  parts.addTable(row, AffineMap::get(rank, 1, context), type.getDimSize(0));
  parts.addInput(stacked, addLeadingResult(parts.write, builder.getAffineSymbolExpr(0)));
  return EquationOp::create(builder, loc, parts, rowType,
                            [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

LogicalResult Pullback::pullBack(Operation &op, ArrayRef<Value> cotangents) {
  Location loc = op.getLoc();
  Value cotangent = cotangents.front();
  if (auto equation = dyn_cast<EquationOp>(op)) {
    bool perExample = worksPerExample(op);
    EquationPullback rule(builder, equation, cotangent);
    for (auto [k, input] : llvm::enumerate(equation.getInputs())) {
      if (!isActive(input))
        continue;
      FailureOr<Value> contribution = rule.of(k);
      if (failed(contribution))
        return failure();
      contribute(loc, input, *contribution, perExample);
    }
    return success();
  }
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    Value back = ReshapeOp::create(builder, loc, reshape.getInput().getType(), cotangent);
    contribute(loc, reshape.getInput(), back, worksPerExample(op));
    return success();
  }
  if (auto barrier = dyn_cast<BarrierOp>(op)) {
    contribute(loc, barrier.getInput(), cotangent, worksPerExample(op));
    return success();
  }
  if (auto routine = dyn_cast<RoutineOp>(op)) {
    auto wanted = llvm::map_to_vector(routine.getInputs(), [&](Value input) { return isActive(input); });
    SmallVector<Value> back = pullBackRoutine(builder, routine, cotangents, wanted);
    for (auto [input, contribution] : llvm::zip(routine.getInputs(), back))
      contribute(loc, input, contribution, worksPerExample(op));
    return success();
  }
  if (isa<BatchSumOp, BatchStackOp>(op)) {
    if (!ofBatch)
      return op.emitError("the gradient of one example's value by a shared value cannot go through `batch`, which "
                          "couples all examples: "
                          "take the gradient of a mean or sum over the batch instead");
    Value back = isa<BatchSumOp>(op) ? cotangent : ownRow(builder, loc, cotangent);
    contribute(loc, op.getOperand(0), back, /*perExample=*/true);
    return success();
  }
  if (auto scan = dyn_cast<ScanOp>(op))
    return pullBackScan(*this, scan, cotangents);
  if (auto loop = dyn_cast<IterateOp>(op))
    return pullBackIterate(*this, loop, cotangents);
  return op.emitError() << "`" << op.getName().stripDialect() << "` has no derivative in reverse mode";
}

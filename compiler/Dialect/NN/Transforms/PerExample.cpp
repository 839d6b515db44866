// Finds which values of a root differ from example to example, from their operands.
#include "Dialect/NN/Transforms/PerExample.h"

using namespace mlir;
using namespace nn;

bool PerExample::operator()(Value value) {
  // Operands first, by hand: programs are deeper than the stack.
  SmallVector<Value> pending{value};
  while (!pending.empty()) {
    Value next = pending.back();
    if (known.contains(next)) {
      pending.pop_back();
      continue;
    }
    size_t before = pending.size();
    Operation *op = next.getDefiningOp();
    if (!op) {
      // An argument of a function, or of a loop, whose visit below settles its body.
      Operation *parent = cast<BlockArgument>(next).getOwner()->getParentOp();
      auto function = dyn_cast_or_null<func::FuncOp>(parent);
      known[next] = function && function->hasAttr(batchAttrName) &&
                    function.getArgAttr(cast<BlockArgument>(next).getArgNumber(), perExampleAttrName);
      if (isa_and_nonnull<ScanOp, IterateOp>(parent)) {
        known.erase(next);
        (*this)(parent->getResult(0));
      }
      continue;
    }
    for (Value operand : op->getOperands())
      if (!known.contains(operand))
        pending.push_back(operand);
    if (pending.size() == before) {
      visit(*op);
      pending.pop_back();
    }
  }
  return get(value);
}

void PerExample::visit(Operation &op) {
  if (isa<ScanOp, IterateOp>(op))
    return visitLoop(op);
  bool result = isa<ExampleOp>(op);
  if (auto barrier = dyn_cast<BarrierOp>(op))
    result = get(barrier.getInput());
  else if (!isa<BatchSumOp, BatchStackOp>(op))
    result |= llvm::any_of(op.getOperands(), [&](Value operand) { return get(operand); });
  for (Value value : op.getResults())
    known[value] = result;
}

void PerExample::visitBlock(Block &block) {
  for (Operation &op : block)
    visit(op);
}

// A state is per-example if it starts so or becomes so in a turn; at most one round a state settles all of them.
void PerExample::visitLoop(Operation &op) {
  Block &body = op.getRegion(0).front();
  auto scan = dyn_cast<ScanOp>(op);
  ValueRange inits = scan ? scan.getInits() : cast<IterateOp>(op).getInits();
  unsigned states = inits.size();
  known[body.getArgument(0)] = false;
  for (auto [argument, operand] : llvm::zip(body.getArguments().drop_front(), op.getOperands()))
    known[argument] = get(operand);
  for (bool changed = true; changed;) {
    changed = false;
    visitBlock(body);
    for (unsigned k = 0; k < states; ++k) {
      bool next = get(body.getTerminator()->getOperand(k)), &now = known[body.getArgument(k + 1)];
      changed |= next && !now;
      now |= next;
    }
  }
  for (unsigned k = 0; k < states; ++k)
    known[op.getResult(k)] = get(body.getArgument(k + 1));
}

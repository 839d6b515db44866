// Small changes to one equation that several passes make.
#include "Dialect/NN/Transforms/Rewrites.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace nn;

static void eraseDeadOps(Block &block) {
  for (Operation *op = block.getTerminator()->getPrevNode(); op;) {
    Operation *before = op->getPrevNode();
    if (op->use_empty())
      op->erase();
    op = before;
  }
}

/// Which tables some map, the domain or the body reads; a table's own map counts only if the table does.
static llvm::SmallBitVector usedTables(EquationOp op, const EquationParts &parts) {
  unsigned count = parts.tables.size();
  llvm::SmallBitVector used(count);
  auto note = [&](AffineMap map) {
    for (unsigned j = 0; j < count; ++j)
      if (map.isFunctionOfSymbol(j))
        used.set(j);
  };
  llvm::for_each(parts.reads, note);
  note(parts.write);
  if (IntegerSet domain = parts.domain)
    for (AffineExpr constraint : domain.getConstraints())
      for (unsigned j = 0; j < count; ++j)
        if (constraint.isFunctionOfSymbol(j))
          used.set(j);
  op.getBody().walk([&](SymbolOp symbol) { used.set(symbol.getIndex()); });
  for (unsigned j = count; j-- > 0;)
    if (used[j])
      note(parts.tableMaps[j]);
  return used;
}

EquationOp nn::dropUnused(EquationOp op) {
  eraseDeadOps(op.getBodyBlock());
  EquationParts parts = EquationParts::of(op), kept = parts;
  kept.inputs.clear();
  kept.reads.clear();
  kept.fill.clear();
  SmallVector<unsigned> inputs;
  for (unsigned k = 0; k < parts.inputs.size(); ++k) {
    if (op.getBodyBlock().getArgument(k).use_empty())
      continue;
    kept.addInput(parts.inputs[k], parts.reads[k], parts.fill.empty() ? Attribute() : parts.fill[k]);
    inputs.push_back(k);
  }
  llvm::SmallBitVector used = usedTables(op, kept);
  if (inputs.size() == parts.inputs.size() && used.all())
    return op;
  OpBuilder builder(op);
  SmallVector<AffineExpr> dims, symbols;
  for (unsigned d = 0; d < parts.extents.size(); ++d)
    dims.push_back(builder.getAffineDimExpr(d));
  kept.tables.clear();
  kept.tableMaps.clear();
  kept.tableBounds.clear();
  for (unsigned j = 0; j < parts.tables.size(); ++j) {
    symbols.push_back(used[j] ? builder.getAffineSymbolExpr(kept.tables.size()) : builder.getAffineConstantExpr(0));
    if (used[j])
      kept.addTable(parts.tables[j], parts.tableMaps[j], parts.tableBounds.empty() ? 0 : parts.tableBounds[j]);
  }
  kept.substitute(dims, symbols, parts.extents);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
    SmallVector<Value> arguments(parts.inputs.size());
    for (auto [place, k] : llvm::enumerate(inputs))
      arguments[k] = scalars[place];
    IRMapping mapping;
    for (auto [k, value] : llvm::enumerate(arguments))
      if (!value)
        arguments[k] = op.getBodyBlock().getArgument(k); // has no use
    return copyBody(inner, op, arguments, dims, symbols, &mapping);
  };
  auto now = EquationOp::create(builder, op.getLoc(), kept, op->getNumResults() ? op.getResultType() : Type(), body);
  if (op->getNumResults())
    op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return now;
}

Value nn::addAll(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  if (values.size() == 1)
    return values.front();
  auto type = cast<RankedTensorType>(values.front().getType());
  auto body = [](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value sum = scalars.front();
    for (Value next : scalars.drop_front())
      sum = arith::AddFOp::create(inner, at, sum, next);
    return sum;
  };
  return createElementwise(builder, loc, type, values, body).getResult();
}

void nn::rewriteEquations(Block &block, llvm::function_ref<void(EquationOp)> rewrite) {
  for (Operation &inner : llvm::make_early_inc_range(block)) {
    if (isa<ScanOp, IterateOp>(inner))
      rewriteEquations(inner.getRegion(0).front(), rewrite);
    auto op = dyn_cast<EquationOp>(inner);
    if (!op || op->use_empty())
      continue;
    Attribute call = op->getAttr(rematAttrName);
    Operation *before = op->getPrevNode(), *after = op->getNextNode();
    rewrite(op);
    for (Operation *made = before ? before->getNextNode() : &block.front(); call && made != after;
         made = made->getNextNode())
      made->setAttr(rematAttrName, call);
  }
}

// Folding equations: constants into bodies, producers into consumers, equal and unused operations away.
#include "Dialect/NN/Transforms/Rewrites.h"

#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;
using namespace nn;

bool nn::isVariable(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    unsigned place = use.getOperandNumber();
    return isa<GradOp>(use.getOwner()) ? place > 0 : isa<JvpOp, JacobianOp>(use.getOwner()) && place == 1;
  });
}

// --- Constants ---

/// The one value of a constant tensor, or null.
static TypedAttr splatOf(Value value) {
  auto constant = isVariable(value) ? ConstantOp() : value.getDefiningOp<ConstantOp>();
  auto elements = constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : SplatElementsAttr();
  return elements ? elements.getSplatValue<TypedAttr>() : TypedAttr();
}

/// Selections that only pass a flag on or negate it, which the upstream folders leave.
static Value simplifyScalar(OpBuilder &builder, Operation &op) {
  if (auto select = dyn_cast<arith::SelectOp>(op))
    if (select.getTrueValue() == select.getFalseValue())
      return select.getTrueValue();
  return {};
}

static void foldBody(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    if (op.use_empty()) {
      op.erase();
      continue;
    }
    if (op.hasTrait<OpTrait::ConstantLike>())
      continue;
    OpBuilder builder(&op);
    SmallVector<Value> results;
    if (Value simpler = simplifyScalar(builder, op))
      results.push_back(simpler);
    else if (failed(builder.tryFold(&op, results)) || results.empty())
      continue;
    op.replaceAllUsesWith(results);
    op.erase();
  }
}

/// The value that the body yields at every point, if it is known.
static TypedAttr yieldedConstant(EquationOp op) {
  auto constant = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<arith::ConstantOp>();
  return constant ? constant.getValue() : TypedAttr();
}

/// True if every cell of the result is written: each axis by an index of its own that runs over all of it.
static bool coversResult(EquationOp op) {
  if (!op.getWrite().isProjectedPermutation())
    return false;
  for (auto [expr, size] : llvm::zip(op.getWrite().getResults(), op.getResultType().getShape()))
    if (op.getExtents()[cast<AffineDimExpr>(expr).getPosition()] != size)
      return false;
  return true;
}

/// The value of every element of the result, if it is one and known.
static TypedAttr resultConstant(EquationOp op) {
  TypedAttr value = yieldedConstant(op);
  if (!value || op->getNumResults() == 0)
    return {};
  if (isPlainMap(op))
    return value;
  auto number = dyn_cast<FloatAttr>(value);
  bool everywhere = coversResult(op) && !op.getDomain() && !op.getDrop() && op.getNumSymbols() == 0;
  if (!number || op.getCombine() != Combine::sum || !everywhere)
    return {};
  double count = 1;
  for (unsigned d : reducedDims(op))
    count *= static_cast<double>(op.getExtents()[d]);
  return FloatAttr::get(number.getType(), number.getValueAsDouble() * count);
}

EquationOp nn::foldConstants(EquationOp op) {
  Block &block = op.getBodyBlock();
  for (auto [k, input] : llvm::enumerate(op.getInputs())) {
    TypedAttr value = splatOf(input);
    if (!value || op.getFillValue(k) || block.getArgument(k).use_empty())
      continue;
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    block.getArgument(k).replaceAllUsesWith(arith::ConstantOp::create(builder, op.getLoc(), value));
  }
  foldBody(block);
  op = dropUnused(op);
  if (TypedAttr value = resultConstant(op)) {
    OpBuilder builder(op);
    auto elements = DenseElementsAttr::get(op.getResultType(), Attribute(value));
    op.getResult().replaceAllUsesWith(ConstantOp::create(builder, op.getLoc(), elements));
    op.erase();
    return {};
  }
  return op;
}

// --- Producers into consumers ---

/// The same, but perhaps with a domain, outside of which cells hold 0.
static bool isMaskedMap(EquationOp op) {
  return op.getCombine() == Combine::map && op->getNumResults() == 1 && !op.getDrop() && isPermutation(op.getWrite()) &&
         coversResult(op);
}

bool nn::isPlainMap(EquationOp op) { return isMaskedMap(op) && !op.getDomain(); }

/// The point of a masked map at which the cell is computed that a consumer reads at `read`.
static SmallVector<AffineExpr> pointOfRead(EquationOp producer, AffineMap read) {
  SmallVector<AffineExpr> point(producer.getNumDims());
  for (auto [axis, expr] : llvm::enumerate(producer.getWrite().getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = read.getResult(axis);
  return point;
}

/// True if every point of the consumer's domain reads input k inside the producer's domain, because each condition of
/// the one is a condition of the other, on the same tables: both end at the same length.
static bool readsInsideDomain(EquationOp consumer, unsigned k, EquationOp producer) {
  if (!producer.getDomain() || !consumer.getDomain())
    return !producer.getDomain();
  unsigned dims = consumer.getNumDims(), symbols = consumer.getNumSymbols();
  SmallVector<AffineExpr> point = pointOfRead(producer, consumer.getRead(k)), same;
  for (unsigned j = 0; j < producer.getNumSymbols(); ++j) {
    AffineMap map = producer.getTableMap(j).replaceDimsAndSymbols(point, same, dims, symbols);
    AffineExpr found;
    for (unsigned own = 0; own < symbols && !found; ++own)
      if (consumer.getTables()[own] == producer.getTables()[j] &&
          consumer.getTableMap(own).getResults() == map.getResults())
        found = getAffineSymbolExpr(own, consumer.getContext());
    // A table that the consumer does not have may still serve the body.
    same.push_back(found ? found : getAffineSymbolExpr(symbols + j, consumer.getContext()));
  }
  IntegerSet domain = *consumer.getDomain();
  for (auto [expr, equality] : llvm::zip(producer.getDomain()->getConstraints(), producer.getDomain()->getEqFlags())) {
    AffineExpr wanted = simplifyAffineExpr(expr.replaceDimsAndSymbols(point, same), dims, 2 * symbols + same.size());
    bool known = false;
    for (auto [own, ownEquality] : llvm::zip(domain.getConstraints(), domain.getEqFlags()))
      known |= equality == ownEquality && simplifyAffineExpr(own, dims, 2 * symbols + same.size()) == wanted;
    if (!known)
      return false;
  }
  return true;
}

/// True if the fill value of the consumer's read of input k is what the producer, a movement, reads there, too:
/// wherever the one leaves its axis, the other leaves its own.
static bool fillsAlike(EquationOp consumer, unsigned k, EquationOp producer) {
  if (!isMovement(producer) || producer.getFillValue(0) != consumer.getFillValue(k))
    return false;
  ArrayRef<int64_t> inside = producer.getResultType().getShape();
  auto shape = cast<ShapedType>(producer.getInputs()[0].getType()).getShape();
  EquationParts parts = EquationParts::of(consumer);
  for (auto [expr, place, extent] :
       llvm::zip_equal(producer.getWrite().getResults(), parts.reads[k].getResults(), inside)) {
    auto range = rangeOf(place, consumer.getExtents(), parts.tableBounds);
    if (range && range->first >= 0 && range->second < extent)
      continue;
    bool leaves = llvm::any_of(llvm::zip_equal(producer.getRead(0).getResults(), shape), [&, expr = expr](auto read) {
      return leavesWith(std::get<0>(read), std::get<1>(read), expr, extent);
    });
    if (!leaves)
      return false;
  }
  return true;
}

bool nn::canInlineProducer(EquationOp consumer, unsigned k) {
  auto producer = consumer.getInputs()[k].getDefiningOp<EquationOp>();
  // Where a read may leave its axis, its fill value would have to pass through the producer's body.
  return producer && isMaskedMap(producer) && (!consumer.getFillValue(k) || fillsAlike(consumer, k, producer)) &&
         !isVariable(producer.getResult()) && readsInsideDomain(consumer, k, producer);
}

bool nn::isMovement(EquationOp op) {
  if (op.getInputs().empty())
    return false;
  auto yielded = dyn_cast<BlockArgument>(op.getBodyBlock().getTerminator()->getOperand(0));
  return yielded && isPlainMap(op) && op.getInputs().size() == 1;
}

/// The index whose values a table holds in order, or nothing.
static std::optional<unsigned> indexInTable(Value table) {
  auto op = table.getDefiningOp<EquationOp>();
  if (!op || !isPlainMap(op) || !op.getWrite().isIdentity())
    return std::nullopt;
  auto index = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<IndexOp>();
  return index ? std::optional(unsigned(index.getDim())) : std::nullopt;
}

EquationOp nn::readIndexTables(EquationOp op) {
  SmallVector<AffineExpr> dims, symbols;
  bool any = false;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    dims.push_back(getAffineDimExpr(d, op.getContext()));
  for (unsigned j = 0; j < op.getNumSymbols(); ++j) {
    std::optional<unsigned> axis = indexInTable(op.getTables()[j]);
    symbols.push_back(axis ? op.getTableMap(j).getResult(*axis) : getAffineSymbolExpr(j, op.getContext()));
    any |= axis.has_value();
  }
  if (!any || op->getNumResults() == 0)
    return op;
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  parts.substitute(dims, symbols, op.getExtents());
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, op, scalars, dims, symbols);
  };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return dropUnused(now);
}

EquationOp nn::inlineProducer(EquationOp consumer, unsigned k) {
  auto producer = consumer.getInputs()[k].getDefiningOp<EquationOp>();
  OpBuilder builder(consumer);
  EquationParts parts = EquationParts::of(consumer);
  unsigned dims = consumer.getNumDims(), own = consumer.getNumSymbols(), more = producer.getNumSymbols();
  unsigned inputs = consumer.getInputs().size();

  // Point of the producer's box for each point of the consumer's: the read, turned back through the producer's write.
  SmallVector<AffineExpr> point = pointOfRead(producer, parts.reads[k]), symbols;
  for (unsigned j = 0; j < more; ++j)
    symbols.push_back(builder.getAffineSymbolExpr(own + j));
  auto compose = [&](AffineMap map) { return map.replaceDimsAndSymbols(point, symbols, dims, own + more); };
  for (unsigned j = 0; j < more; ++j) {
    auto bounds = producer.getTableBounds();
    parts.addTable(producer.getTables()[j], compose(producer.getTableMap(j)), bounds ? (*bounds)[j] : 0);
  }
  for (auto [j, value] : llvm::enumerate(producer.getInputs()))
    parts.addInput(value, compose(producer.getRead(j)), producer.getFillValue(j));
  SmallVector<AffineExpr> same;
  for (unsigned d = 0; d < dims; ++d)
    same.push_back(builder.getAffineDimExpr(d));
  parts.substitute(same, {}, consumer.getExtents());
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
    SmallVector<Value> arguments(scalars.take_front(inputs));
    arguments[k] = copyBody(inner, producer, scalars.drop_front(inputs), point, symbols);
    return copyBody(inner, consumer, arguments);
  };
  auto now = EquationOp::create(builder, consumer.getLoc(), parts, consumer.getResultType(), body);
  consumer.getResult().replaceAllUsesWith(now.getResult());
  consumer.erase();
  return dropUnused(now);
}

// --- Equal and unused operations ---

static void eraseUnused(Block &block) {
  for (Operation *op = block.empty() ? nullptr : &block.back(); op;) {
    Operation *before = op->getPrevNode();
    if (!op->hasTrait<OpTrait::IsTerminator>() && isOpTriviallyDead(op))
      op->erase();
    else if (isa<ScanOp, IterateOp>(op))
      eraseUnused(op->getRegion(0).front());
    op = before;
  }
}

void nn::cleanUp(func::FuncOp function) {
  eraseUnused(function.getBody().front());
  // What a derivative is taken by stays apart from an equal value that it does not mean.
  int64_t variables = 0;
  function.walk([&](Operation *op) {
    if (llvm::any_of(op->getResults(), isVariable))
      op->setAttr("variable", IntegerAttr::get(IndexType::get(op->getContext()), variables++));
  });
  IRRewriter rewriter(function.getContext());
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
  function.walk([](Operation *op) { op->removeAttr("variable"); });
}

// simplify: does less work for the same values.
#include "Dialect/NN/Transforms/Passes.h"
#include "Dialect/NN/Transforms/Rewrites.h"

namespace nn {
#define GEN_PASS_DEF_SIMPLIFY
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

// --- Output indices ---

/// If every reader reads axis `axis` of the result at the same constant place: that place.
static std::optional<int64_t> onlyPlace(EquationOp op, unsigned axis) {
  std::optional<int64_t> place;
  for (OpOperand &use : op.getResult().getUses()) {
    auto reader = dyn_cast<EquationOp>(use.getOwner());
    if (!reader || use.getOperandNumber() >= reader.getInputs().size() || reader.getFillValue(use.getOperandNumber()))
      return std::nullopt;
    auto constant = dyn_cast<AffineConstantExpr>(reader.getRead(use.getOperandNumber()).getResult(axis));
    if (!constant || (place && *place != constant.getValue()))
      return std::nullopt;
    place = constant.getValue();
  }
  return place;
}

/// The equation for one place of an axis of its result; its readers lose the axis.
static EquationOp fixOutput(EquationOp op, unsigned axis, int64_t place) {
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  unsigned fixed = cast<AffineDimExpr>(parts.write.getResult(axis)).getPosition();
  SmallVector<AffineExpr> now;
  SmallVector<int64_t> extents, shape;
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    now.push_back(d == fixed ? builder.getAffineConstantExpr(place) : builder.getAffineDimExpr(extents.size()));
    if (d != fixed)
      extents.push_back(op.getExtents()[d]);
  }
  parts.substitute(now, {}, extents);
  parts.write = parts.write.dropResult(axis);
  auto type = cast<RankedTensorType>(op.getResult().getType());
  for (unsigned k = 0; k < type.getRank(); ++k)
    if (k != axis)
      shape.push_back(type.getDimSize(k));
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars, now); };
  auto result =
      EquationOp::create(builder, op.getLoc(), parts, RankedTensorType::get(shape, type.getElementType()), body);
  for (OpOperand &use : llvm::make_early_inc_range(op.getResult().getUses())) {
    auto reader = cast<EquationOp>(use.getOwner());
    unsigned k = use.getOperandNumber();
    SmallVector<Attribute> reads(reader.getReads().getValue());
    reads[k] = AffineMapAttr::get(reader.getRead(k).dropResult(axis));
    reader.setReadsAttr(builder.getArrayAttr(reads));
    use.set(result.getResult());
  }
  op.erase();
  return result;
}

/// Computes only the places of its result that readers use, where that is one place of an axis.
static EquationOp dropOutputs(EquationOp op) {
  bool adds = op.getCombine() != Combine::argmax && op.getCombine() != Combine::argmin;
  if (!adds || op->getNumResults() == 0 || op->use_empty() || !op.getWrite().isProjectedPermutation())
    return op;
  for (unsigned axis = 0; axis < op.getWrite().getNumResults(); ++axis) {
    // A place behind the box is written by no point.
    unsigned index = cast<AffineDimExpr>(op.getWrite().getResult(axis)).getPosition();
    std::optional<int64_t> place = onlyPlace(op, axis);
    if (place && *place < op.getExtents()[index])
      return dropOutputs(fixOutput(op, axis, *place));
  }
  return op;
}

// --- Work that is the same at every point ---

/// From readers to what they read, so that what a reader no longer reads is not computed either.
static void dropOutputs(Block &block) {
  for (Operation *inner = &block.back(); inner;) {
    Operation *before = inner->getPrevNode();
    if (isa<ScanOp, IterateOp>(inner))
      dropOutputs(inner->getRegion(0).front());
    if (auto op = dyn_cast<EquationOp>(inner))
      dropOutputs(op);
    inner = before;
  }
}

/// True for operations that cost more than reading a scalar.
static bool isCostly(Operation &op) {
  return isa<arith::DivFOp, arith::RemFOp>(op) || isa_and_nonnull<math::MathDialect>(op.getDialect());
}

/// The values of the body that depend on scalars only: constants and inputs of rank 0 that are read without conditions.
static llvm::DenseSet<Value> uniformValues(EquationOp op) {
  llvm::DenseSet<Value> uniform;
  for (auto [k, argument] : llvm::enumerate(op.getBodyBlock().getArguments()))
    if (cast<ShapedType>(op.getInputs()[k].getType()).getRank() == 0)
      uniform.insert(argument);
  for (Operation &inner : op.getBodyBlock().without_terminator()) {
    bool known = !isa<IndexOp, SymbolOp, RandomOp>(inner) &&
                 llvm::all_of(inner.getOperands(), [&](Value v) { return uniform.contains(v); });
    if (known)
      uniform.insert(inner.result_begin(), inner.result_end());
  }
  return uniform;
}

/// Costly scalar work that is the same at every point becomes an equation of one point, e.g. the bias correction of
/// Adam.
static EquationOp hoistUniform(EquationOp op) {
  int64_t count = 1;
  for (int64_t extent : op.getExtents())
    count *= extent;
  if (count < 2 || op->getNumResults() == 0)
    return op;
  llvm::DenseSet<Value> uniform = uniformValues(op), worthwhile;
  SmallVector<Value> hoisted;
  for (Operation &inner : op.getBodyBlock().without_terminator()) {
    if (inner.getNumResults() != 1 || !uniform.contains(inner.getResult(0)) || inner.getNumOperands() == 0)
      continue;
    Value value = inner.getResult(0);
    if (isCostly(inner) || llvm::any_of(inner.getOperands(), [&](Value v) { return worthwhile.contains(v); }))
      worthwhile.insert(value);
    bool last = llvm::any_of(inner.getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !uniform.contains(user->getResult(0));
    });
    if (last && worthwhile.contains(value))
      hoisted.push_back(value);
  }
  if (hoisted.empty())
    return op;
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  unsigned numInputs = parts.inputs.size();
  AffineMap scalar = AffineMap::get(op.getNumDims(), op.getNumSymbols(), op.getContext());
  for (Value value : hoisted) {
    EquationParts single;
    single.write = AffineMap::get(0, 0, op.getContext());
    SmallVector<unsigned> places;
    for (auto [k, input] : llvm::enumerate(op.getInputs()))
      if (uniform.contains(op.getBodyBlock().getArgument(k))) {
        single.addInput(input, single.write);
        places.push_back(k);
      }
    auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
      IRMapping values;
      for (auto [place, k] : llvm::enumerate(places))
        values.map(op.getBodyBlock().getArgument(k), scalars[place]);
      for (Operation &part : op.getBodyBlock().without_terminator())
        if (llvm::all_of(part.getResults(), [&](Value v) { return uniform.contains(v); }))
          inner.clone(part, values);
      return values.lookup(value);
    };
    auto one = EquationOp::create(builder, op.getLoc(), single, RankedTensorType::get({}, value.getType()), body);
    parts.addInput(dropUnused(one).getResult(), scalar);
  }
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
    IRMapping values;
    Value result = copyBody(inner, op, scalars.take_front(numInputs), {}, {}, &values);
    for (auto [place, value] : llvm::enumerate(hoisted)) {
      Value now = values.lookup(value);
      now.replaceAllUsesWith(scalars[numInputs + place]);
      if (result == now)
        result = scalars[numInputs + place];
    }
    return result;
  };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return dropUnused(now);
}

// --- The pass ---

static void simplify(Block &block) {
  for (Operation &inner : llvm::make_early_inc_range(block)) {
    if (isa<ScanOp, IterateOp>(inner))
      simplify(inner.getRegion(0).front());
    auto op = dyn_cast<EquationOp>(inner);
    if (!op || op->use_empty())
      continue;
    op = foldConstants(readThroughMovements(op));
    if (!op)
      continue;
    foldQuotients(op);
    op = eliminateEqualities(liftConditions(op));
    op = orderContraction(countRepetitions(op));
    if (op.getCombine() == Combine::sum && isPermutation(op.getWrite()) && !op.getDomain() && op.getNumSymbols() == 0)
      op.setCombine(Combine::map);
    if (!replaceIdentityCopy(op) && !writeWhereRead(op))
      hoistUniform(op);
  }
}

namespace {
struct SimplifyPass : nn::impl::SimplifyBase<SimplifyPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    cleanUp(getOperation());
    dropOutputs(getOperation().getBody().front());
    simplify(getOperation().getBody().front());
    cleanUp(getOperation());
  }
};
} // namespace

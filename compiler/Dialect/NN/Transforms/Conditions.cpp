// Conditions of reductions: out of bodies into `where`, and out of `where` by substitution.
#include "Dialect/NN/Transforms/Rewrites.h"

using namespace mlir;
using namespace nn;

// --- Out of bodies ---

namespace {

/// A conjunction of affine constraints (>= 0, or == 0) being read off a body; inputs that take part become tables.
class ConditionReader {
public:
  explicit ConditionReader(EquationOp op) : op(op), parts(EquationParts::of(op)), context(op.getContext()) {}

  /// Reads `condition`, or its negation; false if it is not a conjunction of affine comparisons.
  bool read(Value condition, bool negated);

  EquationOp op;
  EquationParts parts;
  SmallVector<AffineExpr> constraints;
  SmallVector<bool> equalities;

private:
  std::optional<AffineExpr> exprOf(BlockArgument argument);

  MLIRContext *context;
};

} // namespace

std::optional<AffineExpr> ConditionReader::exprOf(BlockArgument argument) {
  unsigned k = argument.getArgNumber();
  if (!argument.getType().isInteger(32) || op.getFillValue(k))
    return std::nullopt;
  return getAffineSymbolExpr(parts.addTable(parts.inputs[k], parts.reads[k]), context);
}

bool ConditionReader::read(Value condition, bool negated) {
  Operation *def = condition.getDefiningOp();
  if (!negated && isa_and_nonnull<arith::AndIOp>(def))
    return read(def->getOperand(0), false) && read(def->getOperand(1), false);
  if (negated && isa_and_nonnull<arith::OrIOp>(def))
    return read(def->getOperand(0), true) && read(def->getOperand(1), true);
  auto known = affineConditionOf(condition, negated, [this](BlockArgument argument) { return exprOf(argument); });
  if (!known)
    return false;
  constraints.push_back(known->expr);
  equalities.push_back(known->equality);
  return true;
}

/// True if the value is the constant that leaves a reduction of this kind as it is.
static bool isIdentity(Value value, Combine combine) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return false;
  if (auto number = dyn_cast<FloatAttr>(constant.getValue()); number && combine == Combine::sum)
    return number.getValue().isZero();
  return constant.getValue() == identityAttr(combine, value.getType());
}

EquationOp nn::liftConditions(EquationOp op) {
  Combine combine = op.getCombine();
  if (combine == Combine::map || combine == Combine::argmax || combine == Combine::argmin || op->getNumResults() == 0)
    return op;
  for (;;) {
    Operation *yield = op.getBodyBlock().getTerminator();
    auto select = yield->getOperand(0).getDefiningOp<arith::SelectOp>();
    if (!select)
      return op;
    bool negated = isIdentity(select.getTrueValue(), combine);
    if (!negated && !isIdentity(select.getFalseValue(), combine))
      return op;
    ConditionReader reader(op);
    if (!reader.read(select.getCondition(), negated))
      return op;
    Value kept = negated ? select.getFalseValue() : select.getTrueValue();
    EquationParts &parts = reader.parts;
    SmallVector<AffineExpr> same;
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      same.push_back(getAffineDimExpr(d, op.getContext()));
    parts.substitute(same, {}, op.getExtents());
    parts.domain = intersect(
        parts.domain, IntegerSet::get(op.getNumDims(), parts.tables.size(), reader.constraints, reader.equalities));
    yield->setOperand(0, kept);
    OpBuilder builder(op);
    auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars); };
    auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
    op.getResult().replaceAllUsesWith(now.getResult());
    op.erase();
    op = dropUnused(now);
  }
}

// --- Out of bodies, because a fill says the same ---

/// True if wherever `constraint >= 0` fails, input k is read outside of one of its axes.
static bool failsOnlyOutside(EquationOp op, const EquationParts &parts, unsigned k, AffineExpr constraint) {
  auto neverNegative = [&](AffineExpr expr) {
    expr = simplifyAffineExpr(expr, op.getNumDims(), op.getNumSymbols());
    auto range = rangeOf(expr, op.getExtents(), parts.tableBounds);
    return range && range->first >= 0;
  };
  auto shape = cast<RankedTensorType>(op.getInputs()[k].getType()).getShape();
  for (auto [at, extent] : llvm::zip_equal(op.getRead(k).getResults(), shape))
    if (neverNegative(constraint - at) || neverNegative(at - extent + constraint + 1))
      return true;
  return false;
}

void nn::dropFilledSelects(EquationOp op) {
  for (Operation &inner : llvm::make_early_inc_range(op.getBodyBlock())) {
    auto select = dyn_cast<arith::SelectOp>(inner);
    if (!select)
      continue;
    bool negated = isa<BlockArgument>(select.getFalseValue());
    Value read = negated ? select.getFalseValue() : select.getTrueValue();
    auto argument = dyn_cast<BlockArgument>(read);
    auto other = (negated ? select.getTrueValue() : select.getFalseValue()).getDefiningOp<arith::ConstantOp>();
    if (!argument || !other || op.getFillValue(argument.getArgNumber()) != other.getValue())
      continue;
    ConditionReader reader(op);
    bool known = reader.read(select.getCondition(), negated) && reader.parts.tables.size() == op.getNumSymbols() &&
                 !llvm::is_contained(reader.equalities, true);
    if (known && llvm::all_of(reader.constraints, [&](AffineExpr constraint) {
          return failsOnlyOutside(op, reader.parts, argument.getArgNumber(), constraint);
        }))
      select.replaceAllUsesWith(read);
  }
}

// --- Out of `where` ---

/// If `expr` is c * d + rest with c = 1 or -1 for an index d that `rest` does not use: what d equals where expr is 0.
static std::optional<std::pair<unsigned, AffineExpr>> solveFor(AffineExpr expr, unsigned dims, unsigned symbols,
                                                               llvm::function_ref<bool(unsigned)> allowed) {
  MLIRContext *context = expr.getContext();
  for (unsigned d = dims; d-- > 0;) {
    if (!expr.isFunctionOfDim(d) || !allowed(d))
      continue;
    AffineExpr dim = getAffineDimExpr(d, context);
    for (int64_t sign : {-1, 1}) {
      // expr = sign d + rest, so rest = expr - sign d must not depend on d
      AffineExpr rest = simplifyAffineExpr(expr - dim * sign, dims, symbols);
      if (!rest.isFunctionOfDim(d))
        return std::pair(d, simplifyAffineExpr(rest * -sign, dims, symbols));
    }
  }
  return std::nullopt;
}

/// One step: the equation without index d, which equals `value`.
static EquationOp substituteIndex(EquationOp op, unsigned constraint, unsigned d, AffineExpr value) {
  OpBuilder builder(op);
  MLIRContext *context = op.getContext();
  EquationParts parts = EquationParts::of(op);
  unsigned dims = op.getNumDims(), symbols = op.getNumSymbols();
  SmallVector<AffineExpr> constraints;
  SmallVector<bool> equalities;
  for (unsigned c = 0; c < parts.domain.getNumConstraints(); ++c) {
    if (c == constraint)
      continue;
    constraints.push_back(parts.domain.getConstraint(c));
    equalities.push_back(parts.domain.isEq(c));
  }
  // The index stays inside its range.
  auto range = rangeOf(value, op.getExtents(), parts.tableBounds);
  int64_t extent = op.getExtents()[d];
  if (!range || range->first < 0) {
    constraints.push_back(value);
    equalities.push_back(false);
  }
  if (!range || range->second >= extent) {
    constraints.push_back(getAffineConstantExpr(extent - 1, context) - value);
    equalities.push_back(false);
  }
  parts.domain = constraints.empty() ? IntegerSet() : IntegerSet::get(dims, symbols, constraints, equalities);
  SmallVector<AffineExpr> shift, replacement;
  SmallVector<int64_t> extents;
  for (unsigned i = 0; i < dims; ++i) {
    shift.push_back(i == d ? getAffineConstantExpr(0, context) : getAffineDimExpr(extents.size(), context));
    if (i != d)
      extents.push_back(op.getExtents()[i]);
  }
  replacement = shift;
  replacement[d] = value.replaceDims(shift);
  parts.substitute(replacement, {}, extents);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars, replacement); };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return now;
}

EquationOp nn::eliminateEqualities(EquationOp op) {
  Combine combine = op.getCombine();
  if (combine == Combine::argmax || combine == Combine::argmin || op->getNumResults() == 0)
    return op;
  for (bool changed = true; changed && op.getDomain();) {
    changed = false;
    IntegerSet domain = *op.getDomain();
    // A table's place may not depend on the table itself, so an index that tables are read at stays.
    auto allowed = [&](unsigned d) {
      for (unsigned j = 0; j < op.getNumSymbols(); ++j)
        if (op.getTableMap(j).isFunctionOfDim(d))
          return false;
      return true;
    };
    for (unsigned c = 0; c < domain.getNumConstraints() && !changed; ++c) {
      if (!domain.isEq(c))
        continue;
      auto solved = solveFor(domain.getConstraint(c), op.getNumDims(), op.getNumSymbols(), allowed);
      if (!solved)
        continue;
      op = substituteIndex(op, c, solved->first, solved->second);
      changed = true;
    }
  }
  return dropUnused(op);
}

EquationOp nn::dropImplied(EquationOp op) {
  if (!op.getDomain())
    return op;
  EquationParts parts = EquationParts::of(op);
  SmallVector<AffineExpr> constraints;
  SmallVector<bool> equalities;
  for (unsigned c = 0; c < parts.domain.getNumConstraints(); ++c) {
    auto range = rangeOf(parts.domain.getConstraint(c), op.getExtents(), parts.tableBounds);
    if (!parts.domain.isEq(c) && range && range->first >= 0)
      continue;
    constraints.push_back(parts.domain.getConstraint(c));
    equalities.push_back(parts.domain.isEq(c));
  }
  if (constraints.size() == parts.domain.getNumConstraints())
    return op;
  parts.domain = constraints.empty() ? IntegerSet()
                                     : IntegerSet::get(op.getNumDims(), op.getNumSymbols(), constraints, equalities);
  OpBuilder builder(op);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars); };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return dropUnused(now);
}

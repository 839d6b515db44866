// Evaluates a body with what is known where an expression is negative.
#include "Kernels/MaskedBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseSet.h"

#include <numeric>

using namespace mlir;
using namespace nn;

AffineExpr nn::normalizeMask(AffineExpr expr, unsigned dims) {
  if (!expr || usesSymbols(expr))
    return {};
  auto coefficients = linearCoefficients(expr, dims, 0);
  if (!coefficients)
    return {};
  int64_t common = 0;
  for (int64_t factor : ArrayRef(*coefficients).drop_back())
    common = std::gcd(common, factor);
  if (common == 0)
    return {};
  AffineExpr result = getAffineConstantExpr(llvm::divideFloorSigned(coefficients->back(), common), expr.getContext());
  for (unsigned d = 0; d < dims; ++d)
    result = result + getAffineDimExpr(d, expr.getContext()) * ((*coefficients)[d] / common);
  return simplifyAffineExpr(result, dims, 0);
}

AffineExpr nn::orderOf(Operation &op, unsigned dims) {
  auto condition = op.getNumResults() == 1 ? affineConditionOf(op.getResult(0), false) : std::nullopt;
  return condition && !condition->equality ? normalizeMask(condition->expr, dims) : AffineExpr();
}

AffineExpr nn::negationOf(AffineExpr expr, unsigned dims) { return normalizeMask(-expr - 1, dims); }

/// Whether each choice of the indices in `rows` has a point at which no expression is negative.
static bool everyRowHasAPoint(ArrayRef<int64_t> extents, const llvm::SmallBitVector &rows, ArrayRef<AffineExpr> exprs) {
  constexpr int64_t mostPoints = 1 << 22;
  SmallVector<unsigned> outer, inner;
  int64_t points = 1;
  for (unsigned d = 0; d < extents.size(); ++d)
    if (llvm::any_of(exprs, [&](AffineExpr expr) { return expr.isFunctionOfDim(d); })) {
      (rows.test(d) ? outer : inner).push_back(d);
      points *= extents[d];
      if (points > mostPoints)
        return false;
    }
  SmallVector<int64_t> point(extents.size(), 0);
  auto holds = [&] { return llvm::all_of(exprs, [&](AffineExpr expr) { return valueAt(expr, point, {}) >= 0; }); };
  // Goes to the next choice of some indices; false after the last.
  auto next = [&](ArrayRef<unsigned> indices) {
    for (unsigned d : llvm::reverse(indices)) {
      if (++point[d] < extents[d])
        return true;
      point[d] = 0;
    }
    return false;
  };
  do {
    bool found = holds();
    while (!found && next(inner))
      found = holds();
    if (!found)
      return false;
    for (unsigned d : inner)
      point[d] = 0;
  } while (next(outer));
  return true;
}

bool nn::isZero(Attribute value) {
  auto number = dyn_cast_or_null<FloatAttr>(value);
  return number && number.getValue().isZero();
}

static bool isMinusInfinity(Attribute value) {
  auto number = dyn_cast_or_null<FloatAttr>(value);
  return number && number.getValue().isInfinity() && number.getValue().isNegative();
}

/// True if a scalar differs within what the masks cut, or each row of it keeps a place: see Note [Masks].
bool MaskedBody::leavesRows(Value value) {
  llvm::SmallBitVector dims(equation.getNumDims());
  SmallVector<Value> open{value};
  llvm::SmallDenseSet<Value> seen;
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      AffineMap read = equation.getRead(argument.getArgNumber());
      for (unsigned d = 0; d < dims.size(); ++d)
        if (read.isFunctionOfDim(d))
          dims.set(d);
      continue;
    }
    if (auto index = next.getDefiningOp<IndexOp>())
      dims.set(index.getDim());
    llvm::append_range(open, next.getDefiningOp()->getOperands());
  }
  bool cellwise = true;
  for (unsigned d = 0; d < dims.size(); ++d)
    cellwise &= dims.test(d) || !negative.isFunctionOfDim(d);
  return cellwise || everyRowHasAPoint(equation.getExtents(), dims, all);
}

/// What an operation gives whatever its unknown operand is.
Attribute MaskedBody::absorb(Operation &op) {
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    if (auto condition = dyn_cast_or_null<IntegerAttr>(lookup(select.getCondition())))
      return lookup(condition.getValue().isZero() ? select.getFalseValue() : select.getTrueValue());
    Attribute yes = lookup(select.getTrueValue()), no = lookup(select.getFalseValue());
    return yes == no ? yes : Attribute();
  }
  if (op.getNumOperands() != 2)
    return {};
  Attribute left = lookup(op.getOperand(0)), right = lookup(op.getOperand(1));
  if (isa<arith::MulFOp>(op))
    return isZero(left) ? left : isZero(right) ? right : Attribute();
  if (isa<arith::DivFOp>(op))
    return isZero(left) ? left : Attribute();
  if (isa<arith::AddFOp, arith::SubFOp>(op) && isMinusInfinity(left) && leavesRows(op.getOperand(1)))
    return left;
  if (isa<arith::AddFOp>(op) && isMinusInfinity(right) && leavesRows(op.getOperand(0)))
    return right;
  if (isa<arith::AndIOp>(op))
    for (Attribute side : {left, right})
      if (auto truth = dyn_cast_or_null<IntegerAttr>(side); truth && truth.getValue().isZero())
        return side;
  return {};
}

Attribute MaskedBody::evaluate(Operation &op) {
  Builder builder(op.getContext());
  if (AffineExpr order = orderOf(op, equation.getNumDims())) {
    if (order == negative)
      return builder.getBoolAttr(false);
    if (order == opposite)
      return builder.getBoolAttr(true);
  }
  if (Attribute value = absorb(op))
    return value;
  SmallVector<Attribute> operands = llvm::map_to_vector(op.getOperands(), [&](Value v) { return lookup(v); });
  SmallVector<OpFoldResult> results;
  if (op.getNumOperands() == 0 || !llvm::all_of(operands, [](Attribute a) { return bool(a); }) ||
      failed(op.fold(operands, results)) || results.size() != 1)
    return {};
  return isa<Attribute>(results[0]) ? cast<Attribute>(results[0]) : lookup(cast<Value>(results[0]));
}

Attribute MaskedBody::evaluate() {
  Block &body = equation.getBodyBlock();
  for (Operation &op : body.without_terminator())
    if (op.getNumResults() == 1)
      if (Attribute value = evaluate(op))
        known[op.getResult(0)] = value;
  return lookup(body.getTerminator()->getOperand(0));
}

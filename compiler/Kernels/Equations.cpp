// What the maps and bodies of equations say, and rebuilding equations in place.
#include "Kernels/Equations.h"
#include "Kernels/Kernels.h"

using namespace mlir;
using namespace nn;

EquationParts nn::partsOf(EquationOp equation) {
  EquationParts parts = EquationParts::of(equation);
  parts.fill.resize(parts.inputs.size(), UnitAttr::get(equation.getContext()));
  parts.tableBounds.resize(parts.tables.size(), 0);
  renumber(parts);
  return parts;
}

void nn::renumber(EquationParts &parts) {
  auto change = [&](AffineMap map) { return mapOver(parts, map.getResults()); };
  llvm::transform(parts.reads, parts.reads.begin(), change);
  llvm::transform(parts.tableMaps, parts.tableMaps.begin(), change);
  parts.write = change(parts.write);
  if (parts.domain)
    parts.domain = IntegerSet::get(parts.extents.size(), parts.tables.size(), parts.domain.getConstraints(),
                                   parts.domain.getEqFlags());
}

AffineMap nn::mapOver(const EquationParts &parts, ArrayRef<AffineExpr> results) {
  return AffineMap::get(parts.extents.size(), parts.tables.size(), results, parts.write.getContext());
}

void nn::addConstraint(EquationParts &parts, AffineExpr expr, bool equality) {
  IntegerSet more = IntegerSet::get(parts.extents.size(), parts.tables.size(), {expr}, {equality});
  parts.domain = intersect(parts.domain, more);
}

EquationOp nn::replaceEquation(EquationOp old, const EquationParts &parts, BodyBuilder body) {
  OpBuilder builder(old);
  auto result = EquationOp::create(builder, old.getLoc(), parts, old.getResultType(), body);
  for (NamedAttribute attribute : old->getDiscardableAttrs())
    result->setDiscardableAttr(attribute.getName(), attribute.getValue());
  old.getResult().replaceAllUsesWith(result.getResult());
  old.erase();
  return result;
}

Value nn::buildMembership(OpBuilder &builder, Location loc, IntegerSet domain) {
  Value all;
  Value zero = constantOf(builder, loc, builder.getI32Type(), 0);
  for (auto [expr, equality] : llvm::zip(domain.getConstraints(), domain.getEqFlags())) {
    auto predicate = equality ? arith::CmpIPredicate::eq : arith::CmpIPredicate::sge;
    Value holds = arith::CmpIOp::create(builder, loc, predicate, buildIndexExpr(builder, loc, expr), zero);
    all = all ? arith::AndIOp::create(builder, loc, all, holds).getResult() : holds;
  }
  return all;
}

namespace {
/// One axis of a write as `offset + sum of coefficient * index`, largest coefficient last.
struct LinearAxis {
  int64_t offset = 0;
  SmallVector<std::pair<int64_t, unsigned>> terms;
};
} // namespace

/// Reads an expression as a linear one with positive coefficients; indices of extent 1 are zero.
static std::optional<LinearAxis> readLinear(AffineExpr expr, ArrayRef<int64_t> extents) {
  auto coefficients = linearCoefficients(expr, extents.size(), 0);
  if (!coefficients)
    return std::nullopt;
  ArrayRef<int64_t> flat = *coefficients;
  LinearAxis axis;
  axis.offset = flat.back();
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (flat[dim] && extent > 1)
      axis.terms.push_back({flat[dim], dim});
  llvm::sort(axis.terms);
  if (!axis.terms.empty() && axis.terms.front().first < 0)
    return std::nullopt;
  return axis;
}

void nn::indicesOfSymbol(ArrayRef<AffineMap> tableMaps, unsigned symbol, llvm::SmallBitVector &indices) {
  AffineMap map = tableMaps[symbol];
  for (unsigned dim = 0; dim < map.getNumDims(); ++dim)
    if (map.isFunctionOfDim(dim))
      indices.set(dim);
  for (unsigned earlier = 0; earlier < symbol; ++earlier)
    if (map.isFunctionOfSymbol(earlier))
      indicesOfSymbol(tableMaps, earlier, indices);
}

/// True if an expression uses a symbol; adds the indices that it then depends on.
static bool usesSymbol(AffineExpr expr, ArrayRef<AffineMap> tableMaps, llvm::SmallBitVector &indices) {
  bool found = false;
  for (unsigned symbol = 0; symbol < tableMaps.size(); ++symbol)
    if (expr.isFunctionOfSymbol(symbol)) {
      found = true;
      indicesOfSymbol(tableMaps, symbol, indices);
    }
  return found;
}

WriteFacts nn::analyzeWrite(EquationOp equation) {
  EquationParts parts = partsOf(equation);
  ArrayRef<int64_t> extents = parts.extents;
  llvm::SmallBitVector decided(extents.size()), used(extents.size()), computed(extents.size());
  bool covers = true;
  for (auto [expr, size] : llvm::zip(parts.write.getResults(), equation.getResultType().getShape())) {
    std::optional<LinearAxis> axis;
    if (!usesSymbol(expr, parts.tableMaps, computed))
      axis = readLinear(expr, extents);
    if (!axis) {
      covers = false;
      continue;
    }
    // A mixed radix: each digit's step is at least what the smaller digits span; dense where it is exactly that.
    int64_t span = 1;
    bool separate = true;
    for (auto [coefficient, dim] : axis->terms) {
      separate &= coefficient >= span;
      covers &= coefficient <= span && !used[dim];
      used.set(dim);
      span += coefficient * (extents[dim] - 1);
    }
    covers &= axis->offset <= 0 && axis->offset + span >= size;
    if (separate)
      for (auto term : axis->terms)
        decided.set(term.second);
  }
  WriteFacts facts{true, covers};
  for (unsigned dim = 0; dim < extents.size(); ++dim)
    if (extents[dim] > 1 && (parts.write.isFunctionOfDim(dim) || computed[dim]))
      facts.owned &= decided[dim];
  return facts;
}

int nn::bareAxis(AffineMap map, unsigned dim) {
  int axis = -1;
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(dim))
      continue;
    if (axis >= 0 || expr != getAffineDimExpr(dim, map.getContext()))
      return -1;
    axis = position;
  }
  return axis;
}

std::optional<SmallVector<unsigned>> nn::permutationWrite(EquationOp equation) {
  if (equation.getDrop())
    return std::nullopt;
  ArrayRef<int64_t> shape = equation.getResultType().getShape();
  SmallVector<unsigned> axes(equation.getNumDims());
  for (unsigned dim = 0; dim < axes.size(); ++dim) {
    int axis = bareAxis(equation.getWrite(), dim);
    if (axis < 0 || shape[axis] != equation.getExtents()[dim])
      return std::nullopt;
    axes[dim] = axis;
  }
  for (auto [expr, size] : llvm::zip(equation.getWrite().getResults(), shape))
    if (!isa<AffineDimExpr>(expr) && (size != 1 || !isa<AffineConstantExpr>(expr)))
      return std::nullopt;
  return axes;
}

/// True if the place that input `k` is read at depends on an index, through symbols as well.
static bool movesWith(EquationOp equation, unsigned k, unsigned dim) {
  EquationParts parts = partsOf(equation);
  llvm::SmallBitVector indices(parts.extents.size());
  for (AffineExpr expr : parts.reads[k].getResults())
    usesSymbol(expr, parts.tableMaps, indices);
  return indices[dim] || parts.reads[k].isFunctionOfDim(dim);
}

bool nn::isGuarded(EquationOp equation, unsigned dim) {
  std::optional<IntegerSet> domain = equation.getDomain();
  return domain && llvm::any_of(domain->getConstraints(), [&](AffineExpr expr) { return expr.isFunctionOfDim(dim); });
}

int64_t nn::bytesReadWhole(EquationOp equation, unsigned frame) {
  int64_t bytes = 0;
  auto segments = segmentsOf(equation);
  for (auto [k, input] : llvm::enumerate(equation.getInputs()))
    if (!equation.getRead(k).isFunctionOfDim(frame) &&
        !(segments && segments->group == frame && movesWith(equation, k, segments->place)))
      bytes += byteSize(cast<ShapedType>(input.getType()));
  return bytes;
}

int64_t nn::bodyCost(Block &body) {
  int64_t cost = 0;
  for (Operation &op : body.without_terminator()) {
    if (isa<arith::ConstantOp, IndexOp, SymbolOp>(op))
      continue;
    if (isa<RandomOp>(op))
      cost += 40;
    else if (isa<arith::DivFOp, math::SqrtOp>(op))
      cost += 4;
    else
      cost += isa<math::MathDialect>(op.getDialect()) && !isa<math::AbsFOp, math::FmaOp, math::CopySignOp>(op) ? 12 : 1;
  }
  return cost;
}

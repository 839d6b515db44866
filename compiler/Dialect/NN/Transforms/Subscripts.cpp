// Subscripts, by what the box says about its indices.
#include "Dialect/NN/Transforms/Rewrites.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nn;

namespace {

/// Takes quotients and rests apart: (c * q + r) floordiv c is q + k, and (c * q + r) mod c is r - c * k, where all
/// values of r have the quotient k.
class QuotientFolder {
public:
  explicit QuotientFolder(EquationOp op) : op(op), parts(EquationParts::of(op)) {}

  AffineExpr fold(AffineExpr expr);
  AffineMap fold(AffineMap map);

private:
  void split(AffineExpr expr, int64_t divisor, AffineExpr &quotient, AffineExpr &rest);

  EquationOp op;
  EquationParts parts;
};

} // namespace

/// Adds `expr` to divisor * quotient + rest.
void QuotientFolder::split(AffineExpr expr, int64_t divisor, AffineExpr &quotient, AffineExpr &rest) {
  if (auto sum = dyn_cast<AffineBinaryOpExpr>(expr); sum && expr.getKind() == AffineExprKind::Add) {
    split(sum.getLHS(), divisor, quotient, rest);
    split(sum.getRHS(), divisor, quotient, rest);
  } else if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    quotient = quotient + llvm::divideFloorSigned(constant.getValue(), divisor);
    rest = rest + llvm::mod(constant.getValue(), divisor);
  } else if (expr.isMultipleOf(divisor)) {
    quotient = quotient + expr.floorDiv(divisor);
  } else {
    rest = rest + expr;
  }
}

AffineExpr QuotientFolder::fold(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return expr;
  AffineExpr lhs = fold(binary.getLHS()), rhs = fold(binary.getRHS());
  AffineExprKind kind = expr.getKind();
  auto divisor = dyn_cast<AffineConstantExpr>(rhs);
  if (divisor && divisor.getValue() > 0 && (kind == AffineExprKind::FloorDiv || kind == AffineExprKind::Mod)) {
    int64_t c = divisor.getValue();
    AffineExpr quotient = getAffineConstantExpr(0, expr.getContext()), rest = quotient;
    split(lhs, c, quotient, rest);
    auto range = rangeOf(rest, op.getExtents(), parts.tableBounds);
    if (range && llvm::divideFloorSigned(range->first, c) == llvm::divideFloorSigned(range->second, c)) {
      int64_t k = llvm::divideFloorSigned(range->first, c);
      return kind == AffineExprKind::FloorDiv ? quotient + k : rest - c * k;
    }
  }
  return getAffineBinaryOpExpr(kind, lhs, rhs);
}

AffineMap QuotientFolder::fold(AffineMap map) {
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : map.getResults())
    results.push_back(fold(expr));
  return AffineMap::get(map.getNumDims(), map.getNumSymbols(), results, map.getContext());
}

void nn::foldQuotients(EquationOp op) {
  if (llvm::any_of(op.getExtents(), [](int64_t extent) { return extent <= 0; }))
    return;
  QuotientFolder folder(op);
  Builder builder(op.getContext());
  auto foldAll = [&](ArrayAttr maps) {
    SmallVector<Attribute> folded;
    for (auto map : maps.getAsRange<AffineMapAttr>())
      folded.push_back(AffineMapAttr::get(folder.fold(map.getValue())));
    return builder.getArrayAttr(folded);
  };
  op.setReadsAttr(foldAll(op.getReads()));
  op.setWrite(folder.fold(op.getWrite()));
  if (op.getTableMaps())
    op.setTableMapsAttr(foldAll(*op.getTableMaps()));
  if (std::optional<IntegerSet> domain = op.getDomain()) {
    SmallVector<AffineExpr> constraints;
    for (AffineExpr expr : domain->getConstraints())
      constraints.push_back(folder.fold(expr));
    op.setDomain(IntegerSet::get(domain->getNumDims(), domain->getNumSymbols(), constraints, domain->getEqFlags()));
  }
}

// Equations that only move or repeat what they read: readers read through them, and what they read is written where
// they would move it.
#include "Dialect/NN/Transforms/Rewrites.h"

using namespace mlir;
using namespace nn;

// --- Reading through ---

/// True if the movement is affine: no gather, no wrap. A contraction that reads straight through others would read
/// slowly, at every one of its points.
static bool isAffineMovement(EquationOp op) {
  bool affine = op.getNumSymbols() == 0;
  for (AffineExpr expr : op.getRead(0).getResults())
    affine &= expr.isPureAffine() && !expr.walk([](AffineExpr part) {
                                            bool quasi = part.getKind() == AffineExprKind::Mod ||
                                                         part.getKind() == AffineExprKind::FloorDiv ||
                                                         part.getKind() == AffineExprKind::CeilDiv;
                                            return quasi ? WalkResult::interrupt() : WalkResult::advance();
                                          })
                                          .wasInterrupted();
  return affine;
}

/// True if an equation should read what `movement` reads. A contraction reads each cell many times, so that room around
/// a tensor is better made once.
static bool shouldReadThrough(EquationOp movement, EquationOp reader) {
  if (reader.getCombine() == Combine::map)
    return true;
  return isAffineMovement(movement) && (reader.getInputs().size() < 2 || !movement.getFillValue(0));
}

EquationOp nn::readThroughMovements(EquationOp op) {
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned k = 0; k < op.getInputs().size() && !changed; ++k) {
      if (!canInlineProducer(op, k))
        continue;
      auto producer = op.getInputs()[k].getDefiningOp<EquationOp>();
      if (isMovement(producer) && shouldReadThrough(producer, op)) {
        op = inlineProducer(op, k);
        changed = true;
      }
    }
  }
  return op;
}

bool nn::replaceIdentityCopy(EquationOp op) {
  bool whole = isMovement(op) && op.getRead(0) == op.getWrite() && !op.getFillValue(0) && op.getNumSymbols() == 0 &&
               op.getInputs()[0].getType() == op.getResult().getType();
  if (whole) {
    op.getResult().replaceAllUsesWith(op.getInputs()[0]);
    op.erase();
  }
  return whole;
}

// --- Writing where a copy would ---

namespace {

/// A copy as a change of places: axis k of what it reads is its index `dims[k]` plus `shifts[k]`.
struct Translation {
  SmallVector<unsigned> dims;
  SmallVector<int64_t> shifts;
};

} // namespace

/// The translation that a copy reads by, or nothing: a copy of part of a tensor, or of all of it, each cell at most
/// once.
static std::optional<Translation> translationOf(EquationOp op) {
  bool copies = (op.getCombine() == Combine::map || op.getCombine() == Combine::sum) && op.getInputs().size() == 1 &&
                isCopyBody(op) && !op.getDomain() && !op.getFillValue(0) && op.getNumSymbols() == 0;
  if (!copies || op.getRead(0).getNumResults() != op.getNumDims())
    return std::nullopt;
  Translation translation;
  for (AffineExpr expr : op.getRead(0).getResults()) {
    int64_t shift = 0;
    if (auto sum = dyn_cast<AffineBinaryOpExpr>(expr); sum && expr.getKind() == AffineExprKind::Add)
      if (auto constant = dyn_cast<AffineConstantExpr>(sum.getRHS())) {
        shift = constant.getValue();
        expr = sum.getLHS();
      }
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || llvm::is_contained(translation.dims, dim.getPosition()))
      return std::nullopt;
    translation.dims.push_back(dim.getPosition());
    translation.shifts.push_back(shift);
  }
  return translation;
}

/// True if a copy's index `dim`, outside of 0 .. extent-1, is written outside of the copy's result.
static bool dropsOutside(EquationOp op, unsigned dim) {
  AffineExpr index = getAffineDimExpr(dim, op.getContext());
  for (auto [place, size] : llvm::zip_equal(op.getWrite().getResults(), op.getResultType().getShape()))
    if (leavesWith(place, size, index, op.getExtents()[dim]))
      return true;
  return false;
}

/// Restricts the box of an equation that drops points to those that it does not, along indices that are written as they
/// are or shifted.
static void cropBox(EquationOp op) {
  EquationParts parts = EquationParts::of(op);
  unsigned dims = op.getNumDims();
  SmallVector<int64_t> extents(op.getExtents());
  SmallVector<AffineExpr> now;
  for (unsigned d = 0; d < dims; ++d)
    now.push_back(getAffineDimExpr(d, op.getContext()));
  for (auto [expr, size] : llvm::zip_equal(parts.write.getResults(), op.getResultType().getShape()))
    for (unsigned d = 0; d < dims; ++d) {
      std::optional<int64_t> shift = shiftOf(expr, getAffineDimExpr(d, op.getContext()));
      if (!shift)
        continue;
      int64_t low = std::max<int64_t>(0, -*shift), high = std::min(extents[d], size - *shift);
      if (low < high && high - low < extents[d]) {
        now[d] = now[d] + low;
        extents[d] = high - low;
      }
      break;
    }
  if (ArrayRef<int64_t>(extents) == op.getExtents())
    return;
  parts.substitute(now, {}, extents);
  parts.drop = mayWriteOutside(parts, op.getResultType().getShape());
  OpBuilder builder(op);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars, now); };
  auto cropped = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(cropped.getResult());
  op.erase();
}

bool nn::writeWhereRead(EquationOp op) {
  std::optional<Translation> translation = translationOf(op);
  auto producer = translation ? op.getInputs()[0].getDefiningOp<EquationOp>() : EquationOp();
  if (!producer || !producer->hasOneUse() || isVariable(producer.getResult()))
    return false;
  bool adds = producer.getCombine() == Combine::sum;
  if (op.getCombine() == Combine::sum && !adds)
    return false;
  EquationParts parts = EquationParts::of(producer);
  SmallVector<AffineExpr> points(op.getNumDims());
  bool partial = parts.drop;
  for (auto [axis, dim] : llvm::enumerate(translation->dims)) {
    points[dim] = parts.write.getResult(axis) - translation->shifts[axis];
    auto range = rangeOf(points[dim], producer.getExtents(), parts.tableBounds);
    if (range && range->first >= 0 && range->second < op.getExtents()[dim])
      continue;
    if (!dropsOutside(op, dim))
      return false;
    partial = true;
  }
  // Of a map, the part that is copied is better computed alone.
  if (partial && !adds)
    return false;
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : op.getWrite().getResults())
    results.push_back(simplifyAffineExpr(expr.replaceDims(points), producer.getNumDims(), producer.getNumSymbols()));
  parts.write = AffineMap::get(producer.getNumDims(), producer.getNumSymbols(), results, op.getContext());
  parts.drop = partial || op.getDrop();
  OpBuilder builder(producer);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, producer, scalars); };
  auto now = EquationOp::create(builder, producer.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  producer.erase();
  if (parts.drop)
    cropBox(now);
  return true;
}

// unwrap-shifts: sums over differences of indices instead of making a circulant tensor.
#include "Dialect/NN/Transforms/Passes.h"
#include "Dialect/NN/Transforms/Rewrites.h"

namespace nn {
#define GEN_PASS_DEF_UNWRAPSHIFTS
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

namespace {
/// A subscript `(c * d + rest) mod n` with c = 1 or -1, for an index d of extent n that is summed.
struct WrappedIndex {
  unsigned index;
  int64_t sign;
  AffineExpr rest, extent;
};
} // namespace

static std::optional<WrappedIndex> wrappedIndex(EquationOp op, AffineExpr subscript) {
  auto wrap = dyn_cast<AffineBinaryOpExpr>(subscript);
  auto extent = wrap && wrap.getKind() == AffineExprKind::Mod ? dyn_cast<AffineConstantExpr>(wrap.getRHS())
                                                              : AffineConstantExpr();
  if (!extent || !wrap.getLHS().isPureAffine())
    return std::nullopt;
  for (unsigned d : reducedDims(op)) {
    if (op.getExtents()[d] != extent.getValue() || !wrap.getLHS().isFunctionOfDim(d))
      continue;
    AffineExpr dim = getAffineDimExpr(d, op.getContext());
    for (int64_t sign : {1, -1}) {
      AffineExpr rest = simplifyAffineExpr(wrap.getLHS() - dim * sign, op.getNumDims(), 0);
      if (!rest.isFunctionOfDim(d))
        return WrappedIndex{d, sign, rest, extent};
    }
  }
  return std::nullopt;
}

/// True for a sum without conditions, tables and reads that may leave their axis.
static bool isPlainSum(EquationOp op) {
  return op.getCombine() == Combine::sum && !op.getDomain() && !op.getDrop() && op.getNumSymbols() == 0 &&
         !op.getFill() && op->getNumResults() == 1;
}

/// The equation summed over k = (sign d + rest) mod n, which takes every value once as d does: d = sign (k - rest) mod
/// n.
static EquationOp sumOverDifference(EquationOp op, unsigned input, unsigned axis, const WrappedIndex &wrapped) {
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  SmallVector<AffineExpr> dims;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    dims.push_back(builder.getAffineDimExpr(d));
  AffineExpr k = dims[wrapped.index];
  dims[wrapped.index] = simplifyAffineExpr((k - wrapped.rest) * wrapped.sign, op.getNumDims(), 0) % wrapped.extent;
  parts.substitute(dims, {}, op.getExtents());
  SmallVector<AffineExpr> read(parts.reads[input].getResults());
  read[axis] = k;
  parts.reads[input] = AffineMap::get(op.getNumDims(), 0, read, op.getContext());
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars, dims); };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return now;
}

/// Reads an input at the difference itself wherever it is read at a difference modulo an extent.
static EquationOp unwrapInput(EquationOp op, unsigned input) {
  for (unsigned axis = 0; axis < op.getRead(input).getNumResults(); ++axis)
    if (auto wrapped = wrappedIndex(op, op.getRead(input).getResult(axis)))
      op = sumOverDifference(op, input, axis, *wrapped);
  return op;
}

/// The read of input k through the movement that makes it.
static AffineMap readThrough(EquationOp op, unsigned k, EquationOp movement) {
  SmallVector<AffineExpr> point(movement.getNumDims());
  for (auto [axis, expr] : llvm::enumerate(movement.getWrite().getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = op.getRead(k).getResult(axis);
  return movement.getRead(0).replaceDimsAndSymbols(point, {}, op.getNumDims(), 0);
}

static void unwrap(EquationOp op) {
  for (unsigned k = 0; isPlainSum(op) && k < op.getInputs().size(); ++k) {
    auto movement = op.getInputs()[k].getDefiningOp<EquationOp>();
    bool moves = movement && isMovement(movement) && !movement.getFillValue(0) && movement.getNumSymbols() == 0;
    if (!moves || !canInlineProducer(op, k))
      continue;
    auto wraps = [&](AffineExpr subscript) { return wrappedIndex(op, subscript).has_value(); };
    if (llvm::none_of(readThrough(op, k, movement).getResults(), wraps))
      continue;
    // What the movement reads becomes the last input.
    op = inlineProducer(op, k);
    op = unwrapInput(op, op.getInputs().size() - 1);
    --k;
  }
}

namespace {
struct UnwrapShiftsPass : nn::impl::UnwrapShiftsBase<UnwrapShiftsPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    rewriteEquations(getOperation().getBody().front(), unwrap);
    cleanUp(getOperation());
  }
};
} // namespace

// Composition of read maps.
#include "Symmetry/Prover/ComposeCopies.h"
#include "Dialect/NN/IR/Claims.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/IR/Iterators.h"

using namespace mlir;

namespace nn::prover {

/// What is differentiated by: to it, what reads it may not be something else.
static bool isVariable(EquationOp op) { return llvm::any_of(op->getUsers(), llvm::IsaPred<GradOp, JvpOp, JacobianOp>); }

/// An equation that writes every cell once, from one read without conditions.
static bool isCopy(EquationOp op) {
  return op && !isVariable(op) && op.getCombine() == Combine::map && op.getInputs().size() == 1 &&
         op.getTables().empty() && !op.getDomain() && op.getWrite().isIdentity() && isCopyBody(op) &&
         !op->hasAttr(invariantAttrName) && !op->hasAttr(orbitAttrName);
}

/// Whether a read that leaves a copy and is filled may be a read that leaves what the copy is of: filled alike, and
/// each axis is either never left, or the source's own.
static bool leavesTogether(const EquationParts &parts, unsigned k, EquationOp copy) {
  if (copy.getFillValue(0) && copy.getFillValue(0) != parts.fill[k])
    return false;
  ArrayRef<int64_t> shape = copy.getResult().getType().getShape();
  ArrayRef<int64_t> source = cast<ShapedType>(copy.getInputs()[0].getType()).getShape();
  for (auto [axis, expr] : llvm::enumerate(parts.reads[k].getResults())) {
    auto range = rangeOf(expr, parts.extents, parts.tableBounds);
    if (range && range->first >= 0 && range->second < shape[axis])
      continue;
    AffineExpr own = getAffineDimExpr(axis, expr.getContext());
    auto *through = llvm::find(copy.getRead(0).getResults(), own);
    if (through == copy.getRead(0).getResults().end() ||
        source[through - copy.getRead(0).getResults().begin()] != shape[axis])
      return false;
  }
  return true;
}

static bool composeOne(EquationParts &parts) {
  MLIRContext *context = parts.write.getContext();
  bool changed = false;
  for (auto [k, input] : llvm::enumerate(parts.inputs)) {
    auto copy = input.getDefiningOp<EquationOp>();
    bool filled = !parts.fill.empty() && !isa<UnitAttr>(parts.fill[k]);
    if (!isCopy(copy) || (filled && !leavesTogether(parts, k, copy)))
      continue;
    parts.reads[k] = copy.getRead(0).compose(parts.reads[k]);
    if (TypedAttr value = copy.getFillValue(0)) {
      parts.fill.resize(parts.inputs.size(), UnitAttr::get(context));
      parts.fill[k] = value;
    }
    parts.inputs[k] = copy.getInputs()[0];
    changed = true;
  }
  return changed;
}

void composeCopies(func::FuncOp function) {
  function.walk([](EquationOp op) {
    EquationParts parts = EquationParts::of(op);
    bool changed = false;
    while (composeOne(parts))
      changed = true;
    if (!changed)
      return;
    OpBuilder builder(op);
    auto composed = EquationOp::create(
        builder, op.getLoc(), parts, op.getResult().getType(),
        [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars); });
    composed->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    op.getResult().replaceAllUsesWith(composed.getResult());
    op.erase();
  });
  // What nothing reads any more need not move along.
  function.walk<WalkOrder::PostOrder, ReverseIterator>([](EquationOp op) {
    if (op->use_empty())
      op.erase();
  });
}

} // namespace nn::prover

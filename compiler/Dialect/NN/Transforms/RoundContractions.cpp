// round-contractions: rounds the factors of contractions to the format that a root computes in.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/Passes.h"

namespace nn {
#define GEN_PASS_DEF_ROUNDCONTRACTIONS
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

/// The product that a body yields, perhaps selected by a mask; null if it yields something else.
static arith::MulFOp yieldedProduct(EquationOp op) {
  Value value = op.getBodyBlock().getTerminator()->getOperand(0);
  while (auto select = value.getDefiningOp<arith::SelectOp>())
    value = select.getTrueValue();
  return value.getDefiningOp<arith::MulFOp>();
}

/// The factors of a product of products.
static void collectFactors(arith::MulFOp product, SmallVectorImpl<OpOperand *> &factors) {
  for (OpOperand &operand : product->getOpOperands())
    if (auto inner = operand.get().getDefiningOp<arith::MulFOp>(); inner && inner->hasOneUse())
      collectFactors(inner, factors);
    else
      factors.push_back(&operand);
}

/// The indices of the box, of more than one entry, that a scalar of the body depends on.
static llvm::SmallBitVector indicesOf(EquationOp op, Value value) {
  llvm::SmallBitVector indices(op.getNumDims());
  SmallVector<Value> pending{value};
  auto add = [&](AffineMap map) {
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (op.getExtents()[d] > 1 && map.isFunctionOfDim(d))
        indices.set(d);
  };
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      add(op.getRead(argument.getArgNumber()));
      // A table's index is one of what it is read by.
      for (unsigned s = 0; s < op.getNumSymbols(); ++s)
        if (op.getRead(argument.getArgNumber()).isFunctionOfSymbol(s))
          add(EquationParts::of(op).tableMaps[s]);
      continue;
    }
    Operation *definition = next.getDefiningOp();
    if (auto index = dyn_cast<IndexOp>(definition); index && op.getExtents()[index.getDim()] > 1)
      indices.set(index.getDim());
    llvm::append_range(pending, definition->getOperands());
  }
  return indices;
}

/// True if an index is in an expression elsewhere than in a quotient, of which several of its values are one.
static bool occursWhole(AffineExpr expr, unsigned d) {
  if (expr.getKind() == AffineExprKind::FloorDiv || !expr.isFunctionOfDim(d))
    return false;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary || occursWhole(binary.getLHS(), d) || occursWhole(binary.getRHS(), d);
}

/// The indices that are summed: those that the write does not have, or has only a quotient of, as a head has of the
/// entries that it attends with.
static llvm::SmallBitVector reducedIndices(EquationOp op) {
  llvm::SmallBitVector reduced(op.getNumDims());
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (llvm::none_of(op.getWrite().getResults(), [d](AffineExpr expr) { return occursWhole(expr, d); }))
      reduced.set(d);
  return reduced;
}

/// A contraction sums products along an index that two factors share, where an index of one is none of the other:
/// otherwise every number is used once, and nothing is contracted.
static bool contracts(EquationOp op, ArrayRef<llvm::SmallBitVector> factors) {
  llvm::SmallBitVector reduced = reducedIndices(op);
  for (auto [k, a] : llvm::enumerate(factors))
    for (const llvm::SmallBitVector &b : factors.drop_front(k + 1)) {
      llvm::SmallBitVector shared = a;
      shared &= b;
      if (shared.anyCommon(reduced) && a != b)
        return true;
    }
  return false;
}

static void roundFactors(EquationOp op, unsigned mantissa) {
  auto product = yieldedProduct(op);
  if (op.getCombine() != Combine::sum || !product || !product.getType().isF32())
    return;
  SmallVector<OpOperand *> factors;
  collectFactors(product, factors);
  auto indices = llvm::map_to_vector(factors, [&](OpOperand *factor) { return indicesOf(op, factor->get()); });
  if (!contracts(op, indices))
    return;
  for (auto [factor, own] : llvm::zip(factors, indices)) {
    // What is the same for all products of a sum might as well be multiplied by afterwards.
    if (!own.anyCommon(reducedIndices(op)))
      continue;
    OpBuilder builder(factor->getOwner());
    factor->set(RoundOp::create(builder, op.getLoc(), factor->get(), mantissa));
  }
}

namespace {
struct RoundContractionsPass : nn::impl::RoundContractionsBase<RoundContractionsPass> {
  void runOnOperation() override {
    auto format = getOperation()->getAttrOfType<StringAttr>(computeAttrName);
    if (!format)
      return;
    constexpr unsigned bf16Mantissa = 7, tf32Mantissa = 10;
    unsigned mantissa = format.getValue() == "bf16" ? bf16Mantissa : tf32Mantissa;
    getOperation().walk([&](EquationOp op) { roundFactors(op, mantissa); });
  }
};
} // namespace

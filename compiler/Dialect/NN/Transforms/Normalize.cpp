// normalize: brings equations into the one form that later passes look for.
#include "Dialect/NN/Transforms/Passes.h"
#include "Dialect/NN/Transforms/Rewrites.h"

namespace nn {
#define GEN_PASS_DEF_NORMALIZE
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

/// The operand of the exponential that a body yields, or null.
static Value yieldedExponent(EquationOp op) {
  auto exp = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<math::ExpOp>();
  return exp ? exp.getOperand() : Value();
}

/// True if the exponent of a sum of exponentials is `x - m` with an m that is the same for all terms of a cell.
static bool isShifted(EquationOp exponents, Value exponent) {
  auto difference = exponent.getDefiningOp<arith::SubFOp>();
  auto shift = difference ? dyn_cast<BlockArgument>(difference.getRhs()) : BlockArgument();
  if (!shift || exponents.getFillValue(shift.getArgNumber()))
    return false;
  AffineMap read = exponents.getRead(shift.getArgNumber());
  auto varies = [&](unsigned d) { return read.isFunctionOfDim(d); };
  auto bySymbol = [&](unsigned j) { return read.isFunctionOfSymbol(j); };
  return llvm::none_of(reducedDims(exponents), varies) &&
         llvm::none_of(llvm::seq<unsigned>(0, exponents.getNumSymbols()), bySymbol);
}

/// Makes the logsumexp of the exponents that `sum` adds, next to `sum`; null if it does not add exponentials. If
/// `shifted` is given and the exponents are x - m with an m that is the same for all terms of a cell, it becomes true
/// and m is left out.
static Value makeLogSumExp(EquationOp sum, bool *shifted = nullptr) {
  if (sum.getCombine() != Combine::sum)
    return {};
  OpBuilder builder(sum);
  EquationOp copy = cast<EquationOp>(builder.clone(*sum));
  if (isCopyBody(copy) && canInlineProducer(copy, 0))
    copy = inlineProducer(copy, 0);
  Value exponent = yieldedExponent(copy);
  if (!exponent) {
    copy.erase();
    return {};
  }
  if (shifted)
    *shifted = isShifted(copy, exponent);
  if (shifted && *shifted)
    exponent = exponent.getDefiningOp<arith::SubFOp>().getLhs();
  copy.getBodyBlock().getTerminator()->setOperand(0, exponent);
  copy.setCombine(Combine::logsumexp);
  return dropUnused(copy).getResult();
}

/// The producer of a scalar that a body reads, if it is an equation; `k` becomes the number of the input.
static EquationOp producerOf(EquationOp op, Value scalar, unsigned &k) {
  auto argument = dyn_cast<BlockArgument>(scalar);
  if (!argument)
    return {};
  k = argument.getArgNumber();
  return op.getFillValue(k) || isVariable(op.getInputs()[k]) ? EquationOp()
                                                             : op.getInputs()[k].getDefiningOp<EquationOp>();
}

/// The same equation with input k replaced by another tensor of the same type.
static void replaceInput(EquationOp op, unsigned k, Value value) { op.getInputsMutable()[k].set(value); }

/// Replaces the logarithm of an exponential by the exponent; by x where the exponent is `x - m` and `shifted`.
static void foldLogOfExp(EquationOp op, bool shifted = false) {
  for (Operation &inner : llvm::make_early_inc_range(op.getBodyBlock())) {
    auto log = dyn_cast<math::LogOp>(inner);
    auto exp = log ? log.getOperand().getDefiningOp<math::ExpOp>() : math::ExpOp();
    if (!exp)
      continue;
    Value exponent = exp.getOperand();
    if (shifted)
      exponent = exponent.getDefiningOp<arith::SubFOp>().getLhs();
    log.replaceAllUsesWith(exponent);
    log.erase();
  }
}

/// log(sum exp x) becomes logsumexp x, read instead of the sum.
static EquationOp rewriteLogOfSum(EquationOp op) {
  for (Operation &inner : op.getBodyBlock()) {
    auto log = dyn_cast<math::LogOp>(inner);
    unsigned k = 0;
    EquationOp sum = log ? producerOf(op, log.getOperand(), k) : EquationOp();
    if (!sum || !op.getBodyBlock().getArgument(k).hasOneUse())
      continue;
    Value better = makeLogSumExp(sum);
    if (!better)
      continue;
    replaceInput(op, k, better);
    log.replaceAllUsesWith(log.getOperand());
    log.erase();
    return op;
  }
  return op;
}

/// log(exp(x)), with the exponential in the producer, becomes x.
static EquationOp rewriteLogOfExp(EquationOp op) {
  for (Operation &inner : op.getBodyBlock()) {
    auto log = dyn_cast<math::LogOp>(inner);
    unsigned k = 0;
    EquationOp top = log ? producerOf(op, log.getOperand(), k) : EquationOp();
    if (!top || !yieldedExponent(top) || !canInlineProducer(op, k))
      continue;
    op = inlineProducer(op, k);
    foldLogOfExp(op);
    return dropUnused(op);
  }
  return op;
}

/// exp(x - m) / sum exp(x - m) becomes exp(x - logsumexp x). The maximum m that keeps the exponentials finite is part
/// of what a logsumexp is, and its derivative cancels.
static EquationOp rewriteSoftmax(EquationOp op) {
  for (Operation &inner : op.getBodyBlock()) {
    auto quotient = dyn_cast<arith::DivFOp>(inner);
    unsigned k = 0, j = 0;
    EquationOp sum = quotient ? producerOf(op, quotient.getRhs(), k) : EquationOp();
    EquationOp top = sum ? producerOf(op, quotient.getLhs(), j) : EquationOp();
    bool ownSum = top && isCopyBody(sum) && sum.getInputs()[0] == top.getResult();
    if (!ownSum || !yieldedExponent(top) || !canInlineProducer(op, j) || !op.getBodyBlock().getArgument(k).hasOneUse())
      continue;
    bool shifted = false;
    Value better = makeLogSumExp(sum, &shifted);
    if (!better)
      continue;
    replaceInput(op, k, better);
    OpBuilder builder(quotient);
    Location loc = quotient.getLoc();
    Value log = math::LogOp::create(builder, loc, quotient.getLhs());
    Value result = math::ExpOp::create(builder, loc, arith::SubFOp::create(builder, loc, log, quotient.getRhs()));
    quotient.replaceAllUsesWith(result);
    quotient.erase();
    op = inlineProducer(op, j);
    foldLogOfExp(op, shifted);
    return dropUnused(op);
  }
  return op;
}

static void normalize(EquationOp op) {
  op = foldConstants(op);
  if (!op)
    return;
  dropFilledSelects(op);
  op = dropImplied(eliminateEqualities(liftConditions(readIndexTables(op))));
  op = rewriteSoftmax(op);
  op = rewriteLogOfExp(op);
  rewriteLogOfSum(op);
}

namespace {
struct NormalizePass : nn::impl::NormalizeBase<NormalizePass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    rewriteEquations(getOperation().getBody().front(), [](EquationOp op) { normalize(op); });
    cleanUp(getOperation());
  }
};
} // namespace

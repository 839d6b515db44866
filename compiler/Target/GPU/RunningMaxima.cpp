// Recognizes sums that can be accumulated below a maximum that grows; see Note [Running maxima].
#include "Target/GPU/RunningMaxima.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nn;

static Value yielded(EquationOp op) { return cast<YieldOp>(op.getBodyBlock().getTerminator()).getValues().front(); }

/// True if a map replaces what is infinite by 0, and nothing else.
static bool makesFinite(EquationOp op) {
  if (op.getCombine() != Combine::map || op.getInputs().size() != 1 || op.getDomain() || op.getFillValue(0) ||
      op.getRead(0) != op.getWrite())
    return false;
  Value argument = op.getBodyBlock().getArgument(0);
  auto select = yielded(op).getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>() : arith::CmpFOp();
  return compare && compare.getPredicate() == arith::CmpFPredicate::OEQ && select.getFalseValue() == argument &&
         matchPattern(select.getTrueValue(), m_PosZeroFloat()) &&
         matchPattern(compare.getLhs(), m_Op<math::AbsFOp>(matchers::m_Val(argument))) &&
         matchPattern(compare.getRhs(), m_PosInfFloat());
}

/// The only user of a value, if it is of a kind.
template <typename Kind> static Kind onlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<Kind>(*value.user_begin()) : Kind();
}

/// The input u of a body w * exp(u - x); nothing: it is none.
static std::optional<unsigned> exponentOf(EquationOp op, unsigned x) {
  auto difference = onlyUser<arith::SubFOp>(op.getBodyBlock().getArgument(x));
  auto power = difference ? onlyUser<math::ExpOp>(difference) : math::ExpOp();
  auto above = difference ? dyn_cast<BlockArgument>(difference.getLhs()) : BlockArgument();
  if (!power || !above || above.getArgNumber() == x)
    return std::nullopt;
  Value term = power;
  while (auto product = onlyUser<arith::MulFOp>(term))
    term = product;
  return term.hasOneUse() && term == yielded(op) ? std::optional(above.getArgNumber()) : std::nullopt;
}

std::optional<RunningMaximum> nn::runningMaximum(EquationOp sum, const DenseMap<Value, EquationOp> &writers) {
  if (sum.getCombine() != Combine::sum)
    return std::nullopt;
  for (unsigned x = 0; x < sum.getInputs().size(); ++x) {
    EquationOp finite = writers.lookup(sum.getInputs()[x]);
    if (!finite || !makesFinite(finite))
      continue;
    EquationOp largest = writers.lookup(finite.getInputs().front());
    auto u = exponentOf(sum, x);
    if (u && largest && largest.getCombine() == Combine::max && isCopyBody(largest) && !largest.getFillValue(0) &&
        sum.getInputs()[*u] == largest.getInputs().front() && sum.getRead(*u) == largest.getRead(0) &&
        sum.getRead(x) == largest.getWrite() && sum.getWrite() == largest.getWrite() &&
        sum.getExtents() == largest.getExtents() && sum.getDomain() == largest.getDomain() && sum.getTables().empty())
      return RunningMaximum{largest, finite, x};
  }
  return std::nullopt;
}

// What definitions tell about the signs of floats.
#include "Target/CPU/Floats.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nn;

/// `x >= 0 ? -x : x`, as -abs(x) is written where its derivative at 0 matters.
static bool isMinusMagnitude(arith::SelectOp select) {
  auto test = select.getCondition().getDefiningOp<arith::CmpFOp>();
  auto minus = select.getTrueValue().getDefiningOp<arith::NegFOp>();
  Value x = select.getFalseValue();
  if (!test || !minus || minus.getOperand() != x || test.getLhs() != x ||
      !matchPattern(test.getRhs(), m_AnyZeroFloat()))
    return false;
  return test.getPredicate() == arith::CmpFPredicate::OGE || test.getPredicate() == arith::CmpFPredicate::OGT;
}

bool nn::isNeverNegative(Value x) {
  Operation *definition = x.getDefiningOp();
  if (!definition)
    return false;
  if (isa<math::ExpOp, math::AbsFOp, math::SqrtOp>(definition))
    return true;
  if (auto product = dyn_cast<arith::MulFOp>(definition))
    return product.getLhs() == product.getRhs();
  auto minus = dyn_cast<arith::NegFOp>(definition);
  return minus && isNeverPositive(minus.getOperand());
}

bool nn::isNeverPositive(Value x) {
  if (auto minus = x.getDefiningOp<arith::NegFOp>())
    return isNeverNegative(minus.getOperand());
  auto select = x.getDefiningOp<arith::SelectOp>();
  return select && isMinusMagnitude(select);
}

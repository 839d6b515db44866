// Bodies of equations: each scalar moves as a number, a component, a sign, a position or a label, or in no known way.
#include "Symmetry/Replay/Replay.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::replay {

using Scalars = ArrayRef<Scalar>;

static Scalar wrong() {
  Scalar scalar;
  scalar.wrong = true;
  return scalar;
}

/// a + sign b: of a kind, unless one is the number 0.
static Scalar sum(const Scalar &a, const Scalar &b, double sign) {
  if (a.label || b.label || a.wrong || b.wrong)
    return wrong();
  Scalar result = a.number == 0.0 ? b : a;
  if (a.number == 0.0) {
    result.weight *= sign;
    if (result.number)
      *result.number *= sign;
    return result;
  }
  if (b.number == 0.0)
    return result;
  if (a.odd != b.odd || a.carriers != b.carriers || (a.weight != 0 && b.weight != 0 && a.point != b.point))
    return wrong();
  result.number = a.number && b.number ? std::optional(*a.number + sign * *b.number) : std::nullopt;
  result.point = a.weight != 0 ? a.point : b.point;
  result.weight = a.weight + sign * b.weight;
  return result;
}

static Scalar product(const Scalar &a, const Scalar &b) {
  const Scalar &point = a.weight != 0 ? a : b, &other = a.weight != 0 ? b : a;
  if (a.label || b.label || a.wrong || b.wrong || (point.weight != 0 && !other.number))
    return wrong();
  Scalar result;
  if (a.number && b.number)
    result.number = *a.number * *b.number;
  if (point.weight != 0)
    result.weight = point.weight * *other.number;
  result.point = point.point;
  result.carriers = a.carriers;
  llvm::append_range(result.carriers, b.carriers);
  llvm::sort(result.carriers);
  result.odd = a.odd != b.odd;
  return result;
}

/// Any function: of what stays, and with a parity of one scalar that changes its sign.
static Scalar function(Scalars operands, bool isOdd = false, bool isEven = false) {
  for (const Scalar &each : operands)
    if (each.wrong || each.label || each.weight != 0 || !each.carriers.empty() || (each.odd && !isOdd && !isEven))
      return wrong();
  Scalar result;
  result.odd = isOdd && operands[0].odd;
  return result;
}

static Scalar quotient(const Scalar &a, const Scalar &b) {
  if (b.number && *b.number != 0 && !a.label && !a.wrong) {
    Scalar result = a;
    result.weight /= *b.number;
    if (result.number)
      *result.number /= *b.number;
    return result;
  }
  Scalar inverse = b;
  inverse.number.reset();
  return b.carriers.empty() && a.weight == 0 && b.weight == 0 ? product(a, inverse) : wrong();
}

static Scalar power(const Scalar &base, const Scalar &exponent) {
  if (base.stays() && exponent.stays())
    return {};
  double n = exponent.number.value_or(0);
  if (n != 1 && n != 2 && n != 3 && n != 4)
    return wrong();
  Scalar result = base;
  for (int k = 1; k < int(n); ++k)
    result = product(result, base);
  return result;
}

static Scalar compare(Operation *op, const Scalar &a, const Scalar &b) {
  auto cmp = dyn_cast<arith::CmpIOp>(op);
  bool equality =
      cmp && (cmp.getPredicate() == arith::CmpIPredicate::eq || cmp.getPredicate() == arith::CmpIPredicate::ne);
  if (a.label || b.label)
    return equality && a.label == b.label && !a.wrong && !b.wrong ? Scalar() : wrong();
  return function({a, b});
}

static Scalar select(const Scalar &condition, const Scalar &a, const Scalar &b) {
  if (condition.number)
    return *condition.number != 0 ? a : b;
  if (!condition.stays() || a.wrong || b.wrong)
    return wrong();
  if (a.label && a.label == b.label)
    return a;
  Scalar result = sum(a, b, 1);
  result.number.reset();
  result.weight = a.weight;
  return a.weight == b.weight ? result : wrong();
}

/// `and` and `or`, which one side may decide.
static Scalar connective(bool decisive, const Scalar &a, const Scalar &b) {
  for (const Scalar *each : {&a, &b})
    if (each->number && (*each->number != 0) == decisive)
      return *each;
  return function({a, b});
}

static Scalar constant(Attribute value) {
  Scalar result;
  if (auto number = dyn_cast<FloatAttr>(value))
    result.number = number.getValueAsDouble();
  else if (auto integer = dyn_cast<IntegerAttr>(value))
    result.number = double(integer.getInt());
  return result;
}

static Scalar evaluate(Operation *op, Scalars operands, Scalars indices, Scalars symbols) {
  StringRef name = op->getName().stripDialect();
  bool odd = name == "tanh" || name == "sin" || name == "erf" || name == "atan", even = name == "absf" || name == "cos";
  return TypeSwitch<Operation *, Scalar>(op)
      .Case([&](arith::ConstantOp own) { return constant(own.getValue()); })
      .Case([&](IndexOp own) { return indices[own.getDim()]; })
      .Case([&](SymbolOp own) { return symbols[own.getIndex()]; })
      .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return sum(operands[0], operands[1], 1); })
      .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return sum(operands[0], operands[1], -1); })
      .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return product(operands[0], operands[1]); })
      .Case<arith::DivFOp>([&](auto) { return quotient(operands[0], operands[1]); })
      .Case<arith::NegFOp>(
          [&](auto) { return sum(constant(FloatAttr::get(op->getResult(0).getType(), 0)), operands[0], -1); })
      .Case<arith::CmpFOp, arith::CmpIOp>([&](auto) { return compare(op, operands[0], operands[1]); })
      .Case<arith::SelectOp>([&](auto) { return select(operands[0], operands[1], operands[2]); })
      .Case<arith::AndIOp>([&](auto) { return connective(false, operands[0], operands[1]); })
      .Case<arith::OrIOp>([&](auto) { return connective(true, operands[0], operands[1]); })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp, arith::TruncIOp>([&](auto) { return operands[0]; })
      .Case<arith::SIToFPOp>([&](auto) { return operands[0].label ? wrong() : operands[0]; })
      .Case<math::PowFOp, math::FPowIOp>([&](auto) { return power(operands[0], operands[1]); })
      .Default([&](Operation *) { return function(operands, odd, even); });
}

Scalar evaluateBody(EquationOp op, Scalars inputs, Scalars indices, Scalars symbols) {
  llvm::DenseMap<Value, Scalar> scalars;
  for (auto [argument, scalar] : llvm::zip_equal(op.getBodyBlock().getArguments(), inputs))
    scalars[argument] = scalar;
  for (Operation &inner : op.getBodyBlock().without_terminator()) {
    SmallVector<Scalar> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(scalars.lookup(operand));
    scalars[inner.getResult(0)] = evaluate(&inner, operands, indices, symbols);
  }
  return scalars.lookup(op.getBodyBlock().getTerminator()->getOperand(0));
}

} // namespace nn::replay

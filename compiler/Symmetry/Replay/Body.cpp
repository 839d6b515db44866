// The instructions of bodies, on formulas. What is not named here is a function of which nothing is known.
#include "Symmetry/Replay/Evaluate.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::replay {

using interpreter::Binary;
using interpreter::Instruction;
using interpreter::IntBinary;
using interpreter::IntUnary;
using interpreter::Unary;

/// Functions of one name, by numbers that no two share.
static uint64_t nameOf(Instruction::Kind kind, int which, int64_t more = 0) {
  return uint64_t(more) << 16 | uint64_t(kind) << 8 | uint64_t(which);
}

Body::Body(Field &field, EquationOp op, std::string &why) : field(field), why(why), numDims(op.getNumDims()) {
  auto translated = interpreter::translateBody(op);
  if (failed(translated)) {
    why = "the body of an equation is not known";
    return;
  }
  code = std::move(*translated);
  registers.resize(code.numRegisters);
  literals.resize(code.numRegisters);
  for (const Instruction &i : code.instructions) {
    if (i.kind == Instruction::floatConstant) {
      literals[i.result] = i.floatValue;
      registers[i.result] = {field.ofDouble(i.floatValue)};
    } else if (i.kind == Instruction::intConstant) {
      literals[i.result] = double(i.intValue);
      registers[i.result] = Scalar::known(i.intValue);
    }
  }
}

Number Body::operand(const Instruction &i, unsigned k) const {
  return numberOf(registers[i.operands[k]], field);
}

Number Body::unary(Unary function, const Number &x) {
  Number one = field.ofInteger(1);
  uint64_t name = nameOf(Instruction::floatUnary, int(function));
  switch (function) {
  case Unary::neg:
    return field.negate(x);
  case Unary::abs:
    return field.subtract(field.multiply(field.ofInteger(2), field.positivePart(x)), x);
  case Unary::rsqrt:
    return field.inverse(unary(Unary::sqrt, x));
  case Unary::sqrt:
    return x.isZero() || x == one ? x : field.apply(Function::Others, x, name);
  case Unary::exp:
    return x.isZero() ? one : field.apply(Function::Others, x, name);
  case Unary::cos:
  case Unary::cosh:
    return x.isZero() ? one : field.even(Function::Others, x, name);
  case Unary::cbrt:
  case Unary::sin:
  case Unary::tan:
  case Unary::sinh:
  case Unary::tanh:
  case Unary::asin:
  case Unary::atan:
  case Unary::asinh:
  case Unary::atanh:
  case Unary::erf:
  case Unary::round:
  case Unary::roundeven:
  case Unary::trunc:
    return field.odd(Function::Others, x, name);
  default:
    return field.apply(Function::Others, x, name);
  }
}

Number Body::binary(Binary function, const Number &x, const Number &y, std::optional<double> literal) {
  constexpr double mostPower = 64;
  switch (function) {
  case Binary::add:
    return field.add(x, y);
  case Binary::sub:
    return field.subtract(x, y);
  case Binary::mul:
    return field.multiply(x, y);
  case Binary::div:
    return field.multiply(x, field.inverse(y));
  case Binary::maximum:
  case Binary::maxnum:
  case Binary::maximumConstant:
  case Binary::maxnumConstant:
    return field.add(y, field.positivePart(field.subtract(x, y)));
  case Binary::minimum:
  case Binary::minnum:
  case Binary::minimumConstant:
  case Binary::minnumConstant:
    return field.subtract(x, field.positivePart(field.subtract(x, y)));
  case Binary::pow:
    if (literal == 0.5)
      return unary(Unary::sqrt, x);
    if (literal && *literal == std::floor(*literal) && std::abs(*literal) <= mostPower) {
      Number power = field.power(x, unsigned(std::abs(*literal)));
      return *literal < 0 ? field.inverse(power) : power;
    }
    [[fallthrough]];
  default:
    return field.apply(Function::Others, {x, y}, nameOf(Instruction::floatBinary, int(function)));
  }
}

/// Predicates of floats and of integers by what they ask of the difference.
Scalar Body::compare(const Instruction &i, const Number &difference) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  bool isFloat = i.kind == Instruction::compareFloat;
  auto is = [&](std::initializer_list<F> floats, I integer) {
    return isFloat ? llvm::is_contained(floats, F(i.which)) : I(i.which) == integer;
  };
  if (isFloat && (F(i.which) == F::ORD || F(i.which) == F::UNO))
    return Scalar::known(F(i.which) == F::ORD); // no formula is NaN
  auto negated = [&](const Number &value) { return field.subtract(field.ofInteger(1), value); };
  if (is({F::OEQ, F::UEQ}, I::eq))
    return {field.isZero(difference)};
  if (is({F::ONE, F::UNE}, I::ne))
    return {negated(field.isZero(difference))};
  bool less = is({F::OLT, F::ULT}, I::slt), notLess = is({F::OGE, F::UGE}, I::sge);
  bool more = is({F::OGT, F::UGT}, I::sgt), notMore = is({F::OLE, F::ULE}, I::sle);
  if (!less && !notLess && !more && !notMore)
    return {field.apply(Function::Others, difference, nameOf(i.kind, i.which))};
  Number compared = less || notLess ? field.negate(difference) : difference, value = field.isPositive(compared);
  return {notLess || notMore ? negated(value) : value, 0, false, compared, notLess || notMore};
}

/// A choice by the sign of d between two values that differ by a small multiple of d is that of its positive part.
Number Body::choose(const Scalar &condition, const Number &then, const Number &otherwise) {
  if (condition.isKnown)
    return condition.integer ? then : otherwise;
  const Number &more = condition.isOpposite ? otherwise : then, &less = condition.isOpposite ? then : otherwise;
  Number step = field.subtract(more, less);
  for (int64_t times : {1, -1, 2, -2})
    if (Number d = field.multiply(field.ofInteger(times), condition.difference); !d.isZero() && step == d)
      return field.add(less, field.multiply(field.ofInteger(times), field.positivePart(condition.difference)));
  return field.add(otherwise, field.multiply(condition.number, field.subtract(then, otherwise)));
}

/// Operations on integers and truth values, of which some are not known.
Scalar Body::ofIntegers(const Instruction &i) {
  auto at = [&](unsigned k) { return registers[i.operands[k]].integer; };
  bool known = llvm::all_of(i.operands, [&](int operand) { return registers[operand].isKnown; });
  Number x = operand(i, 0), y = i.operands.size() > 1 ? operand(i, 1) : Number();
  if (i.kind == Instruction::compareInt)
    return known ? Scalar::known(
                       interpreter::compareInts(arith::CmpIPredicate(i.which), at(0), at(1), i.fromWidth))
                 : compare(i, field.subtract(x, y));
  if (i.kind == Instruction::intUnary) {
    auto function = static_cast<IntUnary>(i.which);
    if (known)
      return Scalar::known(applyInt(function, at(0), i.fromWidth, i.toWidth));
    if (function == IntUnary::extendUnsigned && i.fromWidth == 1)
      return {x};
    return {field.apply(Function::Others, x, nameOf(i.kind, i.which, i.fromWidth << 8 | i.toWidth))};
  }
  auto function = static_cast<IntBinary>(i.which);
  if (known)
    return Scalar::known(applyInt(function, at(0), at(1), i.fromWidth));
  Number both = field.multiply(x, y), either = field.add(x, y);
  bool isTruth = i.fromWidth == 1;
  if (isTruth && function == IntBinary::bitAnd)
    return {both};
  if (isTruth && function == IntBinary::bitOr)
    return {field.subtract(either, both)};
  if (isTruth && function == IntBinary::bitXor)
    return {field.subtract(either, field.multiply(field.ofInteger(2), both))};
  if (!isTruth && function == IntBinary::add)
    return {either};
  if (!isTruth && function == IntBinary::sub)
    return {field.subtract(x, y)};
  if (!isTruth && function == IntBinary::mul)
    return {both};
  return {field.apply(Function::Others, {x, y}, nameOf(i.kind, i.which, i.fromWidth))};
}

Scalar Body::step(const Instruction &i) {
  switch (i.kind) {
  case Instruction::floatUnary:
    return {unary(Unary(i.which), operand(i, 0))};
  case Instruction::floatBinary:
    return {binary(Binary(i.which), operand(i, 0), operand(i, 1), literals[i.operands[1]])};
  case Instruction::powerInt:
    return {binary(Binary::pow, operand(i, 0), operand(i, 1), literals[i.operands[1]])};
  case Instruction::fma:
    return {field.add(field.multiply(operand(i, 0), operand(i, 1)), operand(i, 2))};
  case Instruction::withSlopes:
  case Instruction::copyFloat:
  case Instruction::unsignedToFloat:
    return {operand(i, 0)};
  case Instruction::intToFloat:
    return {i.fromWidth == 1 ? field.negate(operand(i, 0)) : operand(i, 0)};
  case Instruction::compareFloat:
    return compare(i, field.subtract(operand(i, 0), operand(i, 1)));
  case Instruction::selectFloat:
  case Instruction::selectInt:
    if (const Scalar &condition = registers[i.operands[0]]; condition.isKnown)
      return registers[i.operands[condition.integer ? 1 : 2]];
    return {choose(registers[i.operands[0]], operand(i, 1), operand(i, 2))};
  case Instruction::compareInt:
  case Instruction::intUnary:
  case Instruction::intBinary:
    return ofIntegers(i);
  case Instruction::roundFloat:
    return {field.odd(Function::Others, operand(i, 0), nameOf(i.kind, i.which))};
  default:
    why = "a body draws at random, or makes integers of numbers";
    return {};
  }
}

Scalar Body::run(ArrayRef<Scalar> inputs, ArrayRef<int64_t> place) {
  for (const Instruction &i : code.instructions) {
    if (i.kind == Instruction::floatInput || i.kind == Instruction::intInput)
      registers[i.result] = inputs[i.which];
    else if (i.kind == Instruction::index)
      registers[i.result] = Scalar::known(place[i.which]);
    else if (i.kind == Instruction::symbol)
      registers[i.result] = Scalar::known(place[numDims + i.which]);
    else if (!literals[i.result])
      registers[i.result] = step(i);
  }
  return registers[code.result];
}

} // namespace nn::replay

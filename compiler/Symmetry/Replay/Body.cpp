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

/// Functions by numbers that no two share.
static uint64_t nameOf(Instruction::Kind kind, int which, uint64_t width = 0) {
  return width << 16 | uint64_t(kind) << 8 | uint64_t(which);
}

Number unary(Unary function, const Number &x, Field &field) {
  using U = Unary;
  static constexpr U odd[] = {U::sin,   U::tan, U::sinh, U::tanh,  U::asin,      U::atan, U::asinh,
                              U::atanh, U::erf, U::cbrt, U::round, U::roundeven, U::trunc};
  uint64_t name = nameOf(Instruction::floatUnary, int(function));
  if (function == U::neg)
    return field.negate(x);
  if (function == U::abs)
    return field.subtract(field.multiply(field.ofInteger(2), field.positivePart(x)), x);
  if (function == U::rsqrt)
    return field.inverse(unary(U::sqrt, x, field));
  if (function == U::cos || function == U::cosh)
    return field.even(Function::Others, x, name);
  if (llvm::is_contained(odd, function))
    return field.odd(Function::Others, x, name);
  return function == U::exp && x.isZero() ? field.ofInteger(1) : field.apply(Function::Others, x, name);
}

static Number binary(Binary function, const Number &x, const Number &y, std::optional<double> literal, Field &field) {
  using B = Binary;
  static constexpr B greater[] = {B::maximum, B::maxnum, B::maximumConstant, B::maxnumConstant};
  static constexpr B less[] = {B::minimum, B::minnum, B::minimumConstant, B::minnumConstant};
  constexpr double mostPower = 64;
  Number difference = field.subtract(x, y);
  if (function == B::add)
    return field.add(x, y);
  if (function == B::sub)
    return difference;
  if (function == B::mul)
    return field.multiply(x, y);
  if (function == B::div)
    return field.multiply(x, field.inverse(y));
  if (llvm::is_contained(greater, function))
    return field.add(y, field.positivePart(difference));
  if (llvm::is_contained(less, function))
    return field.subtract(x, field.positivePart(difference));
  if (function == B::pow && literal == 0.5)
    return unary(Unary::sqrt, x, field);
  if (function == B::pow && literal && *literal == std::floor(*literal) && std::abs(*literal) <= mostPower) {
    Number power = field.power(x, unsigned(std::abs(*literal)));
    return *literal < 0 ? field.inverse(power) : power;
  }
  return field.apply(Function::Others, {x, y}, nameOf(Instruction::floatBinary, int(function)));
}

/// Predicates of floats and of integers by what they ask of the difference.
static Scalar compare(const Instruction &i, const Number &difference, Field &field) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  auto is = [&](F ordered, F unordered, I integer) {
    return i.kind == Instruction::compareInt ? I(i.which) == integer : F(i.which) == ordered || F(i.which) == unordered;
  };
  auto opposite = [&](const Number &value) { return field.subtract(field.ofInteger(1), value); };
  bool more = is(F::OGT, F::UGT, I::sgt), notMore = is(F::OLE, F::ULE, I::sle);
  bool less = is(F::OLT, F::ULT, I::slt), notLess = is(F::OGE, F::UGE, I::sge);
  if (is(F::OEQ, F::UEQ, I::eq))
    return {field.isZero(difference)};
  if (is(F::ONE, F::UNE, I::ne))
    return {opposite(field.isZero(difference))};
  if (!more && !notMore && !less && !notLess)
    return {field.apply(Function::Others, difference, nameOf(i.kind, i.which))};
  Number compared = more || notMore ? difference : field.negate(difference), value = field.isPositive(compared);
  return {notMore || notLess ? opposite(value) : value, 0, false, compared, notMore || notLess};
}

/// A choice by the sign of d between two values that differ by a small multiple of d is one of its positive part.
static Number choose(const Scalar &condition, const Number &then, const Number &otherwise, Field &field) {
  const Number &more = condition.isOpposite ? otherwise : then, &less = condition.isOpposite ? then : otherwise;
  for (int64_t times : {1, -1, 2, -2})
    if (Number factor = field.ofInteger(times), step = field.multiply(factor, condition.difference);
        !step.isZero() && field.subtract(more, less) == step)
      return field.add(less, field.multiply(factor, field.positivePart(condition.difference)));
  return field.add(otherwise, field.multiply(condition.number, field.subtract(then, otherwise)));
}

/// Of integers or truth values, some of which are not known.
static Scalar integers(const Instruction &i, const Number &x, const Number &y, Field &field) {
  bool isTruth = i.fromWidth == 1;
  Number both = field.multiply(x, y), either = field.add(x, y);
  if (i.kind == Instruction::compareInt)
    return compare(i, field.subtract(x, y), field);
  if (i.kind == Instruction::intUnary)
    return {isTruth && IntUnary(i.which) == IntUnary::extendUnsigned
                ? x
                : field.apply(Function::Others, x, nameOf(i.kind, i.which, i.fromWidth << 8 | i.toWidth))};
  auto function = IntBinary(i.which);
  if (isTruth && function == IntBinary::bitOr)
    return {field.subtract(either, both)};
  if (isTruth && function == IntBinary::bitXor)
    return {field.subtract(either, field.multiply(field.ofInteger(2), both))};
  if (function == (isTruth ? IntBinary::bitAnd : IntBinary::mul))
    return {both};
  if (!isTruth && (function == IntBinary::add || function == IntBinary::sub))
    return {function == IntBinary::add ? either : field.subtract(x, y)};
  return {field.apply(Function::Others, {x, y}, nameOf(i.kind, i.which, i.fromWidth))};
}

static Scalar known(const Instruction &i, int64_t x, int64_t y) {
  if (i.kind == Instruction::compareInt)
    return Scalar::known(interpreter::compareInts(arith::CmpIPredicate(i.which), x, y, i.fromWidth));
  if (i.kind == Instruction::intUnary)
    return Scalar::known(applyInt(IntUnary(i.which), x, i.fromWidth, i.toWidth));
  return Scalar::known(applyInt(IntBinary(i.which), x, y, i.fromWidth));
}

static Scalar step(const Instruction &i, ArrayRef<Scalar> of, std::optional<double> literal, Field &field,
                   std::string &why) {
  Number x = of.empty() ? Number() : of[0].in(field), y = of.size() < 2 ? Number() : of[1].in(field);
  switch (i.kind) {
  case Instruction::floatUnary:
    return {unary(Unary(i.which), x, field)};
  case Instruction::floatBinary:
    return {binary(Binary(i.which), x, y, literal, field)};
  case Instruction::powerInt:
    return {binary(Binary::pow, x, y, literal, field)};
  case Instruction::fma:
    return {field.add(field.multiply(x, y), of[2].in(field))};
  case Instruction::roundFloat:
    return {field.odd(Function::Others, x, nameOf(i.kind, i.which))};
  case Instruction::withSlopes:
  case Instruction::copyFloat:
  case Instruction::unsignedToFloat:
    return {x};
  case Instruction::intToFloat:
    return {i.fromWidth == 1 ? field.negate(x) : x};
  case Instruction::compareFloat: // no formula is NaN
    if (auto predicate = arith::CmpFPredicate(i.which);
        predicate == arith::CmpFPredicate::ORD || predicate == arith::CmpFPredicate::UNO)
      return Scalar::known(predicate == arith::CmpFPredicate::ORD);
    return compare(i, field.subtract(x, y), field);
  case Instruction::selectFloat:
  case Instruction::selectInt:
    return of[0].isKnown ? of[of[0].integer ? 1 : 2] : Scalar{choose(of[0], y, of[2].in(field), field)};
  case Instruction::compareInt:
  case Instruction::intUnary:
  case Instruction::intBinary:
    return llvm::all_of(of, [](const Scalar &each) { return each.isKnown; })
               ? known(i, of[0].integer, of.back().integer)
               : integers(i, x, y, field);
  default:
    why = "a body draws at random, or makes integers of numbers";
    return {};
  }
}

Body bodyOf(EquationOp op, Field &field, std::string &why) {
  auto code = interpreter::translateBody(op);
  if (failed(code)) {
    why = "the body of an equation is not known";
    return [](ArrayRef<Scalar>, ArrayRef<int64_t>) { return Scalar(); };
  }
  std::vector<Scalar> registers(code->numRegisters);
  std::vector<std::optional<double>> literals(code->numRegisters);
  for (const Instruction &i : code->instructions)
    if (i.kind == Instruction::floatConstant)
      literals[i.result] = i.floatValue, registers[i.result] = {field.ofDouble(i.floatValue)};
    else if (i.kind == Instruction::intConstant)
      literals[i.result] = double(i.intValue), registers[i.result] = Scalar::known(i.intValue);
  return [=, &field, &why, code = *code, numDims = op.getNumDims()](ArrayRef<Scalar> inputs,
                                                                    ArrayRef<int64_t> place) mutable {
    for (const Instruction &i : code.instructions) {
      SmallVector<Scalar, 3> operands;
      for (int operand : i.operands)
        operands.push_back(registers[operand]);
      if (i.kind == Instruction::floatInput || i.kind == Instruction::intInput)
        registers[i.result] = inputs[i.which];
      else if (i.kind == Instruction::index || i.kind == Instruction::symbol)
        registers[i.result] = Scalar::known(place[i.which + (i.kind == Instruction::symbol ? numDims : 0)]);
      else if (!literals[i.result])
        registers[i.result] =
            step(i, operands, i.operands.size() > 1 ? literals[i.operands[1]] : std::nullopt, field, why);
    }
    return registers[code.result];
  };
}

} // namespace nn::replay

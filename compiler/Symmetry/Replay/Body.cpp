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
static uint64_t nameOf(const Instruction &i) {
  return uint64_t(i.intValue) << 32 | uint64_t(i.fromWidth) << 24 | uint64_t(i.toWidth) << 16 | uint64_t(i.kind) << 8 |
         uint64_t(i.which);
}

Number unary(Unary function, const Number &x, Field &field) {
  using U = Unary;
  static constexpr U odd[] = {U::sin,   U::tan, U::sinh, U::tanh,  U::asin,      U::atan, U::asinh,
                              U::atanh, U::erf, U::cbrt, U::round, U::roundeven, U::trunc};
  auto name = uint64_t(function);
  if (function == U::neg)
    return field.negate(x);
  if (function == U::abs)
    return field.subtract(field.multiply(field.ofInteger(2), field.positivePart(x)), x);
  if (function == U::rsqrt)
    return field.inverse(unary(U::sqrt, x, field));
  if (function == U::cos || function == U::cosh)
    return field.even(Function::Unary, x, name);
  if (llvm::is_contained(odd, function))
    return field.odd(Function::Unary, x, name);
  return function == U::exp && x.isZero() ? field.ofInteger(1) : field.apply(Function::Unary, x, name);
}

static Number binary(const Instruction &i, const Number &x, const Number &y, Field &field) {
  using B = Binary;
  static constexpr B greater[] = {B::maximum, B::maxnum, B::maximumConstant, B::maxnumConstant};
  static constexpr B less[] = {B::minimum, B::minnum, B::minimumConstant, B::minnumConstant};
  constexpr unsigned mostPower = 64;
  auto function = i.kind == Instruction::powerInt ? B::pow : B(i.which);
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
  if (Number half = field.ofDouble(0.5); function == B::pow && y == half)
    return unary(Unary::sqrt, x, field);
  Number magnitude = std::min(y, field.negate(y)); // of an exponent that is a number
  if (function == B::pow && y.degree == 0 && magnitude.first == magnitude.second && magnitude.first <= mostPower) {
    Number power = field.power(x, unsigned(magnitude.first));
    return y == magnitude ? power : field.inverse(power);
  }
  return field.apply(Function::Others, {x, y}, nameOf(i));
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
  if (bool equal = is(F::OEQ, F::UEQ, I::eq); equal || is(F::ONE, F::UNE, I::ne))
    return {equal ? field.isZero(difference) : opposite(field.isZero(difference))};
  if (i.kind != Instruction::compareInt && (F(i.which) == F::UNO || F(i.which) == F::ORD))
    return {field.ofInteger(F(i.which) == F::ORD)}; // no result is NaN
  if (!more && !notMore && !less && !notLess)
    return {field.apply(Function::Others, difference, nameOf(i))};
  Number compared = more || notMore ? difference : field.negate(difference), value = field.isPositive(compared);
  Scalar result = notMore || notLess ? opposite(value) : value;
  result.difference = compared, result.isOpposite = notMore || notLess;
  return result;
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
static Number integers(const Instruction &i, const Number &x, const Number &y, Field &field) {
  using I = IntBinary;
  auto function = I(i.which);
  bool isTruth = i.fromWidth == 1;
  Number both = field.multiply(x, y), either = field.add(x, y);
  if (isTruth && (function == I::bitOr || function == I::bitXor))
    return field.subtract(either, function == I::bitOr ? both : field.multiply(field.ofInteger(2), both));
  if (function == (isTruth ? I::bitAnd : I::mul))
    return both;
  if (!isTruth && (function == I::add || function == I::sub))
    return function == I::add ? either : field.subtract(x, y);
  return field.apply(Function::Others, {x, y}, nameOf(i));
}

static Scalar step(const Instruction &i, ArrayRef<Scalar> of, Field &field) {
  bool known = llvm::all_of(of, [](const Scalar &each) { return each.isKnown; });
  SmallVector<Number, 3> numbers;
  for (const Scalar &each : of)
    numbers.push_back(each.in(field));
  const Number &x = numbers.front(), &y = numbers[numbers.size() > 1];
  switch (i.kind) {
  case Instruction::floatUnary:
    return {unary(Unary(i.which), x, field)};
  case Instruction::floatBinary:
  case Instruction::powerInt:
    return {binary(i, x, y, field)};
  case Instruction::fma:
    return {field.add(field.multiply(x, y), numbers[2])};
  case Instruction::withSlopes:
  case Instruction::copyFloat:
  case Instruction::unsignedToFloat:
    return {x};
  case Instruction::intToFloat:
    return {i.fromWidth == 1 ? field.negate(x) : x};
  case Instruction::selectFloat:
  case Instruction::selectInt:
    return of[0].isKnown ? of[of[0].integer ? 1 : 2] : Scalar{choose(of[0], y, numbers[2], field)};
  case Instruction::compareInt:
    if (known)
      return Scalar::known(
          interpreter::compareInts(arith::CmpIPredicate(i.which), of[0].integer, of[1].integer, i.fromWidth));
    [[fallthrough]];
  case Instruction::compareFloat:
    return compare(i, field.subtract(x, y), field);
  case Instruction::intBinary:
    return known ? Scalar::known(applyInt(IntBinary(i.which), of[0].integer, of[1].integer, i.fromWidth))
                 : Scalar{integers(i, x, y, field)};
  case Instruction::intUnary:
    if (known)
      return Scalar::known(applyInt(IntUnary(i.which), of[0].integer, i.fromWidth, i.toWidth));
    if (i.fromWidth == 1 && IntUnary(i.which) == IntUnary::extendUnsigned)
      return {x};
    [[fallthrough]];
  default:
    return {field.apply(Function::Others, numbers, nameOf(i))};
  }
}

Body bodyOf(EquationOp op, Field &field, std::string &why) {
  interpreter::Bytecode code;
  if (auto translated = interpreter::translateBody(op); succeeded(translated))
    code = std::move(*translated);
  else
    why = "the body of an equation is not known";
  std::vector<Scalar> registers(code.numRegisters + 1);
  for (const Instruction &i : code.instructions)
    if (i.kind == Instruction::floatConstant)
      registers[i.result] = {field.ofDouble(i.floatValue)};
    else if (i.kind == Instruction::intConstant)
      registers[i.result] = Scalar::known(i.intValue);
  return [=, &field, dims = op.getNumDims()](ArrayRef<Scalar> inputs, ArrayRef<int64_t> place) mutable {
    for (const Instruction &i : code.instructions) {
      SmallVector<Scalar, 3> operands;
      for (int operand : i.operands)
        operands.push_back(registers[operand]);
      if (i.kind == Instruction::floatInput || i.kind == Instruction::intInput)
        registers[i.result] = inputs[i.which];
      else if (i.kind == Instruction::index || i.kind == Instruction::symbol)
        registers[i.result] = Scalar::known(place[i.which + (i.kind == Instruction::symbol ? dims : 0)]);
      else if (i.kind != Instruction::floatConstant && i.kind != Instruction::intConstant)
        registers[i.result] = step(i, operands, field);
    }
    return registers[code.result];
  };
}

} // namespace nn::replay

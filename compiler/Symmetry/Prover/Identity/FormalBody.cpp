// Instructions of bodies on formulas, and the degrees of what they give.
#include "Symmetry/Prover/Identity/FormalBody.h"
#include "Interpreter/Numbers.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::prover {

using interpreter::Binary;
using interpreter::IntBinary;
using interpreter::IntUnary;
using interpreter::Unary;

/// Powers up to this are products.
static constexpr double largestPower = 64;

/// Functions of programs by numbers that no two share.
static uint64_t numberOf(Unary function) { return uint64_t(function); }
static uint64_t numberOf(Binary function) { return 1000 + uint64_t(function); }
static uint64_t numberOf(IntBinary function) { return 2000 + uint64_t(function); }

FormalBody::FormalBody(FormalField &field, interpreter::Bytecode bytecode, llvm::ArrayRef<uint64_t> degrees)
    : field(field), code(std::move(bytecode)), registers(code.numRegisters), degreeOf(code.numRegisters),
      literal(code.numRegisters), literalFormula(code.numRegisters) {
  for (const Instruction &i : code.instructions) {
    if (i.kind == Instruction::floatInput || i.kind == Instruction::intInput)
      degreeOf[i.result] = degrees[i.which];
    else
      boundDegree(i);
    if (i.kind == Instruction::floatConstant) {
      literal[i.result] = i.floatValue;
      literalFormula[i.result] = field.ofDouble(i.floatValue);
    } else if (i.kind == Instruction::intConstant) {
      literal[i.result] = double(i.intValue);
    }
  }
}

// ---- degrees

/// The exponent, where a power is a product.
static std::optional<int> exponentOf(const std::optional<double> &literal) {
  bool whole = literal && *literal == std::floor(*literal) && std::abs(*literal) <= largestPower;
  return whole ? std::optional(int(*literal)) : std::nullopt;
}

void FormalBody::boundDegree(const Instruction &i) {
  auto of = [&](unsigned k) { return degreeOf[i.operands[k]]; };
  uint64_t largest = 0;
  for (int operand : i.operands)
    largest = std::max(largest, degreeOf[operand]);
  uint64_t &result = degreeOf[i.result];
  auto isSum = [&] {
    auto function = static_cast<Binary>(i.which);
    return function == Binary::add || function == Binary::sub;
  };
  switch (i.kind) {
  case Instruction::floatConstant:
  case Instruction::intConstant:
  case Instruction::index:
  case Instruction::symbol:
    return;
  case Instruction::fma:
    result = std::max(llvm::SaturatingAdd(of(0), of(1)), of(2));
    return;
  case Instruction::selectFloat:
  case Instruction::selectInt:
    result = llvm::SaturatingAdd(of(0), std::max(of(1), of(2)));
    return;
  case Instruction::withSlopes:
  case Instruction::copyFloat:
  case Instruction::intToFloat:
  case Instruction::unsignedToFloat:
  case Instruction::intUnary:
    result = of(0);
    return;
  case Instruction::intBinary:
    result = llvm::SaturatingAdd(of(0), of(1));
    break;
  case Instruction::floatBinary:
    if (isSum()) {
      result = largest;
      return;
    }
    result = std::max<uint64_t>(llvm::SaturatingAdd(of(0), of(1)), largest + 1);
    if (auto exponent = exponentOf(literal[i.operands[1]]); exponent && static_cast<Binary>(i.which) == Binary::pow)
      result = std::max<uint64_t>(1, llvm::SaturatingMultiply(of(0), uint64_t(std::abs(*exponent))));
    if (static_cast<Binary>(i.which) == Binary::mul) {
      result = llvm::SaturatingAdd(of(0), of(1));
      return;
    }
    if (static_cast<Binary>(i.which) == Binary::div && of(1) == 0) {
      result = of(0);
      return;
    }
    break;
  case Instruction::powerInt:
    result = llvm::SaturatingMultiply(std::max<uint64_t>(1, of(0)), uint64_t(largestPower));
    break;
  default:
    result = largest + 1;
    break;
  }
  largestArgument = std::max({largestArgument, largest, result});
}

// ---- values

/// A choice by the sign of d between two values that differ by some d is the positive part of d, as in `relu`.
Number FormalBody::choose(const FormalScalar &condition, Number then, Number otherwise) {
  if (condition.isKnown)
    return condition.integer ? then : otherwise;
  if (condition.difference != 0) {
    constexpr Number most = 4;
    const Number &positive = condition.isOpposite ? otherwise : then, &rest = condition.isOpposite ? then : otherwise;
    Number times = field.multiply(field.subtract(positive, rest), field.inverse(condition.difference));
    if (times <= most || field.negate(times) <= most)
      return field.add(rest, field.multiply(times, field.positivePart(condition.difference)));
  }
  return field.add(otherwise, field.multiply(condition.formula, field.subtract(then, otherwise)));
}

bool FormalBody::unary(const Instruction &i) {
  auto function = static_cast<Unary>(i.which);
  Number x = operand(i, 0);
  auto plain = [&](Unary own, Number argument) { return field.apply(numberOf(own), {argument}); };
  auto root = [&] { return x <= 1 ? x : plain(Unary::sqrt, x); };
  auto exponential = [&] { return x == 0 ? 1 : plain(Unary::exp, x); };
  switch (function) {
  case Unary::neg:
    return set(i, field.negate(x));
  case Unary::abs:
    return set(i, field.subtract(field.multiply(2, field.positivePart(x)), x));
  case Unary::exp:
    return set(i, exponential());
  case Unary::expm1:
    return set(i, field.subtract(exponential(), 1));
  case Unary::log:
    return set(i, x == 1 ? 0 : plain(Unary::log, x));
  case Unary::log1p:
    return set(i, x == 0 ? 0 : plain(Unary::log, field.add(1, x)));
  case Unary::sqrt:
    return set(i, root());
  case Unary::rsqrt:
    return set(i, field.reciprocal(root()));
  case Unary::cos:
  case Unary::cosh:
    return set(i, x == 0 ? 1 : field.even(numberOf(function), x));
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
    return set(i, field.odd(numberOf(function), x));
  case Unary::erfc:
    return set(i, field.subtract(1, field.odd(numberOf(Unary::erf), x)));
  case Unary::ceil:
    return set(i, field.negate(plain(Unary::floor, field.negate(x))));
  case Unary::exp2:
  case Unary::log2:
  case Unary::log10:
  case Unary::acos:
  case Unary::acosh:
  case Unary::floor:
    return set(i, plain(function, x));
  }
  return false;
}

std::optional<Number> FormalBody::powerOf(const Instruction &i, Number base, Number exponent) {
  const std::optional<double> &own = literal[i.operands[1]];
  if (auto whole = exponentOf(own)) {
    Number power = field.power(base, uint64_t(std::abs(*whole)));
    return *whole < 0 ? field.reciprocal(power) : power;
  }
  if (own == 0.5)
    return base <= 1 ? base : field.apply(numberOf(Unary::sqrt), {base});
  return field.apply(numberOf(Binary::pow), {base, exponent});
}

bool FormalBody::binary(const Instruction &i) {
  Number x = operand(i, 0), y = operand(i, 1);
  auto function = static_cast<Binary>(i.which);
  switch (function) {
  case Binary::add:
    return set(i, field.add(x, y));
  case Binary::sub:
    return set(i, field.subtract(x, y));
  case Binary::mul:
    return set(i, field.multiply(x, y));
  case Binary::div:
    return set(i, field.multiply(x, degreeOf[i.operands[1]] ? field.reciprocal(y) : field.inverse(y)));
  case Binary::pow:
    return set(i, *powerOf(i, x, y));
  case Binary::maximum:
  case Binary::maxnum:
  case Binary::maximumConstant:
  case Binary::maxnumConstant:
    return set(i, field.add(y, field.positivePart(field.subtract(x, y))));
  case Binary::minimum:
  case Binary::minnum:
  case Binary::minimumConstant:
  case Binary::minnumConstant:
    return set(i, field.subtract(x, field.positivePart(field.subtract(x, y))));
  default:
    return set(i, field.apply(numberOf(function), {x, y}));
  }
}

bool FormalBody::compare(const Instruction &i) {
  Number difference = field.subtract(operand(i, 0), operand(i, 1)), opposite = field.negate(difference);
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  enum class Relation : uint8_t { Greater, Less, Equal, Unknown };
  Relation relation = Relation::Unknown;
  bool negated = false;
  auto is = [&](Relation own, bool opposite) { relation = own, negated = opposite; };
  if (i.kind == Instruction::compareFloat) {
    auto predicate = static_cast<F>(i.which);
    if (predicate == F::UNO || predicate == F::ORD)
      return setKnown(i, predicate == F::ORD); // no formula is NaN
    if (predicate == F::OGT || predicate == F::UGT)
      is(Relation::Greater, false);
    else if (predicate == F::OLE || predicate == F::ULE)
      is(Relation::Greater, true);
    else if (predicate == F::OLT || predicate == F::ULT)
      is(Relation::Less, false);
    else if (predicate == F::OGE || predicate == F::UGE)
      is(Relation::Less, true);
    else if (predicate == F::OEQ || predicate == F::UEQ)
      is(Relation::Equal, false);
    else if (predicate == F::ONE || predicate == F::UNE)
      is(Relation::Equal, true);
  } else {
    auto predicate = static_cast<I>(i.which);
    if (predicate == I::sgt)
      is(Relation::Greater, false);
    else if (predicate == I::sle)
      is(Relation::Greater, true);
    else if (predicate == I::slt)
      is(Relation::Less, false);
    else if (predicate == I::sge)
      is(Relation::Less, true);
    else if (predicate == I::eq || predicate == I::ne)
      is(Relation::Equal, predicate == I::ne);
  }
  if (relation == Relation::Unknown)
    return false;
  Number value = relation == Relation::Equal     ? field.isZero(difference)
                 : relation == Relation::Greater ? field.isPositive(difference)
                                                 : field.isPositive(opposite);
  set(i, negated ? field.subtract(1, value) : value);
  if (relation != Relation::Equal) {
    registers[i.result].difference = relation == Relation::Greater ? difference : opposite;
    registers[i.result].isOpposite = negated;
  }
  return true;
}

/// Conditions of which one is a formula: and, or, exclusive or.
bool FormalBody::truth(const Instruction &i) {
  Number x = operand(i, 0), y = operand(i, 1), both = field.multiply(x, y), either = field.add(x, y);
  switch (static_cast<IntBinary>(i.which)) {
  case IntBinary::bitAnd:
    return set(i, both);
  case IntBinary::bitOr:
    return set(i, field.subtract(either, both));
  case IntBinary::bitXor:
    return set(i, field.subtract(either, field.multiply(2, both)));
  default:
    return false;
  }
}

/// Integers of which some is a formula.
bool FormalBody::stepInteger(const Instruction &i) {
  if (i.kind == Instruction::intUnary) {
    auto function = static_cast<IntUnary>(i.which);
    Number x = operand(i, 0);
    if (function == IntUnary::extendUnsigned)
      return set(i, x);
    if (function == IntUnary::extendSigned || (function == IntUnary::truncate && i.toWidth > 1))
      return set(i, i.fromWidth == 1 ? field.negate(x) : x);
    return false;
  }
  if (i.fromWidth == 1)
    return truth(i);
  Number x = operand(i, 0), y = operand(i, 1);
  switch (static_cast<IntBinary>(i.which)) {
  case IntBinary::add:
    return set(i, field.add(x, y));
  case IntBinary::sub:
    return set(i, field.subtract(x, y));
  case IntBinary::mul:
    return set(i, field.multiply(x, y));
  case IntBinary::maxSigned:
    return set(i, field.add(y, field.positivePart(field.subtract(x, y))));
  case IntBinary::minSigned:
    return set(i, field.subtract(x, field.positivePart(field.subtract(x, y))));
  default:
    return set(i, field.apply(numberOf(static_cast<IntBinary>(i.which)), {x, y}));
  }
}

bool FormalBody::step(const Instruction &i) {
  auto at = [&](unsigned k) -> const FormalScalar & { return registers[i.operands[k]]; };
  bool known = llvm::all_of(i.operands, [&](int operand) { return registers[operand].isKnown; });
  switch (i.kind) {
  case Instruction::floatConstant:
    return set(i, literalFormula[i.result]);
  case Instruction::intConstant:
    return setKnown(i, i.intValue);
  case Instruction::floatUnary:
    return unary(i);
  case Instruction::floatBinary:
    return binary(i);
  case Instruction::fma:
    return set(i, field.add(field.multiply(operand(i, 0), operand(i, 1)), operand(i, 2)));
  case Instruction::powerInt:
    return set(i, *powerOf(i, operand(i, 0), operand(i, 1)));
  case Instruction::withSlopes:
  case Instruction::copyFloat:
  case Instruction::unsignedToFloat:
    return set(i, operand(i, 0));
  case Instruction::intToFloat:
    return set(i, i.fromWidth == 1 ? field.negate(operand(i, 0)) : operand(i, 0));
  case Instruction::selectFloat:
    return set(i, choose(at(0), operand(i, 1), operand(i, 2)));
  case Instruction::selectInt:
    if (at(0).isKnown) {
      registers[i.result] = at(at(0).integer ? 1 : 2);
      return true;
    }
    return set(i, choose(at(0), operand(i, 1), operand(i, 2)));
  case Instruction::compareFloat:
    return compare(i);
  case Instruction::compareInt:
    if (!known)
      return compare(i);
    return setKnown(i, interpreter::compareInts(static_cast<arith::CmpIPredicate>(i.which), at(0).integer,
                                                at(1).integer, i.fromWidth));
  case Instruction::intUnary:
    if (!known)
      return stepInteger(i);
    return setKnown(i, applyInt(static_cast<IntUnary>(i.which), at(0).integer, i.fromWidth, i.toWidth));
  case Instruction::intBinary:
    if (!known)
      return stepInteger(i);
    return setKnown(i, applyInt(static_cast<IntBinary>(i.which), at(0).integer, at(1).integer, i.fromWidth));
  default: // what is drawn, what is rounded, floats as integers
    return false;
  }
}

std::optional<FormalScalar> FormalBody::run(llvm::ArrayRef<FormalScalar> inputs, llvm::ArrayRef<int64_t> coordinates,
                                            llvm::ArrayRef<int64_t> symbols) {
  for (const Instruction &i : code.instructions) {
    if (i.kind == Instruction::floatInput || i.kind == Instruction::intInput)
      registers[i.result] = inputs[i.which];
    else if (i.kind == Instruction::index)
      setKnown(i, coordinates[i.which]);
    else if (i.kind == Instruction::symbol)
      setKnown(i, symbols[i.which]);
    else if (!step(i))
      return std::nullopt;
  }
  return registers[code.result];
}

} // namespace nn::prover

// Translates bodies of equations to instructions, and gives integers, comparisons and draws their meaning.
#include "Interpreter/Bytecode.h"

#include "noether/philox.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"

using namespace mlir;

namespace nn::interpreter {

//===-- Translation
//----------------------------------------------------------------------------------------------------===//

static std::optional<Unary> unaryOf(StringRef name) {
  return llvm::StringSwitch<std::optional<Unary>>(name)
      .Case("arith.negf", Unary::neg)
      .Case("math.absf", Unary::abs)
      .Case("math.exp", Unary::exp)
      .Case("math.exp2", Unary::exp2)
      .Case("math.expm1", Unary::expm1)
      .Case("math.log", Unary::log)
      .Case("math.log2", Unary::log2)
      .Case("math.log10", Unary::log10)
      .Case("math.log1p", Unary::log1p)
      .Case("math.sqrt", Unary::sqrt)
      .Case("math.rsqrt", Unary::rsqrt)
      .Case("math.cbrt", Unary::cbrt)
      .Case("math.sin", Unary::sin)
      .Case("math.cos", Unary::cos)
      .Case("math.tan", Unary::tan)
      .Case("math.sinh", Unary::sinh)
      .Case("math.cosh", Unary::cosh)
      .Case("math.tanh", Unary::tanh)
      .Case("math.asin", Unary::asin)
      .Case("math.acos", Unary::acos)
      .Case("math.atan", Unary::atan)
      .Case("math.asinh", Unary::asinh)
      .Case("math.acosh", Unary::acosh)
      .Case("math.atanh", Unary::atanh)
      .Case("math.erf", Unary::erf)
      .Case("math.erfc", Unary::erfc)
      .Case("math.floor", Unary::floor)
      .Case("math.ceil", Unary::ceil)
      .Case("math.round", Unary::round)
      .Case("math.roundeven", Unary::roundeven)
      .Case("math.trunc", Unary::trunc)
      .Default(std::nullopt);
}

static std::optional<Binary> binaryOf(StringRef name) {
  return llvm::StringSwitch<std::optional<Binary>>(name)
      .Case("arith.addf", Binary::add)
      .Case("arith.subf", Binary::sub)
      .Case("arith.mulf", Binary::mul)
      .Case("arith.divf", Binary::div)
      .Case("arith.remf", Binary::rem)
      .Case("math.powf", Binary::pow)
      .Case("math.atan2", Binary::atan2)
      .Case("math.copysign", Binary::copysign)
      .Case("arith.maximumf", Binary::maximum)
      .Case("arith.minimumf", Binary::minimum)
      .Case("arith.maxnumf", Binary::maxnum)
      .Case("arith.minnumf", Binary::minnum)
      .Default(std::nullopt);
}

static std::optional<IntBinary> intBinaryOf(StringRef name) {
  return llvm::StringSwitch<std::optional<IntBinary>>(name)
      .Case("arith.addi", IntBinary::add)
      .Case("arith.subi", IntBinary::sub)
      .Case("arith.muli", IntBinary::mul)
      .Case("arith.divsi", IntBinary::divSigned)
      .Case("arith.divui", IntBinary::divUnsigned)
      .Case("arith.ceildivsi", IntBinary::ceilDiv)
      .Case("arith.floordivsi", IntBinary::floorDiv)
      .Case("arith.remsi", IntBinary::remSigned)
      .Case("arith.remui", IntBinary::remUnsigned)
      .Case("arith.andi", IntBinary::bitAnd)
      .Case("arith.ori", IntBinary::bitOr)
      .Case("arith.xori", IntBinary::bitXor)
      .Case("arith.shli", IntBinary::shiftLeft)
      .Case("arith.shrsi", IntBinary::shiftSigned)
      .Case("arith.shrui", IntBinary::shiftUnsigned)
      .Case("arith.maxsi", IntBinary::maxSigned)
      .Case("arith.maxui", IntBinary::maxUnsigned)
      .Case("arith.minsi", IntBinary::minSigned)
      .Case("arith.minui", IntBinary::minUnsigned)
      .Case("math.ipowi", IntBinary::power)
      .Default(std::nullopt);
}

static std::optional<IntUnary> intUnaryOf(StringRef name) {
  return llvm::StringSwitch<std::optional<IntUnary>>(name)
      .Case("arith.extsi", IntUnary::extendSigned)
      .Case("arith.extui", IntUnary::extendUnsigned)
      .Case("arith.trunci", IntUnary::truncate)
      .Case("math.absi", IntUnary::absolute)
      .Case("math.ctpop", IntUnary::countOnes)
      .Case("math.ctlz", IntUnary::leadingZeros)
      .Case("math.cttz", IntUnary::trailingZeros)
      .Default(std::nullopt);
}

namespace {
/// Writes one instruction per operation; registers are numbered in order of definition.
class Translator {
public:
  FailureOr<Bytecode> run(EquationOp op);

private:
  LogicalResult translate(Operation &op);
  Instruction describe(Operation &op, bool &known);
  void markConstant(Operation &op, Instruction &instruction);
  void emit(Instruction instruction, Value result) {
    instruction.result = code.numRegisters;
    registers[result] = code.numRegisters++;
    code.instructions.push_back(std::move(instruction));
  }

  Bytecode code;
  llvm::DenseMap<Value, int> registers;
  /// Values that depend on an input.
  llvm::DenseSet<Value> varying;
};
} // namespace

static unsigned widthOf(Type type) { return type.getIntOrFloatBitWidth(); }

FailureOr<Bytecode> Translator::run(EquationOp op) {
  for (BlockArgument argument : op.getBodyBlock().getArguments()) {
    bool isFloat = isa<FloatType>(argument.getType());
    emit({isFloat ? Instruction::floatInput : Instruction::intInput, static_cast<int>(argument.getArgNumber())},
         argument);
    varying.insert(argument);
  }
  for (Operation &inner : op.getBodyBlock().without_terminator())
    if (failed(translate(inner)))
      return failure();
  Value yielded = op.getBodyBlock().getTerminator()->getOperand(0);
  code.result = registers.lookup(yielded);
  code.resultIsFloat = isa<FloatType>(yielded.getType());
  return std::move(code);
}

/// The instruction of an operation without its registers.
Instruction Translator::describe(Operation &op, bool &known) {
  StringRef name = op.getName().getStringRef();
  Type result = op.getResult(0).getType();
  bool isFloat = isa<FloatType>(result);
  if (auto function = unaryOf(name))
    return {Instruction::floatUnary, static_cast<int>(*function)};
  if (auto function = binaryOf(name))
    return {Instruction::floatBinary, static_cast<int>(*function)};
  if (auto function = intBinaryOf(name))
    return {Instruction::intBinary, static_cast<int>(*function)};
  if (auto function = intUnaryOf(name))
    return {Instruction::intUnary, static_cast<int>(*function)};
  return llvm::TypeSwitch<Operation *, Instruction>(&op)
      .Case([&](arith::ConstantOp constant) {
        Instruction instruction{isFloat ? Instruction::floatConstant : Instruction::intConstant};
        if (auto value = dyn_cast<FloatAttr>(constant.getValue()))
          instruction.floatValue = value.getValueAsDouble();
        else
          instruction.intValue =
              wrap(cast<IntegerAttr>(constant.getValue()).getValue().getSExtValue(), widthOf(result));
        return instruction;
      })
      .Case([&](IndexOp index) { return Instruction{Instruction::index, static_cast<int>(index.getDim())}; })
      .Case([&](SymbolOp symbol) { return Instruction{Instruction::symbol, static_cast<int>(symbol.getIndex())}; })
      .Case([&](math::FmaOp) { return Instruction{Instruction::fma}; })
      .Case([&](WithSlopesOp) { return Instruction{Instruction::withSlopes}; })
      .Case([&](RoundOp round) { return Instruction{Instruction::roundFloat, static_cast<int>(round.getMantissa())}; })
      .Case([&](PairOp) { return Instruction{Instruction::pairFloats}; })
      .Case([&](DotPairsOp) { return Instruction{Instruction::dotPairs}; })
      .Case([&](math::FPowIOp) { return Instruction{Instruction::powerInt}; })
      .Case([&](arith::CmpFOp compare) {
        return Instruction{Instruction::compareFloat, static_cast<int>(compare.getPredicate())};
      })
      .Case([&](arith::CmpIOp compare) {
        return Instruction{Instruction::compareInt, static_cast<int>(compare.getPredicate())};
      })
      .Case([&](arith::SelectOp) { return Instruction{isFloat ? Instruction::selectFloat : Instruction::selectInt}; })
      .Case([&](arith::SIToFPOp) { return Instruction{Instruction::intToFloat}; })
      .Case([&](arith::UIToFPOp) { return Instruction{Instruction::unsignedToFloat}; })
      .Case([&](arith::FPToSIOp) { return Instruction{Instruction::floatToInt}; })
      .Case([&](arith::FPToUIOp) { return Instruction{Instruction::floatToUnsigned}; })
      .Case([&](arith::ExtFOp) { return Instruction{Instruction::copyFloat}; })
      .Case([&](arith::TruncFOp narrow) {
        // Double precision stands for f32 and f64; formats of 16 bits are rounded to.
        auto type = cast<FloatType>(narrow.getType());
        if (type.getWidth() > 16)
          return Instruction{Instruction::copyFloat};
        return Instruction{Instruction::roundFloat, static_cast<int>(type.getFPMantissaWidth()) - 1};
      })
      .Case([&](RandomOp random) {
        Instruction instruction{Instruction::random, static_cast<int>(random.getLaw())};
        instruction.intValue = static_cast<int32_t>(random.getSite());
        return instruction;
      })
      .Default([&](Operation *) {
        known = false;
        return Instruction{Instruction::copyFloat};
      });
}

/// A max or min of a variable and a constant is another function: the constant comes second and takes ties.
void Translator::markConstant(Operation &op, Instruction &instruction) {
  bool first = varying.contains(op.getOperand(0)), second = varying.contains(op.getOperand(1));
  auto function = static_cast<Binary>(instruction.which);
  bool picks = function >= Binary::maximum && function <= Binary::minnum;
  if (!picks || (first && second))
    return;
  if (!first)
    std::swap(instruction.operands[0], instruction.operands[1]);
  instruction.which += static_cast<int>(Binary::maximumConstant) - static_cast<int>(Binary::maximum);
}

LogicalResult Translator::translate(Operation &op) {
  bool known = true;
  Instruction instruction = describe(op, known);
  if (!known)
    return op.emitError("the interpreter does not know the scalar operation `") << op.getName() << "`";
  for (Value operand : op.getOperands())
    instruction.operands.push_back(registers.lookup(operand));
  if (op.getNumOperands())
    instruction.fromWidth = widthOf(op.getOperand(0).getType());
  instruction.toWidth = widthOf(op.getResult(0).getType());
  bool varies = llvm::any_of(op.getOperands(), [&](Value operand) { return varying.contains(operand); });
  if (varies)
    varying.insert(op.getResult(0));
  if (varies && instruction.kind == Instruction::floatBinary)
    markConstant(op, instruction);
  emit(std::move(instruction), op.getResult(0));
  return success();
}

FailureOr<Bytecode> translateBody(EquationOp op) { return Translator().run(op); }

//===-- Integers, comparisons, draws
//-----------------------------------------------------------------------------------===//

static uint64_t asUnsigned(int64_t value, unsigned width) {
  return width >= 64 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(value) & ((uint64_t(1) << width) - 1);
}

/// The number as its type reads it with a sign: a set flag is -1.
static int64_t asSigned(int64_t value, unsigned width) { return width == 1 ? -value : value; }

static int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, factor = static_cast<uint64_t>(base);
  for (; exponent; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return static_cast<int64_t>(result);
}

/// Division and remainder by zero have no meaning; they give 0, so that a branch not taken may hold them.
std::optional<SmallVector<int>> factorsOf(const Bytecode &code) {
  SmallVector<SmallVector<int>> factors(code.numRegisters);
  for (const Instruction &i : code.instructions) {
    SmallVector<int> &own = factors[i.result];
    if (i.kind == Instruction::floatInput)
      own = {i.which};
    else if (i.kind == Instruction::floatBinary && static_cast<Binary>(i.which) == Binary::mul)
      for (int operand : i.operands)
        llvm::append_range(own, factors[operand]);
    else
      return std::nullopt;
  }
  return factors[code.result];
}

int64_t applyInt(IntBinary function, int64_t x, int64_t y, unsigned width) {
  uint64_t ux = asUnsigned(x, width), uy = asUnsigned(y, width);
  int64_t sx = asSigned(x, width), sy = asSigned(y, width);
  bool overflows = sy == -1; // the quotient is the negation, which wraps
  auto compute = [&]() -> int64_t {
    switch (function) {
    case IntBinary::add:
      return static_cast<int64_t>(ux + uy);
    case IntBinary::sub:
      return static_cast<int64_t>(ux - uy);
    case IntBinary::mul:
      return static_cast<int64_t>(ux * uy);
    case IntBinary::divSigned:
      return sy == 0 ? 0 : overflows ? static_cast<int64_t>(-ux) : sx / sy;
    case IntBinary::divUnsigned:
      return uy == 0 ? 0 : static_cast<int64_t>(ux / uy);
    case IntBinary::ceilDiv:
      return sy == 0 ? 0 : overflows ? static_cast<int64_t>(-ux) : llvm::divideCeilSigned(sx, sy);
    case IntBinary::floorDiv:
      return sy == 0 ? 0 : overflows ? static_cast<int64_t>(-ux) : llvm::divideFloorSigned(sx, sy);
    case IntBinary::remSigned:
      return sy == 0 || overflows ? 0 : sx % sy;
    case IntBinary::remUnsigned:
      return uy == 0 ? 0 : static_cast<int64_t>(ux % uy);
    case IntBinary::bitAnd:
      return x & y;
    case IntBinary::bitOr:
      return x | y;
    case IntBinary::bitXor:
      return x ^ y;
    case IntBinary::shiftLeft:
      return uy >= width ? 0 : static_cast<int64_t>(ux << uy);
    case IntBinary::shiftSigned:
      return sx >> std::min<uint64_t>(uy, width - 1);
    case IntBinary::shiftUnsigned:
      return uy >= width ? 0 : static_cast<int64_t>(ux >> uy);
    case IntBinary::maxSigned:
      return std::max(sx, sy);
    case IntBinary::maxUnsigned:
      return static_cast<int64_t>(std::max(ux, uy));
    case IntBinary::minSigned:
      return std::min(sx, sy);
    case IntBinary::minUnsigned:
      return static_cast<int64_t>(std::min(ux, uy));
    case IntBinary::power:
      return power(sx, sy);
    }
    return 0;
  };
  return wrap(compute(), width);
}

int64_t applyInt(IntUnary function, int64_t x, unsigned fromWidth, unsigned toWidth) {
  uint64_t bits = asUnsigned(x, fromWidth);
  switch (function) {
  case IntUnary::extendSigned:
    return asSigned(x, fromWidth);
  case IntUnary::extendUnsigned:
    return wrap(static_cast<int64_t>(bits), toWidth);
  case IntUnary::truncate:
    return wrap(x, toWidth);
  case IntUnary::absolute:
    return wrap(x < 0 ? static_cast<int64_t>(-static_cast<uint64_t>(x)) : x, toWidth);
  case IntUnary::countOnes:
    return llvm::popcount(bits);
  case IntUnary::leadingZeros:
    return llvm::countl_zero(bits) - (64 - static_cast<int>(fromWidth));
  case IntUnary::trailingZeros:
    return std::min<int64_t>(llvm::countr_zero(bits), fromWidth);
  }
  return x;
}

bool compareInts(arith::CmpIPredicate predicate, int64_t x, int64_t y, unsigned width) {
  uint64_t ux = asUnsigned(x, width), uy = asUnsigned(y, width);
  int64_t sx = asSigned(x, width), sy = asSigned(y, width);
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return ux == uy;
  case arith::CmpIPredicate::ne:
    return ux != uy;
  case arith::CmpIPredicate::slt:
    return sx < sy;
  case arith::CmpIPredicate::sle:
    return sx <= sy;
  case arith::CmpIPredicate::sgt:
    return sx > sy;
  case arith::CmpIPredicate::sge:
    return sx >= sy;
  case arith::CmpIPredicate::ult:
    return ux < uy;
  case arith::CmpIPredicate::ule:
    return ux <= uy;
  case arith::CmpIPredicate::ugt:
    return ux > uy;
  case arith::CmpIPredicate::uge:
    return ux >= uy;
  }
  return false;
}

bool compareFloats(arith::CmpFPredicate predicate, double x, double y) {
  bool unordered = std::isnan(x) || std::isnan(y);
  switch (predicate) {
  case arith::CmpFPredicate::AlwaysFalse:
    return false;
  case arith::CmpFPredicate::AlwaysTrue:
    return true;
  case arith::CmpFPredicate::ORD:
    return !unordered;
  case arith::CmpFPredicate::UNO:
    return unordered;
  case arith::CmpFPredicate::OEQ:
    return x == y;
  case arith::CmpFPredicate::OGT:
    return x > y;
  case arith::CmpFPredicate::OGE:
    return x >= y;
  case arith::CmpFPredicate::OLT:
    return x < y;
  case arith::CmpFPredicate::OLE:
    return x <= y;
  case arith::CmpFPredicate::ONE:
    return !unordered && x != y;
  case arith::CmpFPredicate::UEQ:
    return unordered || x == y;
  case arith::CmpFPredicate::UGT:
    return !(x <= y);
  case arith::CmpFPredicate::UGE:
    return !(x < y);
  case arith::CmpFPredicate::ULT:
    return !(x >= y);
  case arith::CmpFPredicate::ULE:
    return !(x > y);
  case arith::CmpFPredicate::UNE:
    return x != y;
  }
  return false;
}

double drawRandom(Distribution law, uint32_t seedLow, uint32_t seedHigh, uint32_t step, uint32_t example, uint32_t site,
                  uint32_t element, unsigned width) {
  nnrt::PhiloxWords words = nnrt::philox({element, site, step, example}, {seedLow, seedHigh});
  if (law == Distribution::bits)
    return static_cast<int32_t>(words[0]);
  if (law == Distribution::uniform)
    return width == 64 ? nnrt::uniformF64(words) : nnrt::uniformF32(words);
  auto boxMuller = [](double u1, double u2) {
    constexpr double tau = 6.283185307179586476925;
    return std::sqrt(-2 * std::log(u1)) * std::cos(tau * u2);
  };
  if (width == 64) {
    nnrt::BoxMullerF64 pair = nnrt::boxMullerF64(words);
    return boxMuller(pair.u1, pair.u2);
  }
  nnrt::BoxMullerF32 pair = nnrt::boxMullerF32(words);
  return boxMuller(pair.u1, pair.u2);
}

double roundToMantissa(double x, unsigned mantissa) {
  auto value = static_cast<float>(x);
  if (std::isnan(value))
    return x;
  constexpr unsigned f32Mantissa = 23;
  auto bits = llvm::bit_cast<uint32_t>(value);
  unsigned dropped = f32Mantissa - mantissa;
  uint32_t odd = (bits >> dropped) & 1;
  bits += (uint32_t(1) << (dropped - 1)) - 1 + odd;
  bits &= ~((uint32_t(1) << dropped) - 1);
  return llvm::bit_cast<float>(bits);
}

static constexpr unsigned halfWidth = 16, bfloatMantissa = 7;

static uint32_t bfloatBits(double x) {
  constexpr uint32_t quietNaN = 0x7fc0;
  return std::isnan(x) ? quietNaN
                       : llvm::bit_cast<uint32_t>(static_cast<float>(roundToMantissa(x, bfloatMantissa))) >> halfWidth;
}

int64_t pairOf(double first, double second) {
  return wrap(int64_t(bfloatBits(first) | bfloatBits(second) << halfWidth), 2 * halfWidth);
}

double dotPairs(int64_t x, int64_t y) {
  auto lower = [](int64_t word) -> double { return llvm::bit_cast<float>(uint32_t(word) << halfWidth); };
  auto upper = [](int64_t word) -> double { return llvm::bit_cast<float>(uint32_t(word) >> halfWidth << halfWidth); };
  return lower(x) * lower(y) + upper(x) * upper(y);
}

} // namespace nn::interpreter

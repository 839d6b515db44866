// The body of an equation as a list of instructions over strips of points, one register a value.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Interpreter/Numbers.h"

#include "llvm/ADT/SmallVector.h"

namespace nn::interpreter {

/// The number of points that are worked on at once.
inline constexpr int64_t stripSize = 256;

enum class IntBinary {
  add,
  sub,
  mul,
  divSigned,
  divUnsigned,
  ceilDiv,
  floorDiv,
  remSigned,
  remUnsigned,
  bitAnd,
  bitOr,
  bitXor,
  shiftLeft,
  shiftSigned,
  shiftUnsigned,
  maxSigned,
  maxUnsigned,
  minSigned,
  minUnsigned,
  power
};
enum class IntUnary { extendSigned, extendUnsigned, truncate, absolute, countOnes, leadingZeros, trailingZeros };

/// One instruction. Float and integer registers share their numbering: register r is a row of floats or of integers.
struct Instruction {
  enum Kind {
    floatConstant,
    intConstant,
    floatInput,
    intInput,
    index,
    symbol,
    floatUnary,
    floatBinary,
    fma,
    powerInt,
    compareFloat,
    compareInt,
    selectFloat,
    selectInt,
    intUnary,
    intBinary,
    intToFloat,
    unsignedToFloat,
    floatToInt,
    floatToUnsigned,
    copyFloat,
    withSlopes, ///< operands: value, variables, slopes
    roundFloat, ///< to so many bits behind the leading one
    pairFloats, ///< two of bf16 in one integer
    dotPairs,   ///< the sum of the products of two such
    random
  };
  Kind kind;
  /// The Unary, Binary, IntUnary, IntBinary, predicate, law, or number of the input, index or symbol.
  int which = 0;
  int result = 0;
  llvm::SmallVector<int, 5> operands = {};
  double floatValue = 0;
  /// A constant, or the site of a random number.
  int64_t intValue = 0;
  /// Bits of the operands and of the result, where they are integers; of the float, for random numbers.
  unsigned fromWidth = 0, toWidth = 0;
};

struct Bytecode {
  llvm::SmallVector<Instruction> instructions;
  int numRegisters = 0;
  /// The register that the body yields, and whether it is a float.
  int result = 0;
  bool resultIsFloat = false;
};

/// The inputs that the body multiplies, one as often as it is a factor; none if the body does anything else.
std::optional<llvm::SmallVector<int>> factorsOf(const Bytecode &code);

/// Translates a body; emits an error and fails at an operation that it does not know.
mlir::FailureOr<Bytecode> translateBody(EquationOp op);

/// An integer as a type of `width` bits holds it: i1 is 0 or 1, wider types are signed.
inline int64_t wrap(int64_t value, unsigned width) {
  if (width == 1)
    return value & 1;
  return width >= 64 ? value : static_cast<int64_t>(static_cast<uint64_t>(value) << (64 - width)) >> (64 - width);
}

int64_t applyInt(IntBinary function, int64_t x, int64_t y, unsigned width);
int64_t applyInt(IntUnary function, int64_t x, unsigned fromWidth, unsigned toWidth);
bool compareInts(mlir::arith::CmpIPredicate predicate, int64_t x, int64_t y, unsigned width);
bool compareFloats(mlir::arith::CmpFPredicate predicate, double x, double y);
/// `nn.round` of a number that stands for an f32.
double roundToMantissa(double x, unsigned mantissa);
/// `nn.pair`, and `nn.dot_pairs` in double precision.
int64_t pairOf(double first, double second);
double dotPairs(int64_t x, int64_t y);
/// One draw of `nn.random`; `bits` gives an integer-valued double. `width` is the float's: it decides the uniforms
/// behind.
double drawRandom(Distribution law, uint32_t seedLow, uint32_t seedHigh, uint32_t step, uint32_t example, uint32_t site,
                  uint32_t element, unsigned width);

} // namespace nn::interpreter

// Pairs of bf16 in words, and sums of their products: by one instruction where there is one, else in f32.
#include "Target/CPU/EquationEmitter.h"
#include "Target/CPU/ISA.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

/// `nn.pair`: bf16 is the upper half of an f32. Of what is no number, one whose payload lies in that half.
Value EquationEmitter::pair(Value first, Value second) {
  if (isa<VectorType>(first.getType()) || isa<VectorType>(second.getType())) {
    first = toVector(first);
    second = toVector(second);
  }
  constexpr unsigned mantissa = 7;
  auto upperHalf = [&](Value value) -> Value {
    Type words = b.getI32Type();
    if (auto lanes = dyn_cast<VectorType>(value.getType()))
      words = lanes.clone(words);
    Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
    Value bits = arith::BitcastOp::create(b, loc, words, rounded(value, mantissa));
    return arith::SelectOp::create(b, loc, isNaN, splatInteger(words, 0x7fc00000), bits);
  };
  Value lower = upperHalf(first), upper = upperHalf(second);
  lower = arith::ShRUIOp::create(b, loc, lower, splatInteger(lower.getType(), 16));
  return arith::OrIOp::create(b, loc, lower, upper);
}

/// The dot product that this equation sums; null if it does something else.
DotPairsOp EquationEmitter::summedPairs() {
  if (op.getCombine() != Combine::sum)
    return {};
  return op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<DotPairsOp>();
}

/// The instruction's name without its width; it exists for vectors of 4, 8 and 16 words.
static StringAttr dotIntrinsic(OpBuilder &b, int64_t lanes) {
  return b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps." + Twine(lanes * 32));
}

/// `nn.dot_pairs`, added to `sum` where there is one.
Value EquationEmitter::addPairs(Value sum, Value lhs, Value rhs) {
  if ((sum && isa<VectorType>(sum.getType())) || isa<VectorType>(lhs.getType()) || isa<VectorType>(rhs.getType())) {
    lhs = toVector(lhs);
    rhs = toVector(rhs);
  }
  auto lanes = dyn_cast<VectorType>(lhs.getType());
  Type floats = lanes ? Type(lanes.clone(b.getF32Type())) : b.getF32Type();
  if (!sum)
    sum = constant(floats, b.getF32FloatAttr(0));
  if (lanes && lanes.getNumElements() >= 4 && instructionSetOf(b.getInsertionBlock()->getParentOp()).dotsPairs) {
    auto halves = VectorType::get({2 * lanes.getNumElements()}, b.getBF16Type());
    Value factors[] = {LLVM::BitcastOp::create(b, loc, halves, lhs), LLVM::BitcastOp::create(b, loc, halves, rhs)};
    return LLVM::CallIntrinsicOp::create(b, loc, floats, dotIntrinsic(b, lanes.getNumElements()),
                                         ValueRange{sum, factors[0], factors[1]})
        .getResults();
  }
  auto fused = [&](Value x, Value y) -> Value {
    x = arith::BitcastOp::create(b, loc, floats, x);
    y = arith::BitcastOp::create(b, loc, floats, y);
    if (lanes)
      return vector::FMAOp::create(b, loc, x, y, sum);
    return math::FmaOp::create(b, loc, x, y, sum);
  };
  auto upper = [&](Value word) -> Value {
    return arith::AndIOp::create(b, loc, word, splatInteger(word.getType(), int32_t(0xffff0000)));
  };
  auto lower = [&](Value word) -> Value {
    return arith::ShLIOp::create(b, loc, word, splatInteger(word.getType(), 16));
  };
  sum = fused(upper(lhs), upper(rhs));
  return fused(lower(lhs), lower(rhs));
}

// Powers with integer exponents: known ones by repeated squaring, others of floats through pow of the C library.
#include "Target/CPU/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nn;

namespace {

/// The exponent, if it is known and small enough to multiply out.
std::optional<int64_t> knownExponent(Value exponent) {
  APInt value;
  if (!matchPattern(exponent, m_ConstantInt(&value)) || std::abs(value.getSExtValue()) > 64)
    return std::nullopt;
  return value.getSExtValue();
}

template <typename Multiply> Value multiplyOut(OpBuilder &b, Location loc, Value base, int64_t exponent) {
  Value result;
  for (int64_t left = exponent; left > 0; left /= 2) {
    if (left % 2)
      result = result ? Multiply::create(b, loc, result, base).getResult() : base;
    if (left > 1)
      base = Multiply::create(b, loc, base, base);
  }
  return result;
}

Value one(OpBuilder &b, Location loc, Type type) { return arith::ConstantOp::create(b, loc, b.getOneAttr(type)); }

struct ExpandFloatPower : OpRewritePattern<math::FPowIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FPowIOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto exponent = knownExponent(op.getRhs());
    if (!exponent) {
      Value real = arith::SIToFPOp::create(rewriter, loc, op.getType(), op.getRhs());
      rewriter.replaceOpWithNewOp<math::PowFOp>(op, op.getLhs(), real);
      return success();
    }
    Value power = *exponent == 0 ? one(rewriter, loc, op.getType())
                                 : multiplyOut<arith::MulFOp>(rewriter, loc, op.getLhs(), std::abs(*exponent));
    if (*exponent < 0)
      power = arith::DivFOp::create(rewriter, loc, one(rewriter, loc, op.getType()), power);
    rewriter.replaceOp(op, power);
    return success();
  }
};

struct ExpandIntegerPower : OpRewritePattern<math::IPowIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::IPowIOp op, PatternRewriter &rewriter) const override {
    auto exponent = knownExponent(op.getRhs());
    if (!exponent || *exponent < 0)
      return failure();
    rewriter.replaceOp(op, *exponent == 0 ? one(rewriter, op.getLoc(), op.getType())
                                          : multiplyOut<arith::MulIOp>(rewriter, op.getLoc(), op.getLhs(), *exponent));
    return success();
  }
};

} // namespace

void nn::populatePowerPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandFloatPower, ExpandIntegerPower>(patterns.getContext());
}

// sin and cos of f32 as polynomials: argument reduction by multiples of pi/2 in three parts (Cody and Waite, Software
// Manual for the Elementary Functions, 1980), then the minimax polynomials of the Cephes library on [-pi/4, pi/4].
#include "Target/CPU/Floats.h"
#include "Target/CPU/Passes.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nn;

namespace {

/// sin for `quarter` 0, cos for `quarter` 1: the sine of x + quarter pi/2.
Value sine(OpBuilder &b, Location loc, Value x, int64_t quarter) {
  Floats f(b, loc, x.getType());
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  Value magic = f.number(12582912.0), shifted = f.fma(x, f.number(0.63661977236758134), magic);
  Value turns = arith::SubFOp::create(b, loc, shifted, magic);
  Value r = f.fma(turns, f.number(-1.57079637050628662109375), x);
  r = f.fma(turns, f.number(4.37113900018624283e-8), r);
  r = f.fma(turns, f.number(1.71512451306e-15), r);
  Value square = arith::MulFOp::create(b, loc, r, r);
  Value odd = f.fma(arith::MulFOp::create(b, loc, r, square),
                    f.polynomial(square, {-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4}), r);
  Value even = f.polynomial(square, {1.0, -0.5, 4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5});
  Value place = arith::BitcastOp::create(b, loc, f.words(), shifted);
  if (quarter)
    place = arith::AddIOp::create(b, loc, place, f.word(quarter));
  Value swapped = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                        arith::AndIOp::create(b, loc, place, f.word(1)), f.word(0));
  Value size = arith::SelectOp::create(b, loc, swapped, even, odd);
  Value sign = arith::ShLIOp::create(b, loc, arith::AndIOp::create(b, loc, place, f.word(2)), f.word(30));
  Value bits = arith::XOrIOp::create(b, loc, arith::BitcastOp::create(b, loc, f.words(), size), sign);
  return arith::BitcastOp::create(b, loc, x.getType(), bits);
}

template <typename Op, int64_t quarter> struct ExpandSine : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    rewriter.replaceOp(op, sine(rewriter, op.getLoc(), op.getOperand(), quarter));
    return success();
  }
};

} // namespace

void nn::populateSineCosinePatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandSine<math::SinOp, 0>, ExpandSine<math::CosOp, 1>>(patterns.getContext());
}

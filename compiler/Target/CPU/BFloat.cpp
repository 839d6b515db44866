// Rounding to bf16 by integers: machines without instructions for it would call a function of a compiler's library.
#include "Target/CPU/Passes.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nn;

namespace {

/// bf16 is the upper half of an f32: to nearest, ties to even.
struct RoundToBFloat : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!getElementTypeOrSelf(op.getType()).isBF16() || !getElementTypeOrSelf(x.getType()).isF32())
      return failure();
    Location loc = op.getLoc();
    auto like = [&](Type element) -> Type {
      auto vector = dyn_cast<VectorType>(x.getType());
      return vector ? Type(vector.clone(element)) : element;
    };
    Type words = like(rewriter.getI32Type());
    auto number = [&](int64_t value) -> Value {
      IntegerAttr attribute = rewriter.getI32IntegerAttr(int32_t(value));
      auto vector = dyn_cast<VectorType>(words);
      return arith::ConstantOp::create(
          rewriter, loc, vector ? TypedAttr(DenseElementsAttr::get(vector, Attribute(attribute))) : attribute);
    };
    // Of what is no number, one whose payload lies in the upper half.
    Value isNone = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::UNO, x, x);
    Value none = arith::BitcastOp::create(rewriter, loc, x.getType(), number(0x7fc00000));
    Value kept = arith::SelectOp::create(rewriter, loc, isNone, none, x);
    Value bits = arith::BitcastOp::create(rewriter, loc, words, kept), half = number(16);
    Value odd = arith::AndIOp::create(rewriter, loc, arith::ShRUIOp::create(rewriter, loc, bits, half), number(1));
    Value up = arith::AddIOp::create(rewriter, loc, odd, number(0x7fff));
    Value rounded = arith::ShRUIOp::create(rewriter, loc, arith::AddIOp::create(rewriter, loc, bits, up), half);
    Value upper = arith::TruncIOp::create(rewriter, loc, like(rewriter.getI16Type()), rounded);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), upper);
    return success();
  }
};

} // namespace

void nn::populateBFloatPatterns(RewritePatternSet &patterns) { patterns.add<RoundToBFloat>(patterns.getContext()); }

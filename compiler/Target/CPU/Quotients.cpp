// Integer quotients by a divisor that is known at run time only: defined for every divisor, as the interpreter has
// them.
#include "Target/CPU/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace nn;

namespace {

/// The machine traps on a divisor of 0 and on the one quotient that does not fit. Lanes of a tail that no element fills
/// divide, too.
struct GuardFloorDiv : OpRewritePattern<arith::FloorDivSIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::FloorDivSIOp op, PatternRewriter &rewriter) const override {
    APInt known;
    if (matchPattern(op.getRhs(), m_ConstantInt(&known)) && !known.isZero() && !known.isAllOnes())
      return failure();
    Location loc = op.getLoc();
    Value x = op.getLhs(), divisor = op.getRhs();
    Type type = op.getType();
    auto same = arith::CmpIPredicate::eq, different = arith::CmpIPredicate::ne, less = arith::CmpIPredicate::slt;
    auto compare = [&](arith::CmpIPredicate predicate, Value a, Value b) -> Value {
      return arith::CmpIOp::create(rewriter, loc, predicate, a, b);
    };
    auto choose = [&](Value condition, Value a, Value b) -> Value {
      return arith::SelectOp::create(rewriter, loc, condition, a, b);
    };
    Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type));
    Value one = arith::ConstantOp::create(rewriter, loc, rewriter.getOneAttr(type));
    Value minusOne = arith::SubIOp::create(rewriter, loc, zero, one);
    Value byZero = compare(same, divisor, zero), byMinusOne = compare(same, divisor, minusOne);
    Value safe = choose(arith::OrIOp::create(rewriter, loc, byZero, byMinusOne), one, divisor);
    Value quotient = arith::DivSIOp::create(rewriter, loc, x, safe);
    Value rest = arith::SubIOp::create(rewriter, loc, x, arith::MulIOp::create(rewriter, loc, quotient, safe));
    // The machine rounds towards 0.
    Value below = arith::AndIOp::create(rewriter, loc, compare(different, rest, zero),
                                        compare(different, compare(less, rest, zero), compare(less, safe, zero)));
    quotient = choose(below, arith::SubIOp::create(rewriter, loc, quotient, one), quotient);
    quotient = choose(byMinusOne, arith::SubIOp::create(rewriter, loc, zero, x), quotient);
    rewriter.replaceOp(op, choose(byZero, zero, quotient));
    return success();
  }
};

} // namespace

void nn::populateQuotientPatterns(RewritePatternSet &patterns) { patterns.add<GuardFloorDiv>(patterns.getContext()); }

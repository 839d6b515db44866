// Building blocks of approximations of f32 functions; for use within this room.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

namespace nn {

/// Whether the machine that the function around `op` is for computes x y + z in one operation.
bool isFused(mlir::Operation *op);

/// f32 arithmetic, on scalars or lanes of the shape of `like`.
class Floats {
public:
  Floats(mlir::OpBuilder &b, mlir::Location loc, mlir::Type like) : b(b), loc(loc), like(like) {}

  mlir::Value number(double value) { return constant(like, b.getF32FloatAttr(float(value))); }
  mlir::Value word(int64_t value) { return constant(words(), b.getI32IntegerAttr(int32_t(value))); }
  mlir::Type words() {
    auto vector = mlir::dyn_cast<mlir::VectorType>(like);
    return vector ? mlir::Type(vector.clone(b.getI32Type())) : b.getI32Type();
  }
  mlir::Value bits(mlir::Value x) { return make<mlir::arith::BitcastOp>(words(), x); }
  mlir::Value fromBits(mlir::Value x) { return make<mlir::arith::BitcastOp>(like, x); }

  /// x y + z; where the machine has no fused operation, rounded twice.
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z) { return make<mlir::math::FmaOp>(x, y, z); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return make<mlir::arith::AddFOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return make<mlir::arith::SubFOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return make<mlir::arith::MulFOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return make<mlir::arith::DivFOp>(x, y); }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value x, mlir::Value y) {
    return make<mlir::arith::CmpFOp>(predicate, x, y);
  }
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) {
    return make<mlir::arith::SelectOp>(condition, x, y);
  }

  /// The smaller one of x and a number. NaN stays NaN: one instruction, where `minimumf` takes four.
  mlir::Value atMost(mlir::Value x, double most) {
    mlir::Value bound = number(most);
    return select(compare(mlir::arith::CmpFPredicate::OLT, bound, x), bound, x);
  }
  /// The larger one of x and a number. NaN stays NaN.
  mlir::Value atLeast(mlir::Value x, double least) {
    mlir::Value bound = number(least);
    return select(compare(mlir::arith::CmpFPredicate::OGT, bound, x), bound, x);
  }
  /// c[0] + x (c[1] + x (c[2] + ...))
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<double> c) {
    mlir::Value result = number(c.back());
    for (double coefficient : llvm::reverse(c.drop_back()))
      result = fma(result, x, number(coefficient));
    return result;
  }

  template <typename Op, typename... Arguments> mlir::Value make(Arguments &&...arguments) {
    return Op::create(b, loc, std::forward<Arguments>(arguments)...);
  }

  /// Whether `fma` rounds once.
  bool isFused() { return nn::isFused(b.getInsertionBlock()->getParentOp()); }

private:
  mlir::Value constant(mlir::Type type, mlir::TypedAttr value) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      value = mlir::DenseElementsAttr::get(vector, mlir::cast<mlir::Attribute>(value));
    return mlir::arith::ConstantOp::create(b, loc, value);
  }

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type like;
};

/// Replaces a function of f32, of scalars or lanes, by what `expand` makes of its argument.
template <typename Op, mlir::Value (*expand)(Floats &f, mlir::Value x)> struct ExpandF32 : mlir::OpRewritePattern<Op> {
  using mlir::OpRewritePattern<Op>::OpRewritePattern;
  mlir::LogicalResult matchAndRewrite(Op op, mlir::PatternRewriter &rewriter) const override {
    if (!mlir::getElementTypeOrSelf(op.getType()).isF32())
      return mlir::failure();
    Floats f(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, expand(f, op.getOperand()));
    return mlir::success();
  }
};

/// No value of x is negative, as far as its definition tells; it may be NaN.
bool isNeverNegative(mlir::Value x);
/// No value of x is positive, as far as its definition tells; it may be NaN.
bool isNeverPositive(mlir::Value x);

} // namespace nn

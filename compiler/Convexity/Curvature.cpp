// The rules of composition.
#include "Convexity/Curvature.h"

#include <algorithm>
#include <cmath>

namespace nn::convexity {

Bend Bend::constant(std::optional<double> number) {
  Bend bend;
  bend.number = number;
  bend.nonnegative = number && *number >= 0;
  bend.nonpositive = number && *number <= 0;
  bend.logConvex = number && *number >= 0;
  return bend;
}

Bend Bend::of(Curvature curvature) {
  Bend bend;
  bend.curvature = curvature;
  return bend;
}

Bend Bend::linear() { return of(Curvature::Linear); }

Bend Bend::unknown(mlir::Operation *op, std::string why) {
  Bend bend = of(Curvature::Unknown);
  bend.lost = std::make_shared<Lost>(Lost{op->getLoc(), std::move(why)});
  return bend;
}

/// What has been lost stays lost, for the first reason.
static const Bend *lostOf(const Bend &a, const Bend &b) { return a.isUnknown() ? &a : b.isUnknown() ? &b : nullptr; }

/// Of a sum, or of a choice that the variables do not make.
static Curvature joined(const Bend &a, const Bend &b, bool sum) {
  if (a.isZero() || b.isZero())
    return a.isZero() ? b.curvature : a.curvature;
  if (a.curvature == b.curvature)
    return a.curvature;
  if (sum && a.isConstant() && b.curvature != Curvature::Linear)
    return b.curvature;
  if (sum && b.isConstant() && a.curvature != Curvature::Linear)
    return a.curvature;
  if (a.isAffine() && b.isAffine())
    return Curvature::Affine;
  return a.isConvex() && b.isConvex()     ? Curvature::Convex
         : a.isConcave() && b.isConcave() ? Curvature::Concave
                                          : Curvature::Unknown;
}

static Bend combined(mlir::Operation *op, const Bend &a, const Bend &b, bool sum) {
  if (const Bend *lost = lostOf(a, b))
    return *lost;
  Curvature curvature = joined(a, b, sum);
  if (curvature == Curvature::Unknown)
    return Bend::unknown(op, sum ? "something convex and something concave are added"
                                 : "what is chosen is convex here and concave there");
  Bend bend = Bend::of(curvature);
  bend.nonnegative = a.nonnegative && b.nonnegative;
  bend.nonpositive = a.nonpositive && b.nonpositive;
  bend.logConvex = a.logConvex && b.logConvex;
  // A constant that is not negative is the power of the norm of a constant.
  auto normOf = [](const Bend &own, const Bend &other) {
    return own.isConstant() && own.nonnegative ? other.normPower : own.normPower;
  };
  if (normOf(a, b) == normOf(b, a))
    bend.normPower = normOf(a, b);
  return bend;
}

Bend add(mlir::Operation *op, const Bend &a, const Bend &b) {
  Bend bend = combined(op, a, b, /*sum=*/true);
  if (a.number && b.number)
    return Bend::constant(*a.number + *b.number);
  return bend;
}

Bend either(mlir::Operation *op, const Bend &a, const Bend &b) { return combined(op, a, b, /*sum=*/false); }

Bend negate(const Bend &a) {
  if (a.isUnknown())
    return a;
  if (a.number)
    return Bend::constant(-*a.number);
  Bend bend = Bend::of(a.curvature == Curvature::Convex    ? Curvature::Concave
                       : a.curvature == Curvature::Concave ? Curvature::Convex
                                                           : a.curvature);
  bend.nonnegative = a.nonpositive;
  bend.nonpositive = a.nonnegative;
  return bend;
}

Bend multiply(mlir::Operation *op, const Bend &a, const Bend &b) {
  if (const Bend *lost = lostOf(a, b))
    return *lost;
  if (a.number && b.number)
    return Bend::constant(*a.number * *b.number);
  if (a.isConstant() && b.isConstant()) {
    Bend bend = Bend::constant();
    bend.nonnegative = bend.logConvex = (a.nonnegative && b.nonnegative) || (a.nonpositive && b.nonpositive);
    bend.nonpositive = (a.nonnegative && b.nonpositive) || (a.nonpositive && b.nonnegative);
    return bend;
  }
  if (!a.isConstant() && !b.isConstant()) {
    if (!a.logConvex || !b.logConvex)
      return Bend::unknown(op, "two values are multiplied that both depend on it");
    Bend bend = Bend::of(Curvature::Convex);
    bend.nonnegative = bend.logConvex = true;
    return bend;
  }
  const Bend &scale = a.isConstant() ? a : b, &value = a.isConstant() ? b : a;
  if (scale.isZero())
    return Bend::constant(0);
  if (scale.nonnegative) {
    Bend bend = value;
    bend.number.reset();
    return bend;
  }
  if (scale.nonpositive)
    return negate(value);
  return value.isAffine() ? Bend::of(value.curvature)
                          : Bend::unknown(op, "something that bends is multiplied by a number that may be negative");
}

Bend divide(mlir::Operation *op, const Bend &a, const Bend &b) {
  if (const Bend *lost = lostOf(a, b))
    return *lost;
  if (!b.isConstant())
    return Bend::unknown(op, "it is divided by a value that depends on it");
  if (b.number && *b.number != 0)
    return multiply(op, a, Bend::constant(1 / *b.number));
  return multiply(op, a, b); // 1 / b has the sign of b
}

/// |a|^p of something affine, or a power of one.
static Bend normed(double p) {
  Bend bend = Bend::of(Curvature::Convex);
  bend.nonnegative = true;
  bend.normPower = p;
  return bend;
}

Bend power(mlir::Operation *op, const Bend &base, const Bend &exponent) {
  if (const Bend *lost = lostOf(base, exponent))
    return *lost;
  if (base.isConstant() && exponent.isConstant()) {
    if (base.number && exponent.number)
      return Bend::constant(std::pow(*base.number, *exponent.number));
    Bend bend = Bend::constant();
    bend.nonnegative = bend.logConvex = base.nonnegative || (exponent.number && std::fmod(*exponent.number, 2) == 0);
    return bend;
  }
  if (!exponent.number)
    return Bend::unknown(op, "its power depends on more than it");
  double c = *exponent.number;
  bool even = std::fmod(c, 2) == 0;
  if (c == 1)
    return base;
  if (c == 0)
    return Bend::constant(1);
  if (base.normPower && base.normPower * c >= 1)
    return normed(base.normPower * c);
  if (base.logConvex && c > 0) {
    Bend bend = base;
    bend.normPower = 0;
    return bend;
  }
  if (base.isAffine() && even && c > 0)
    return normed(c);
  if (c > 1 && base.isConvex() && base.nonnegative) {
    Bend bend = Bend::of(Curvature::Convex);
    bend.nonnegative = true;
    return bend;
  }
  if (c > 0 && c < 1 && base.isConcave() && base.nonnegative) {
    Bend bend = Bend::of(Curvature::Concave);
    bend.nonnegative = true;
    return bend;
  }
  return Bend::unknown(op, c > 0 && c < 1 ? "a root is taken of something that is no power of a norm"
                                          : "a power is taken of something that may be negative, or bends");
}

Bend magnitude(mlir::Operation *op, const Bend &a) {
  if (a.isUnknown() || a.nonnegative)
    return a;
  if (a.nonpositive)
    return negate(a);
  if (a.isConstant()) {
    Bend bend = Bend::constant();
    bend.nonnegative = bend.logConvex = true;
    return bend;
  }
  return a.isAffine() ? normed(1) : Bend::unknown(op, "a magnitude is taken of something that bends");
}

Bend exponential(mlir::Operation *op, const Bend &a) {
  if (a.isUnknown())
    return a;
  if (a.number)
    return Bend::constant(std::exp(*a.number));
  if (!a.isConvex())
    return Bend::unknown(op, "the exponential is taken of something concave");
  Bend bend = Bend::of(a.isConstant() ? Curvature::Constant : Curvature::Convex);
  bend.nonnegative = bend.logConvex = true;
  return bend;
}

Bend logarithm(mlir::Operation *op, const Bend &a) {
  if (a.isUnknown())
    return a;
  if (a.number)
    return Bend::constant(std::log(*a.number));
  if (a.isConstant())
    return Bend::constant();
  if (a.logConvex)
    return Bend::of(Curvature::Convex);
  return a.isConcave() ? Bend::of(Curvature::Concave)
                       : Bend::unknown(op, "the logarithm is taken of something that is no sum of exponentials");
}

Bend larger(mlir::Operation *op, const Bend &a, const Bend &b) {
  if (const Bend *lost = lostOf(a, b))
    return *lost;
  if (a.number && b.number)
    return Bend::constant(std::max(*a.number, *b.number));
  if (!a.isConvex() || !b.isConvex())
    return Bend::unknown(op, "the larger is taken of something concave");
  Bend bend = Bend::of(a.isConstant() && b.isConstant() ? Curvature::Constant : Curvature::Convex);
  bend.nonnegative = a.nonnegative || b.nonnegative;
  bend.nonpositive = a.nonpositive && b.nonpositive;
  bend.logConvex = a.logConvex && b.logConvex;
  bend.normPower = a.normPower == b.normPower ? a.normPower : 0;
  return bend;
}

Bend smaller(mlir::Operation *op, const Bend &a, const Bend &b) {
  Bend bend = negate(larger(op, negate(a), negate(b)));
  if (bend.isUnknown() && !a.isUnknown() && !b.isUnknown())
    return Bend::unknown(op, "the smaller is taken of something convex");
  return bend;
}

Bend convexOf(mlir::Operation *op, const Bend &a, bool nondecreasing, const std::string &name) {
  if (a.isUnknown())
    return a;
  if (a.isConstant())
    return Bend::constant();
  bool keeps = a.isAffine() || (nondecreasing && a.isConvex());
  return keeps ? Bend::of(Curvature::Convex) : Bend::unknown(op, name + " of something that bends");
}

} // namespace nn::convexity

// How a value bends as a function of some variables, and what functions do to that.
#pragma once

#include "mlir/IR/Operation.h"

#include <memory>
#include <optional>
#include <string>

namespace nn::convexity {

enum class Curvature : uint8_t {
  Constant, ///< the same whatever the variables are
  Linear,   ///< f(a x + b y) = a f(x) + b f(y)
  Affine,   ///< linear, and a constant
  Convex,
  Concave,
  Unknown,
};

/// Where the calculus lost track, and why.
struct Lost {
  mlir::Location place;
  std::string why;
};

/// What is known of every entry of a value.
struct Bend {
  Curvature curvature = Curvature::Constant;
  bool nonnegative = false, nonpositive = false;
  /// p >= 1 if it is the p-th power of a seminorm of something affine: sums of these over p alike are such powers
  /// again, and so are their own powers. 0 if it is not known to be.
  double normPower = 0;
  /// Whether it is the exponential of something convex; sums of these are, too.
  bool logConvex = false;
  std::optional<double> number; ///< of a constant whose value is known
  std::shared_ptr<const Lost> lost;

  static Bend constant(std::optional<double> number = std::nullopt);
  static Bend linear();
  static Bend of(Curvature curvature);
  static Bend unknown(mlir::Operation *op, std::string why);

  bool isConstant() const { return curvature == Curvature::Constant; }
  bool isAffine() const { return curvature <= Curvature::Affine; }
  bool isConvex() const { return isAffine() || curvature == Curvature::Convex; }
  bool isConcave() const { return isAffine() || curvature == Curvature::Concave; }
  bool isUnknown() const { return curvature == Curvature::Unknown; }
  bool isZero() const { return number == 0; }
};

/// The rules of composition (Grant, Boyd, Ye, "Disciplined convex programming", 2006). `op` is what an unknown result
/// points to.
Bend add(mlir::Operation *op, const Bend &a, const Bend &b);
Bend negate(const Bend &a);
/// A product of two values that are not the same one.
Bend multiply(mlir::Operation *op, const Bend &a, const Bend &b);
Bend divide(mlir::Operation *op, const Bend &a, const Bend &b);
Bend power(mlir::Operation *op, const Bend &base, const Bend &exponent);
Bend magnitude(mlir::Operation *op, const Bend &a);
Bend exponential(mlir::Operation *op, const Bend &a);
Bend logarithm(mlir::Operation *op, const Bend &a);
Bend larger(mlir::Operation *op, const Bend &a, const Bend &b);
Bend smaller(mlir::Operation *op, const Bend &a, const Bend &b);
/// One or the other, by what does not depend on the variables.
Bend either(mlir::Operation *op, const Bend &a, const Bend &b);
/// A convex function of a value: of one that is affine, or convex where the function does not fall.
Bend convexOf(mlir::Operation *op, const Bend &a, bool nondecreasing, const std::string &name);

} // namespace nn::convexity

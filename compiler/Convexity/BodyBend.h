// The curvature of what the body of an equation yields.
#pragma once

#include "Convexity/Curvature.h"
#include "Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"

namespace nn::convexity {

/// Follows a body, given the bends of the scalars that it reads.
class BodyBend {
public:
  BodyBend(EquationOp op, llvm::ArrayRef<Bend> arguments);
  Bend run();

private:
  using Bends = llvm::DenseMap<mlir::Value, Bend>;
  Bend visit(mlir::Operation &inner, const Bends &bends);
  Bend select(mlir::Operation &inner, const Bends &bends);
  Bend pieces(mlir::Operation &inner, mlir::Value variable, double border, mlir::Value below, mlir::Value above,
              const Bends &bends);
  bool same(mlir::Value a, mlir::Value b) const;
  std::pair<mlir::Value, int> powerOf(mlir::Value value) const;
  bool isSoftplus(mlir::Value value, mlir::Value &of) const;
  bool isPositivePart(mlir::Value value, mlir::Value of) const;
  std::optional<double> numberOf(mlir::Value value) const;
  /// Value and slope of something as a function of one variable.
  struct Jet {
    double value = 0, slope = 0;
  };
  std::optional<Jet> jet(mlir::Value value, mlir::Value variable, double t) const;
  Bend along(mlir::Value value, mlir::Value variable, const Bend &seed) const;

  mutable EquationOp op; // the accessors of operations are not const
  Bends bends;
};

} // namespace nn::convexity

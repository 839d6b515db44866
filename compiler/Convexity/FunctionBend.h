// The curvature of the results of a function in some of its arguments.
#pragma once

#include "Convexity/Curvature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace nn::convexity {

/// One line of a derivation: an operation on tensors, and what is known of its result.
struct Derived {
  mlir::Location place;
  Bend bend;
};

/// The bends of the results; everything else than the variables is constant. What is derived on the way, in order, is
/// put into `lines`.
std::vector<Bend> bendsOf(mlir::func::FuncOp function, const std::vector<bool> &isVariable,
                          std::vector<Derived> &lines);

} // namespace nn::convexity

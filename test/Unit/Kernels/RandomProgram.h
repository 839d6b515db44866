// Random flat root functions: equations over small boxes with gathers, windows, fills, domains, scatters and every
// combine kind.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <random>

namespace nn::test {

/// A module with one root `f` of f64 tensors; its arguments are bound as `arg`, its results as `output`, and one state
/// is updated. Tables hold integers in [0, tableBound).
mlir::OwningOpRef<mlir::ModuleOp> randomProgram(mlir::MLIRContext &context, unsigned seed);
inline constexpr int64_t tableBound = 3;

} // namespace nn::test

// Random programs of nn operations, for tests that run passes over them and compare what they compute.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"
#include "Interpreter/Interpreter.h"

#include <random>

namespace nn::test {

/// A module with one recipe `r`, whose step `r.step` computes, for one example: `objective` (metric), then gradients of
/// it by every parameter, then for some programs the gradient of a function of those. All numbers are f64.
struct RandomProgram {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  interpreter::Inputs inputs;
  /// The names of the parameters, in the order of the gradients.
  std::vector<std::string> parameters;
  /// The number of rows of the batch.
  int64_t rows;
};

/// The same program for the same seed. `secondOrder` adds a gradient of a gradient's square.
RandomProgram makeRandomProgram(mlir::MLIRContext &context, unsigned seed, bool secondOrder);

} // namespace nn::test

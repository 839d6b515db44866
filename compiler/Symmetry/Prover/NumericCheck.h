// Symmetry by running the model: in double precision, with random inputs, parameters and elements.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Representation.h"

#include "mlir/IR/BuiltinOps.h"

namespace nn::prover {

using namespace symmetry; // groups and their representations

/// A relative difference far above rounding in double precision: no symmetry has it.
inline constexpr double largeError = 1e-6;

/// The worst that was found.
struct Measured {
  double error = 0;    ///< the largest difference of f(g x) and g f(x), relative to the largest entry of either
  int64_t trials = 0;  ///< pairs that were compared; those whose output is zero do not count
  std::string element; ///< where it was the largest: "the quarter turn", "a product of 7 generators"
  unsigned result = 0; ///< which output
  llvm::SmallVector<int64_t> entry;
  double moved = 0, wanted = 0; ///< that entry of f(g x) and of g f(x)
};

/// Compares f(g x) with g f(x) for the generators of the group, their products, and several inputs. `only`, if not
/// empty, are elements to take instead, with their names.
llvm::Expected<Measured> measure(mlir::ModuleOp module, ClaimOp claim, const ActionSpec &action, const Group &group,
                                 llvm::ArrayRef<std::pair<std::string, Word>> only, uint64_t seed);

} // namespace nn::prover

// Units of a layer that training never tells apart, since they begin equal.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace nn::prover {

/// Units that begin equal and stay so: permuting the axes below at once is a symmetry of every training step, and of
/// what these parameters and all states start from.
struct EqualUnits {
  int64_t units = 0;
  std::string parameter;           ///< the one that should be drawn: a weight, if there is one
  unsigned axis = 0;               ///< of it that the units are on
  std::vector<std::string> others; ///< parameters with an axis of these units, in the order of the program
};

/// Of a module in which the training steps and `init` are flat. Of a parameter whose entries are all alike, and of a
/// vector by itself, nothing is said: that is no layer, whose units have inputs or outputs of their own.
std::vector<EqualUnits> findEqualUnits(mlir::ModuleOp flat);

} // namespace nn::prover

// What is left of a claim of shifts that a border breaks.
#pragma once

#include "Symmetry/Prover/ClaimRun.h"

namespace nn::prover {

/// How far from the border a claim of shifts holds, before and after a shift: all shifts are steps by one that stay as
/// far away. Padding of r entries in each of k layers makes it k r.
struct Border {
  int64_t margin = 0;   ///< entries on each side
  bool ofInput = false; ///< for inputs that are zero there; else for the entries of the output that are not there
  bool isGrid = false;  ///< of more than one axis
};

/// The smallest margin with which tests find no difference; nothing if the group is none of shifts, or no margin that
/// leaves something over will do.
std::optional<Border> findBorder(mlir::ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed);

} // namespace nn::prover

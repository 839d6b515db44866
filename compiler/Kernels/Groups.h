/// Which equations of a root function run together as one kernel.
#pragma once

#include "Kernels/Layouts.h"

namespace nn {

/// Equations that run stripe by stripe of one shared index, in this order; `frame` is its extent, 0 if there is none.
/// A loop, a routine or a barrier is a group of its own.
struct Group {
  struct Member {
    EquationOp equation;
    int frameIndex = -1; ///< which index of the equation's box is the shared one
  };
  int64_t frame = 0;
  llvm::SmallVector<Member> members;
  mlir::Operation *alone = nullptr; ///< a loop, a routine or a barrier
};

/// Partitions the equations of a block into groups, in an order in which they can run.
llvm::SmallVector<Group> formGroups(mlir::Block &block, const Layouts &layouts);

} // namespace nn

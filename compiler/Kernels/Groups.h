/// Which equations of a root function run together as one kernel.
#pragma once

#include "Kernels/Layouts.h"
#include "Kernels/OuterProducts.h"

namespace nn {

/// Equations that run stripe by stripe of one shared index, in this order; `frame` is its extent, 0 if there is none.
/// With `outer` extents they do so at each place of further shared indices. An outer product may be a member of several
/// groups: each computes its own stripes of it. A loop, a routine or a barrier is a group of its own.
struct Group {
  struct Member {
    EquationOp equation;
    int frameIndex = -1;                   ///< which index of the equation's box is the shared one
    llvm::SmallVector<int64_t> outer = {}; ///< and which ones run along the outer extents
  };
  int64_t frame = 0;
  llvm::SmallVector<int64_t> outer = {};
  llvm::SmallVector<Member> members;
  mlir::Operation *alone = nullptr; ///< a loop, a routine or a barrier
};

/// Partitions the equations of a block into groups, in an order in which they can run.
llvm::SmallVector<Group> formGroups(mlir::Block &block, const Layouts &layouts);

} // namespace nn

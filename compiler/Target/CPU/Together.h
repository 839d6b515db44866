// Equations of a kernel that run in one loop: what two of them compute alike is computed once.
//
// Note [Together]
// A function and its derivative are two maps over one box that share most of their terms. One after the other, each of
// them reads its inputs and computes its functions anew; in one loop, elimination of common subexpressions finds what
// is equal, and a value that the next equation reads stays in its register. Instead of all points of the first
// equation, then all of the second, a tile of the first is followed by that of the second, and both are stored at the
// end. That is the same unless one of them writes what the other touches at another point, see `meetElsewhere`.
//
// Note [Maps of results]
// A map that reads each cell of a contraction once, such as a bias with its activation, or the step of an optimizer
// that reads a gradient, runs in the contraction's loops: cell by cell of a register tile, before the next cell is
// stored. What it reads besides would be waited for, as nothing else is left to do at the end of a tile; it is asked
// for at its beginning. A result that only such maps read is never stored.
#pragma once

#include "Target/CPU/EquationEmitter.h"

namespace nn {

/// An equation with its place in the kernel and its schedule.
struct PlannedEquation {
  PlannedEquation(EquationOp op, ISA isa, FrameInfo where)
      : info(op), frame(std::move(where)), schedule(chooseSchedule(info, isa, frame)) {
    for (unsigned d = 0; d < info.dims; ++d)
      along.push_back(d);
  }
  EquationInfo info;
  FrameInfo frame;
  Schedule schedule;
  /// For each index, the one of the loop's first equation that it runs along.
  llvm::SmallVector<unsigned> along;
};

/// How many of the first equations run in one loop; their schedules become that of the first one. `grain` is the height
/// of a stripe.
size_t joinFirst(llvm::MutableArrayRef<PlannedEquation> equations, int64_t grain);

/// True if those that run in one loop with an equation read its result, and no others: it need not be stored.
bool isForwarded(const PlannedEquation &equation, llvm::ArrayRef<PlannedEquation> joined);

} // namespace nn

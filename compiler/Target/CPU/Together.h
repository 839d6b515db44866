// Equations of a kernel that run in one loop: what two of them compute alike is computed once.
//
// Note [Together]
// A function and its derivative are two maps over one box that share most of their terms. One after the other, each of
// them reads its inputs and computes its functions anew; in one loop, elimination of common subexpressions finds what
// is equal, and a value that the next equation reads stays in its register. Instead of all points of the first
// equation, then all of the second, a tile of the first is followed by that of the second, and both are stored at the
// end. That is the same unless one of them writes what the other touches at another point, see `meetElsewhere`.
#pragma once

#include "Target/CPU/EquationEmitter.h"

namespace nn {

/// An equation with its place in the kernel and its schedule.
struct PlannedEquation {
  PlannedEquation(EquationOp op, ISA isa, FrameInfo where)
      : info(op), frame(std::move(where)), schedule(chooseSchedule(info, isa, frame)) {}
  EquationInfo info;
  FrameInfo frame;
  Schedule schedule;
};

/// How many of the first equations run in one loop; their schedules become the same. `grain` is the height of a stripe.
size_t joinFirst(llvm::MutableArrayRef<PlannedEquation> equations, int64_t grain);

} // namespace nn

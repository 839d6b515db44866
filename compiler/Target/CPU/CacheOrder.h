// The order of an equation's loops over register tiles, and the block of a reduction that they run over at once, by the
// bytes that pass between caches.
#pragma once

#include "Target/CPU/Schedule.h"

namespace nn {

/// Puts `schedule.parallelOrder` in the order that moves the fewest bytes, and chooses `schedule.blockedDim`. The tile
/// and the reduced loops' order are given.
void orderLoops(const EquationInfo &info, const FrameInfo &frame, Schedule &schedule);

} // namespace nn

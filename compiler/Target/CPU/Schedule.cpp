// The cost model that picks an equation's schedule.
#include "Target/CPU/Schedule.h"

using namespace mlir;
using namespace nn;

Schedule nn::chooseSchedule(const EquationInfo &info, ISA isa, FrameInfo frame) {
  Schedule schedule;
  schedule.tile.assign(info.dims, 1);
  schedule.parallelOrder = info.parallel;
  schedule.reduceOrder = info.reduced;
  return schedule;
}

// What an equation of a kernel does: for the profile of an executable.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Target/CPU/CPU.h"

namespace nn {

struct Work {
  /// Additions, multiplications, comparisons, functions of real numbers, one each, at every point of the box, also
  /// where a condition leaves it out; combining counts as one.
  double operations = 0;
  /// Of the kernel's buffers. An element that is read at several points counts once; scratch does not count.
  double bytesRead = 0, bytesWritten = 0;
};

Work workOf(EquationOp op);

/// About how long an equation takes on one thread, from what kernels of its kind do on machines with these lanes: so
/// that small launches are not shared among threads. Right within a factor of three or so.
double nanosecondsOf(EquationOp op, ISA isa);

} // namespace nn

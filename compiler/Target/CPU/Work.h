// What an equation of a kernel does: for the profile of an executable.
#pragma once

#include "Dialect/NN/IR/NN.h"

namespace nn {

struct Work {
  /// Additions, multiplications, comparisons, functions of real numbers, one each, at every point of the box, also
  /// where a condition leaves it out; combining counts as one.
  double operations = 0;
  /// Of the kernel's buffers. An element that is read at several points counts once; scratch does not count.
  double bytesRead = 0, bytesWritten = 0;
};

Work workOf(EquationOp op);

} // namespace nn

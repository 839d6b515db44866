// What an equation's maps and operands say about the frames that it could have.
#include "Kernels/StripeFrames.h"
#include "Kernels/Kernels.h"

using namespace mlir;
using namespace nn;

bool nn::framesResult(EquationOp equation, unsigned index) {
  int axis = bareAxis(equation.getWrite(), index);
  return axis >= 0 && equation.getResultType().getDimSize(axis) == equation.getExtents()[index];
}

bool nn::readsTooMuch(EquationOp equation, unsigned frame) {
  constexpr int64_t stripeBytes = 256 << 10, pointsPerByte = 8;
  int64_t extent = equation.getExtents()[frame], bytes = bytesReadWhole(equation, frame);
  if (equation.getCombine() == Combine::map || bytes <= cacheBytes)
    return false;
  int64_t rowBytes = std::max<int64_t>(1, byteSize(equation.getResultType()) / extent);
  int64_t rows = std::clamp<int64_t>(stripeBytes / rowBytes, 1, std::max<int64_t>(extent / 8, 1));
  return countPoints(equation) / extent * rows < bytes * pointsPerByte;
}

bool nn::framesFirstAxisOnly(EquationOp equation) {
  bool first = false;
  for (auto [d, extent] : llvm::enumerate(equation.getExtents())) {
    if (extent < 2 || !framesResult(equation, d) || readsTooMuch(equation, d))
      continue;
    if (bareAxis(equation.getWrite(), d) != 0)
      return false;
    first = true;
  }
  return first && equation.getCombine() != Combine::map;
}

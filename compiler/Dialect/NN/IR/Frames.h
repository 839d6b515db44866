// Kernels whose frame is a product of indices: what the attribute `nn.outer` says.
//
// On a kernel: extents. At each place of a box of these, row-major, the rows of the frame are gone through, and a
// stripe holds rows of one place. On its equations: which indices of their boxes run along these extents. On its
// scratch: the axes that they run along, of which only the current place exists.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "llvm/Support/MathExtras.h"

namespace nn {

inline constexpr llvm::StringLiteral outerAttrName = "nn.outer";

inline llvm::ArrayRef<int64_t> outerOf(mlir::Operation *op) {
  auto outer = op->getAttrOfType<mlir::DenseI64ArrayAttr>(outerAttrName);
  return outer ? outer.asArrayRef() : llvm::ArrayRef<int64_t>();
}

/// Positions for which a kernel runs (0: it has no frame). With outer extents, position n is row n mod F' at place
/// n div F', F' the frame rounded up to a multiple of the grain.
inline int64_t rangeLength(KernelOp kernel) {
  int64_t frame = kernel.getFrame();
  llvm::ArrayRef<int64_t> outer = outerOf(kernel);
  int64_t length = outer.empty() ? frame : llvm::alignTo(frame, int64_t(kernel.getGrain().value_or(1)));
  for (int64_t extent : outer)
    length *= extent;
  return length;
}

/// The shape of a scratch buffer in memory, with stripes of `grain` rows.
inline llvm::SmallVector<int64_t> storedShape(ScratchOp scratch, int64_t grain) {
  auto type = llvm::cast<mlir::MemRefType>(scratch.getResult().getType());
  llvm::SmallVector<int64_t> shape(type.getShape());
  if (scratch.getAxis() >= 0)
    shape[scratch.getAxis()] = grain;
  for (int64_t axis : outerOf(scratch))
    shape[axis] = 1;
  return shape;
}

} // namespace nn

// Which buffers of a kernel lie in the same memory. For use within this room.
//
// Note [Overlaps]
// Buffers of a launch may be one: a state and its successor, a value and a view of it. Where equations share a grid
// that matters, and a kernel does not say. `noteOverlaps` looks at the places that plan-step has given to what each
// launch passes and writes down the pairs that meet. Without that note buffers of as many bytes may be one.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/BuiltinOps.h"

namespace nn {

/// On a kernel: numbers of arguments, (i, j, 1) where both begin at the same place, (i, j, 0) where they do not.
inline constexpr llvm::StringLiteral overlapsAttrName = "nn.overlaps";

/// Notes for each kernel which of its arguments meet in some launch.
void noteOverlaps(mlir::ModuleOp planned);

/// On a kernel: numbers of arguments that do not begin at a multiple of 16 bytes, or may not, in some launch.
inline constexpr llvm::StringLiteral unalignedAttrName = "nn.unaligned";

/// True if a buffer of a kernel begins at a multiple of 16 bytes.
bool isAligned(mlir::Value buffer);

enum class Overlap {
  None,
  Whole, ///< they begin at the same place
  Partly
};

/// Of two buffers of one kernel. Scratch buffers do not overlap as long as both are needed.
Overlap overlapOf(mlir::Value a, mlir::Value b);

} // namespace nn

// Kernels of which a block does a stripe. For use within this room.
//
// Note [Stripes]
// A kernel with outer places (nn.outer) exists because its values, such as the scores of attention, are larger than
// what they are computed from. Where a stripe of them fits shared memory it is one grid: a block takes some rows of the
// frame at one place and does all equations for them, one phase after the other with a barrier between. A phase is what
// a piece would be, a contraction by tiles or cells of one thread or several, with the maps that follow it, over the
// stripe's part of the box; what phases hand on lies in shared memory, or in registers, and never in the device's. That
// is possible for any such kernel, as a stripe reads of what the kernel writes its own rows only; what the equations
// are does not matter. Values whose last reader is the map that writes another one, cell by cell, share its place.
//
// A stripe is the highest of which there are `enoughStripes`, since higher ones read the other operand less often. What
// does not fit at any height is done in chunks, see Note [Streams]. What cannot be, or has equations whose points share
// cells, stays a grid for each equation.
#pragma once

#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/Pieces.h"

namespace nn {

/// What a block does of each equation: rows of the frame at one place of the outer indices.
struct BlockStripe : Stripe {
  int64_t rows = 0; ///< 0: there is none, and it is all of the equation

  FrameInfo frameOf(EquationOp op) const;
};

/// A kernel's pieces as the phases of one; nothing: they stay grids of their own.
std::optional<Piece> stripesOf(KernelOp kernel, llvm::ArrayRef<Piece> pieces);

/// On a kernel, or on a module for all of its kernels (i64), in tests: the shared memory that a block may take.
inline constexpr llvm::StringLiteral blockBytesAttrName = "nn.block_bytes";

/// What a stripe holds of a scratch buffer, and the axes of which it has one place only.
llvm::SmallVector<int64_t> shapeInStripe(ScratchOp scratch, int64_t rows);
llvm::SmallVector<int64_t> placesInStripe(ScratchOp scratch);

/// Stripes at each place.
int64_t stripesAtPlace(KernelOp kernel, const Piece &piece);

} // namespace nn

// The code of a block of threads that does tiles of a contraction. For use within this room.
#pragma once

#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/Stripes.h"

namespace nn {

/// On the function of a piece: how many of its blocks a multiprocessor should hold at once, which registers are
/// rationed by. One block computes while the other one waits for its copies or stores its cells.
inline constexpr llvm::StringLiteral residentBlocksAttrName = "nn.resident_blocks";

/// On the function of a piece: what its blocks are given of shared memory when they are launched, if that is not what
/// the piece says.
inline constexpr llvm::StringLiteral sharedBytesAttrName = "nn.shared_bytes";

/// Which instructions multiply words of bf16.
enum class Multiplier { Warp, Warpgroup };

/// `stripe`: what is done; `blocks`: this block and how many share the tiles; `thread`: of the block.
void emitTiles(mlir::OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
               const BlockStripe &stripe, Team blocks, mlir::Value thread,
               const llvm::DenseMap<mlir::Value, BufferRef> &buffers, Multiplier multiplier);

} // namespace nn

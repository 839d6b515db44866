// Kernels whose stripes are gone through in chunks. For use within this room.
//
// Note [Streams]
// A stripe of a kernel's values has a length, such as the number of keys, and where it is long a block's memory does
// not hold it, however low it is. Then the block walks that length in chunks, and computes again what it has dropped.
// Values along the length exist for the current chunk only; others, such as a row's largest score or a row of a
// mixture, stay. A reduction along the length is complete when all chunks have been gone through: what needs its result
// waits for the next pass over the chunks, which computes the values that it reads once more. Equations are in the
// first pass that they can be in, so there are as many passes as reductions wait for each other: two for a softmax and
// what it weighs (see Note [Running maxima]), one or two backward. That asks nothing of the equations, and sums have a
// fixed order.
//
// `streamStripes` writes that down as equations. The index j along the length becomes c * chunk + k, and c, the number
// of the chunk, is an index of the box like an outer one: the current place is all of it that exists. So is the axis
// that scratch has for it, also the scratch in which a reduction accumulates; it begins as the identity and is copied
// to where the result belongs. The equations of a pass follow each other, and say which pass it is. Whatever knows
// stripes, tiles, masks, what goes to tensor cores, does not have to know of chunks; only emission makes a loop of each
// pass. It visits the chunks in which some reduction of the pass has points, by its conditions: half of them under a
// causal mask.
//
// A chunk is the longest at which stripes are as high as they can be. What is done so: kernels of owners with one
// writer for each buffer, none of which lies where another one is written, whose values along the length meet index by
// index.
#pragma once

#include "Target/GPU/Stripes.h"

namespace nn {

/// On an equation of a pass (i64): its number; which index of the box counts chunks. On scratch: the axis for that.
inline constexpr llvm::StringLiteral passAttrName = "nn.pass", chunkAttrName = "nn.chunk";

/// The pass that an equation belongs to; -1: none.
int64_t passOf(mlir::Operation *equation);
/// The index or axis that counts chunks; -1: none.
int64_t chunkOf(mlir::Operation *op);

/// The chunks that a pass visits in a stripe: from the first to before the second.
std::pair<mlir::Value, mlir::Value> emitChunks(mlir::OpBuilder &b, llvm::ArrayRef<Piece> pass,
                                               const BlockStripe &stripe);

} // namespace nn

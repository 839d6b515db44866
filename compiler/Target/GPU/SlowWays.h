// What takes a slow way on a GPU, in words. For use within this room.
#pragma once

#include "Target/GPU/Pieces.h"

namespace nn {

/// Why a piece is slow; nothing: it is not known to be. A piece is if one of its threads does many points alone, one
/// after the other.
std::optional<std::string> slowWay(const Piece &piece);

/// The same of what the pieces of a kernel hand on.
std::optional<std::string> slowWay(KernelOp kernel, const KernelPieces &pieces);

} // namespace nn

// Counts what a thread does alone.
#include "Target/GPU/SlowWays.h"

#include "Dialect/NN/IR/Frames.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace nn;

/// Points that one thread may do one after the other: some tens of microseconds, if each waits for memory.
static constexpr int64_t fewPoints = 1024;

static int64_t pointsOf(EquationOp op) {
  int64_t points = 1;
  for (int64_t extent : op.getExtents())
    points *= extent;
  return points;
}

std::optional<std::string> nn::slowWay(const Piece &piece) {
  if (piece.kind == Piece::Kind::Ranks || piece.kind == Piece::Kind::Firsts) {
    int64_t length = cast<ShapedType>(piece.operands.front().getType()).getShape().back();
    if (length <= fewPoints)
      return std::nullopt;
    return llvm::formatv("each of {0} entries is compared with all others", length).str();
  }
  auto op = dyn_cast<EquationOp>(piece.op);
  int64_t items = std::max<int64_t>(piece.items, 1);
  if (!op || (piece.kind != Piece::Kind::Rows && piece.kind != Piece::Kind::Cells) || piece.share.threads > 1 ||
      pointsOf(op) / items <= fewPoints)
    return std::nullopt;
  std::string points = llvm::formatv("{0} points one after the other", pointsOf(op) / items).str();
  if (piece.kind == Piece::Kind::Cells)
    return llvm::formatv("a thread does a cell, its {0}", points).str();
  if (items == 1)
    return llvm::formatv("one thread does all, {0}, as several share a cell", points).str();
  return llvm::formatv("a thread does a row, its {0}, as several share a cell", points).str();
}

std::optional<std::string> nn::slowWay(KernelOp kernel, const KernelPieces &pieces) {
  if (outerOf(kernel).empty() || pieces.scratch.empty())
    return std::nullopt;
  return llvm::formatv("{0} kB of values are stored between grids, as a block's memory does not hold a stripe of them",
                       pieces.workspaceBytes / 1024)
      .str();
}

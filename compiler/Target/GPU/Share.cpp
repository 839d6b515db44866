// Decides how the points of cells are shared among threads; see Note [Shares].
#include "Target/GPU/Share.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace nn;

static constexpr int64_t enoughThreads = 1 << 16, leastPoints = 4;
/// In a block's memory, along the points of a cell: one thread a cell has all of a warp at one bank.
static constexpr int64_t leastInChunk = 2;
static constexpr int64_t warpsOfBlock = 8;
/// Of a cell; the hardware's bound on a block.
static constexpr int64_t mostThreads = 1024;

static bool canShare(const EquationInfo &info) {
  EquationOp op = info.op;
  Combine combine = op.getCombine();
  Type type = op.getBodyBlock().getTerminator()->getOperand(0).getType();
  if (combine == Combine::map || type.isInteger(1) || op->hasAttr(segmentsAttrName))
    return false;
  return llvm::none_of(info.constraints, [](const Constraint &c) { return c.equality || usesSymbols(c.expr); });
}

/// The read that touches the most elements while the reduced indices run; null: none moves with them.
static AffineMap mostRead(const EquationInfo &info) {
  EquationOp op = info.op;
  AffineMap most;
  int64_t touched = 0;
  for (unsigned k = 0; k < op.getInputs().size(); ++k) {
    SmallVector<unsigned> dims = info.dimListOf(op.getRead(k));
    if (llvm::none_of(info.reduced, [&](unsigned d) { return llvm::is_contained(dims, d); }))
      continue;
    int64_t points = info.countPoints(dims);
    if (points > touched) {
      touched = points;
      most = op.getRead(k);
    }
  }
  return most;
}

/// Which way threads that share cells are neighbours.
static Share directionOf(const EquationInfo &info) {
  AffineMap read = mostRead(info);
  Share share;
  share.order.assign(info.reduced.begin(), info.reduced.end());
  auto along =
      llvm::find_if(share.order, [&](unsigned d) { return read && info.extents[d] > 1 && info.isUnitStride(read, d); });
  if (along != share.order.end()) {
    std::rotate(along, along + 1, share.order.end());
  } else if (read) {
    EquationOp op = info.op;
    auto written = llvm::find_if(info.parallel, [&](unsigned d) { return info.isUnitStride(op.getWrite(), d); });
    share.columns =
        written != info.parallel.end() && info.extents[*written] >= warpThreads && info.isUnitStride(read, *written);
  }
  return share;
}

Share nn::shareOf(const EquationInfo &info) {
  int64_t cells = info.countPoints(info.parallel), points = info.countPoints(info.reduced);
  int64_t most = points < 1 || cells < 1 ? 1 : std::min({mostThreads, enoughThreads / cells, points / leastPoints});
  if (most < 2 || !canShare(info))
    return {};
  Share share = directionOf(info);
  int64_t threads = llvm::bit_floor(uint64_t(most));
  if (share.columns) {
    share.cells = warpThreads;
    share.threads = std::min(threads, mostThreads / warpThreads);
    return share;
  }
  // A warp at least. Of one cell alone a block of warps does several at once, so that blocks are not many and small.
  if (threads < warpThreads / 2)
    return {};
  share.threads = std::max(threads, warpThreads);
  share.cells = std::max<int64_t>(1, warpsOfBlock * warpThreads / share.threads);
  return share;
}

/// A warp a cell, or a row of 32 cells a warp.
Share nn::shareInBlock(const EquationInfo &info, const FrameInfo &frame) {
  auto inStripe = [&](unsigned d) { return frame.extentOf(d, info.extents[d]); };
  int64_t cells = countPoints(llvm::map_to_vector(info.parallel, inStripe)), points = info.countPoints(info.reduced);
  if (points < warpThreads || !canShare(info))
    return {};
  Share share = directionOf(info);
  bool many = cells >= warpsOfBlock * warpThreads;
  AffineMap read = mostRead(info);
  bool along = read && info.isUnitStride(read, share.order.back());
  if (points < warpThreads * (along ? leastInChunk : leastPoints))
    return {};
  if (many && !along)
    return {};
  share.threads = share.columns ? warpsOfBlock : warpThreads;
  share.cells = share.columns ? warpThreads : warpsOfBlock;
  return share;
}

// Decides which kernels are done stripe by stripe; see Note [Stripes].
#include "Target/GPU/Stripes.h"

#include "Kernels/Arena.h"
#include "Target/GPU/Followers.h"
#include "Target/GPU/Streams.h"

using namespace mlir;
using namespace nn;

/// Of a stripe: register tiles are as high, or half empty.
static constexpr int64_t heights[] = {64, 32, 16};
/// One for each multiprocessor of a GPU of today.
static constexpr int64_t enoughStripes = 128;
/// What any GPU since Ampere lets a block have if it asks for it.
static constexpr int64_t mostShared = 99 * 1024;

FrameInfo BlockStripe::frameOf(EquationOp op) const {
  FrameInfo frame;
  if (rows == 0)
    return frame;
  frame.dim = int(op->getAttrOfType<IntegerAttr>(frameAttrName).getInt());
  frame.stripe = rows;
  frame.outer.assign(outerOf(op).begin(), outerOf(op).end());
  frame.fullStripes = op.getExtents()[frame.dim] % rows == 0;
  if (int64_t chunk = chunkOf(op); chunk >= 0)
    frame.outer.push_back(unsigned(chunk));
  return frame;
}

SmallVector<int64_t> nn::shapeInStripe(ScratchOp scratch, int64_t rows) {
  SmallVector<int64_t> shape = storedShape(scratch, rows);
  if (int64_t chunk = chunkOf(scratch); chunk >= 0)
    shape[chunk] = 1;
  return shape;
}

SmallVector<int64_t> nn::placesInStripe(ScratchOp scratch) {
  SmallVector<int64_t> axes(outerOf(scratch));
  if (int64_t chunk = chunkOf(scratch); chunk >= 0)
    axes.push_back(chunk);
  return axes;
}

static int64_t bytesInStripe(Value scratch, int64_t rows) {
  auto op = scratch.getDefiningOp<ScratchOp>();
  return byteSize(cast<MemRefType>(scratch.getType()).clone(shapeInStripe(op, rows)));
}

namespace {

/// A piece of a kernel's equations for stripes of some height.
class StripePlan {
public:
  StripePlan(KernelOp kernel, ArrayRef<Piece> pieces, int64_t rows);
  Piece take() { return std::move(piece); }

private:
  void choose(Piece &phase);
  void placeScratch();
  std::pair<int64_t, int64_t> loopOf(int64_t phase);
  bool overwrites(int64_t phase, Value old, Value next);

  KernelOp kernel;
  Piece piece;
  int64_t rows;
};

/// A place in shared memory, and in which phases it is in use.
struct Slot {
  SmallVector<Value> values;
  int64_t bytes, first, last;
};

} // namespace

/// How the block's threads do a phase, which may be another way than those of a grid.
void StripePlan::choose(Piece &phase) {
  auto op = cast<EquationOp>(phase.op);
  EquationInfo info(op);
  BlockStripe stripe;
  stripe.rows = rows;
  FrameInfo frame = stripe.frameOf(op);
  int64_t bytes = 0;
  phase.share = {};
  if (auto contraction = contractionOf(info, frame)) {
    phase.kind = Piece::Kind::Tiles;
    bytes = contraction->bytes();
  } else {
    phase.kind = Piece::Kind::Cells;
    phase.share = shareInBlock(info, frame);
    constexpr int64_t words = 2, wordBytes = 8; // a value and its position
    if (phase.share.columns)
      bytes = phase.share.threads * phase.share.cells * words * wordBytes;
  }
  piece.stagingBytes = std::max(piece.stagingBytes, alignBuffer(bytes));
}

/// Where a cell of a scratch buffer lies in the memory of a stripe: subscripts and extents of the axes that it has.
static SmallVector<std::pair<AffineExpr, int64_t>> placeInStripe(const Access &access, int64_t rows) {
  SmallVector<std::pair<AffineExpr, int64_t>> place;
  SmallVector<int64_t> shape = shapeInStripe(access.buffer.getDefiningOp<ScratchOp>(), rows);
  for (auto [expr, extent] : llvm::zip(access.map.getResults(), shape))
    if (extent != 1)
      place.push_back({expr, extent});
  return place;
}

/// True if `next` may take the place of `old`, which nobody reads after a phase: a thread reads there only the cell
/// that it writes.
bool StripePlan::overwrites(int64_t number, Value old, Value next) {
  const Piece &phase = piece.phases[size_t(number)];
  auto leader = cast<EquationOp>(phase.op);
  if (phase.kind != Piece::Kind::Cells || leader.getCombine() != Combine::map ||
      bytesInStripe(old, rows) != bytesInStripe(next, rows))
    return false;
  std::optional<SmallVector<std::pair<AffineExpr, int64_t>>> cell;
  for (const Access &access : accessesInCells(phase))
    if (access.buffer == old || access.buffer == next) {
      auto place = placeInStripe(access, rows);
      if (access.map.getNumSymbols() > 0 || (cell && *cell != place))
        return false;
      cell = place;
    }
  return true;
}

/// The phases, from the first to the last, that a phase takes turns with: those of its pass over chunks.
std::pair<int64_t, int64_t> StripePlan::loopOf(int64_t phase) {
  int64_t pass = passOf(piece.phases[size_t(phase)].op), first = phase, last = phase;
  auto takesTurns = [&](int64_t other) {
    return pass >= 0 && other >= 0 && other < int64_t(piece.phases.size()) &&
           passOf(piece.phases[size_t(other)].op) == pass;
  };
  while (takesTurns(first - 1))
    --first;
  while (takesTurns(last + 1))
    ++last;
  return {first, last};
}

void StripePlan::placeScratch() {
  std::vector<Slot> slots;
  for (ScratchOp op : kernel.getBody().getOps<ScratchOp>()) {
    Value scratch = op.getResult();
    SmallVector<int64_t> users;
    for (auto [k, phase] : llvm::enumerate(piece.phases))
      if (llvm::is_contained(phase.operands, scratch))
        users.push_back(int64_t(k));
    if (users.empty())
      continue;
    if (users.size() == 1) { // stays in registers
      llvm::erase(piece.phases[size_t(users.front())].operands, scratch);
      continue;
    }
    // What comes into a loop is there in all its turns.
    auto [begin, end] = loopOf(users.back());
    slots.push_back(
        {{scratch}, bytesInStripe(scratch, rows), users.front(), users.front() < begin ? end : users.back()});
  }
  llvm::stable_sort(slots, [](const Slot &a, const Slot &b) { return a.first < b.first; });
  for (size_t k = 0; k < slots.size(); ++k)
    for (size_t j = 0; j < k; ++j)
      if (slots[j].last == slots[k].first && slots[j].bytes > 0 &&
          overwrites(slots[k].first, slots[j].values.back(), slots[k].values.front())) {
        slots[j].last = slots[k].last;
        llvm::append_range(slots[j].values, slots[k].values);
        slots.erase(slots.begin() + long(k--));
        break;
      }
  Arena arena;
  for (const Slot &slot : slots) {
    int64_t place = arena.place(slot.bytes, slot.first, slot.last);
    for (Value scratch : slot.values)
      piece.scratch[scratch] = piece.stagingBytes + place;
  }
  piece.sharedBytes = piece.stagingBytes + arena.size();
}

StripePlan::StripePlan(KernelOp kernel, ArrayRef<Piece> pieces, int64_t rows)
    : kernel(kernel), piece{Piece::Kind::Stripes, pieces.front().op, pieces.front().name, 0, {}, {}}, rows(rows) {
  piece.rows = rows;
  piece.phases.assign(pieces.begin(), pieces.end());
  for (Piece &phase : piece.phases)
    choose(phase);
  placeScratch();
  for (const Piece &phase : piece.phases)
    for (Value operand : phase.operands)
      if (!operand.getDefiningOp<ScratchOp>() && !llvm::is_contained(piece.operands, operand))
        piece.operands.push_back(operand);
  piece.items = stripesAtPlace(kernel, piece);
  for (int64_t extent : outerOf(kernel))
    piece.items *= extent;
}

int64_t nn::stripesAtPlace(KernelOp kernel, const Piece &piece) {
  return llvm::divideCeil(int64_t(kernel.getFrame()), piece.rows);
}

static int64_t blockBytes(KernelOp kernel) {
  auto given = kernel->getAttrOfType<IntegerAttr>(blockBytesAttrName);
  return given ? given.getInt() : mostShared;
}

std::optional<Piece> nn::stripesOf(KernelOp kernel, ArrayRef<Piece> pieces) {
  auto isPhase = [](const Piece &piece) {
    return (piece.kind == Piece::Kind::Cells || piece.kind == Piece::Kind::Tiles) && !outerOf(piece.op).empty();
  };
  if (outerOf(kernel).empty() || pieces.size() < 2 || !llvm::all_of(pieces, isPhase))
    return std::nullopt;
  std::optional<Piece> best;
  for (int64_t rows : heights) {
    Piece piece = StripePlan(kernel, pieces, rows).take();
    if (piece.sharedBytes > blockBytes(kernel))
      continue;
    if (best && rows < 32)
      break; // tiles would be half empty
    best = std::move(piece);
    if (best->items >= enoughStripes)
      break;
  }
  return best;
}

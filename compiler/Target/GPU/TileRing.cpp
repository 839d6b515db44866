// A tile's sum where its stages are a ring: what groups of warps multiply; see Note [Rings] and Note [Warp groups].
#include "Target/GPU/Meeting.h"
#include "Target/GPU/TileEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

static constexpr int64_t warps = tileThreads / warpThreads;

/// Does something in one thread of some, the one whose number is 0.
void TileEmitter::ifFirst(Value number, llvm::function_ref<void()> body) {
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, number, constantIndex(0));
  auto some = scf::IfOp::create(b, loc, first, /*withElse=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(some.thenBlock());
  body();
}

/// Finds out what is copied by boxes, and makes the barriers.
void TileEmitter::openRing() {
  for (Part *part : {left, right}) {
    part->box = bulkCopyOf(info, c, part->factor, part->lines, part->edge);
    if (!part->box)
      continue;
    Value operand = op.getInputs()[part->factor.inputs.front()];
    GPUTensor tensor{std::distance(piece.operands.begin(), llvm::find(piece.operands, operand)), {}};
    for (const BulkAxis &axis : *part->box)
      tensor.axes.push_back(axis.shape);
    part->map = addTensorMap(b, loc, tensor);
  }
  Value barriers = sharedVariable(b, piece, "barriers", {ringBytes(c.stages)}, b.getI8Type());
  ring.emplace(b, loc, pointer(barriers, constantIndex(0), ofBlock), c.stages);
  position = constantIndex(0);
  bool inBoxes = left->box || right->box;
  ifFirst(thread, [&] { ring->open(int64_t(inBoxes) + (threadsBring() ? warps : 0), warps); });
  emitBarrier(b, loc);
}

/// Starts the copy of a part that begins at a step of the sum.
void TileEmitter::copyBox(const Part &part, Value stage, Value step, Value barrier) {
  enter(part.lines, part.first, /*mayLeave=*/false);
  enter(c.summed, step, /*mayLeave=*/false);
  Values subscripts;
  for (const BulkAxis &axis : *part.box)
    subscripts.push_back(index(axis.subscript, origin));
  Value to = pointer(part.memory, {stage, constantIndex(0), constantIndex(0)}, ofBlock);
  emitBulkCopy(b, loc, part.map, subscripts, to, barrier);
}

/// Starts to bring the part at a position of the ring, if the sum has not ended: as soon as nobody reads what is there.
void TileEmitter::bring(Value step, Value end, Value position, const Fetched &fetched) {
  Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, step, end);
  auto guard = scf::IfOp::create(b, loc, some, /*withElse=*/false);
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.thenBlock());
    Value stage = ring->stageOf(position);
    if (threadsBring())
      ring->claim(position);
    int64_t bytes = 0;
    for (const Part *part : {left, right})
      bytes += isBrought(*part) ? 0 : bytesOf(*part);
    if (bytes > 0)
      ifFirst(thread, [&] {
        if (!threadsBring())
          ring->claim(position);
        Value barrier = ring->expect(position, bytes);
        for (const Part *part : {left, right})
          if (!isBrought(*part))
            copyBox(*part, stage, step, barrier);
      });
    for (const Part *part : {left, right})
      if (isBrought(*part) && part->factor.copied)
        copy(*part, stage, step);
    for (const auto &[part, values] : fetched)
      put(*part, stage, values);
  }
  if (threadsBring() && copies())
    closeGroup();
}

/// Waits for a part; lanes of a warp go on together.
void TileEmitter::awaitPart(Value position) {
  Value lane = remainder(thread, warpThreads);
  if (threadsBring()) {
    if (copies())
      waitForGroups(c.stages - 2);
    emitAsyncFence(b, loc);
    emitWarpBarrier(b, loc);
    ifFirst(lane, [&] { ring->give(position); });
  }
  ring->await(position);
  emitWarpBarrier(b, loc);
}

/// The sums of this thread's cells over the steps from `from`, the first of a part, to `to`, and the position behind.
TileEmitter::Values TileEmitter::sumUpInRing(Value from, Value to) {
  int64_t ahead = c.stages - 1;
  for (int64_t stage = 0; stage < ahead; ++stage) {
    Value step = b.createOrFold<arith::AddIOp>(loc, from, constantIndex(stage * depth));
    bring(step, to, plus(position, stage), fetch(step));
  }
  Value lane = remainder(thread, warpThreads);
  Values sums = zeros();
  sums.push_back(position);
  auto loop = scf::ForOp::create(b, loc, from, to, constantIndex(depth), sums);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar(), next = plus(step, ahead * depth);
    Values carried(loop.getRegionIterArgs());
    Value now = carried.pop_back_val();
    awaitPart(now);
    Values results = startProducts(ring->stageOf(now), carried);
    Fetched fetched = fetch(next);
    // Those of the part before have ended.
    results = emitProductsWait(b, loc, results, /*underWay=*/1);
    Value before = arith::SubIOp::create(b, loc, now, constantIndex(1));
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, step, from);
    ifFirst(arith::SelectOp::create(b, loc, isFirst, constantIndex(1), lane), [&] { ring->release(before); });
    bring(next, to, plus(now, ahead), fetched);
    results.push_back(plus(now, 1));
    scf::YieldOp::create(b, loc, results);
  }
  Values results(loop.getResults());
  Value end = results.pop_back_val();
  emitWarpBarrier(b, loc);
  results = emitProductsWait(b, loc, results, /*underWay=*/0);
  ifFirst(lane, [&] { ring->release(arith::SubIOp::create(b, loc, end, constantIndex(1))); });
  results.push_back(end);
  return results;
}

// A block's tiles of a contraction, one after the other; see Note [Tiles].
#include "Target/GPU/Meeting.h"
#include "Target/GPU/TileEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

/// Of a tile's cells a thread finishes so many before it stores them: so many loads are under way at once.
static constexpr size_t cellsAtOnce = 4;

/// What the destination has at a cell that is stored, or 0: another thread may store the last one inside meanwhile.
Value TileEmitter::loadCell(Value isStored) {
  if (!isStored)
    return load(op.getDest(), op.getWrite(), {}, origin, {});
  auto loading = scf::IfOp::create(b, loc, b.getF32Type(), isStored, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loading.thenBlock());
  scf::YieldOp::create(b, loc, load(op.getDest(), op.getWrite(), {}, origin, {}));
  b.setInsertionPointToStart(loading.elseBlock());
  scf::YieldOp::create(b, loc, identity());
  return loading.getResult(0);
}

/// First everything is computed, cells outside as the last ones inside, then stored: so what is read is asked for at
/// once.
void TileEmitter::finishCells(ArrayRef<Cell> cells, ValueRange sums) {
  SmallVector<Value> stored;
  SmallVector<Values> places, results;
  for (auto [cell, sum] : llvm::zip(cells, sums)) {
    Value inside = both(enter(c.rows, cell.row, mayLeave(*left)), enter(c.columns, cell.column, mayLeave(*right)));
    stored.push_back(both(both(insideBatch, inside), dropCondition(origin)));
    if (Value holds = condition(c.cellConditions, origin))
      sum = arith::SelectOp::create(b, loc, holds, sum, identity());
    if (accumulate)
      sum = combine(loadCell(stored.back()), sum);
    places.push_back(base);
    results.push_back(followers.compute(base, sum));
  }
  for (auto [inside, place, values] : llvm::zip(stored, places, results)) {
    OpBuilder::InsertionGuard guard(b);
    if (inside) {
      auto storing = scf::IfOp::create(b, loc, inside, /*withElse=*/false);
      b.setInsertionPointToStart(storing.thenBlock());
    }
    followers.store(*this, place, values);
  }
}

/// The cells whose sums a thread has, in the order of these.
SmallVector<TileEmitter::Cell> TileEmitter::cellsOf() {
  SmallVector<Cell> cells;
  auto from = [&](const Part &part, Value line) -> Value { return arith::AddIOp::create(b, loc, part.first, line); };
  if (!c.onTensorCores()) {
    SmallVector<Value> columns = lineNumbers(*right, remainder(thread, threadsAlong));
    for (Value row : lineNumbers(*left, quotient(thread, threadsAlong)))
      for (Value column : columns)
        cells.push_back({from(*left, row), from(*right, column)});
    return cells;
  }
  Span span = warpSpan();
  Value lane = remainder(thread, warpThreads);
  Value firstRow = arith::AddIOp::create(b, loc, span.row, quotient(lane, lanesAlong));
  Value firstColumn = arith::AddIOp::create(
      b, loc, span.column, arith::MulIOp::create(b, loc, remainder(lane, lanesAlong), constantIndex(2)));
  for (int64_t m = 0; m < span.down; m += fragmentRows)
    for (int64_t n = 0; n < span.across; n += fragmentColumns)
      for (int64_t row : {0, 8})
        for (int64_t column : {0, 1})
          cells.push_back({from(*left, plus(firstRow, m + row)), from(*right, plus(firstColumn, n + column))});
  return cells;
}

void TileEmitter::finish(const Values &sums) {
  SmallVector<Cell> cells = cellsOf();
  for (size_t at = 0; at < cells.size(); at += cellsAtOnce) {
    size_t count = std::min(cellsAtOnce, cells.size() - at);
    finishCells(ArrayRef(cells).slice(at, count), ValueRange(sums).slice(at, count));
  }
}

/// All threads meet; what they have brought is there but their last groups of copies.
void TileEmitter::meet(int64_t underWay) {
  if (copies())
    waitForGroups(underWay);
  emitBarrier(b, loc);
}

/// Of a tile whose sum has bounds that are not known: most that a mask leaves out have no terms at all.
TileEmitter::Values TileEmitter::sumUpBetween(const Range &bounds) {
  Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bounds.low, bounds.high);
  Values none = zeros();
  if (ring)
    none.push_back(position);
  auto guard = scf::IfOp::create(b, loc, ValueRange(none).getTypes(), some, /*withElse=*/true);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.elseBlock());
  scf::YieldOp::create(b, loc, none);
  b.setInsertionPointToStart(guard.thenBlock());
  scf::YieldOp::create(b, loc, sumUp(bounds.low, bounds.high));
  return guard.getResults();
}

void TileEmitter::tile(Value number) {
  int64_t across = llvm::divideCeil(c.countPoints(c.columns), c.width);
  int64_t down = llvm::divideCeil(c.countPoints(c.rows), c.height);
  auto firstOf = [&](Value tile, int64_t edge) -> Value {
    return arith::MulIOp::create(b, loc, tile, constantIndex(edge));
  };
  right->first = firstOf(remainder(number, across), c.width);
  number = quotient(number, across);
  left->first = firstOf(remainder(number, down), c.height);
  insideBatch = enter(c.batch, quotient(number, down), /*mayLeave=*/false);

  // Nobody brings the first parts of a tile before all have read the last ones of the tile before.
  if (!ring)
    emitBarrier(b, loc);
  std::optional<Range> bounds = sumBounds();
  Values sums = bounds ? sumUpBetween(*bounds) : sumUp(constantIndex(0), constantIndex(c.steps()));
  if (ring)
    position = sums.pop_back_val();
  finish(sums);
}

TileEmitter::Values TileEmitter::zeros() {
  return Values(size_t(sumCount()), constant(b.getF32Type(), b.getF32FloatAttr(0)));
}

/// The sums of this thread's cells over the steps from `from`, the first of a part, to `to`; of a ring also the
/// position behind.
TileEmitter::Values TileEmitter::sumUp(Value from, Value to) {
  if (ring)
    return sumUpInRing(from, to);
  int64_t ahead = c.stages - 1;
  for (int64_t stage = 0; stage < ahead; ++stage) {
    Value step = b.createOrFold<arith::AddIOp>(loc, from, constantIndex(stage * depth));
    for (const Part *part : {left, right})
      if (part->factor.copied)
        copy(*part, constantIndex(stage), step);
    for (const auto &[part, values] : fetch(step))
      put(*part, constantIndex(stage), values);
    if (copies())
      closeGroup();
  }
  Values sums = zeros();
  sums.push_back(constantIndex(0)); // the stage
  auto loop = scf::ForOp::create(b, loc, from, to, constantIndex(depth), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value next = plus(loop.getInductionVar(), ahead * depth);
  Values carried(loop.getRegionIterArgs());
  Value stage = carried.pop_back_val();
  auto onRing = [&](int64_t end, int64_t start, int64_t by) -> Value {
    Value atEnd = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, stage, constantIndex(end));
    return arith::SelectOp::create(b, loc, atEnd, constantIndex(start), plus(stage, by));
  };
  Value free = onRing(0, c.stages - 1, -1), following = onRing(c.stages - 1, 0, 1);
  // This part has come, of all threads, and all have read the one before it, whose place the next copies take.
  meet(ahead - 1);
  Fetched fetched = fetch(next);
  for (const Part *part : {left, right})
    if (part->factor.copied)
      copy(*part, free, next);
  if (copies())
    closeGroup();
  Values results = multiply(stage, carried);
  results.push_back(following);
  for (const auto &[part, values] : fetched)
    put(*part, free, values);
  scf::YieldOp::create(b, loc, results);
  b.setInsertionPointAfter(loop);
  if (copies())
    waitForGroups(0);
  return Values(loop.getResults().drop_back());
}

void TileEmitter::emit() {
  Part ofLeft = createPart("left", c.left, c.rows, c.height),
       ofRight = createPart("right", c.right, c.columns, c.width);
  left = &ofLeft;
  right = &ofRight;
  for (unsigned j = 0; j < op.getNumSymbols(); ++j)
    symbol(j, origin); // read once: they are the same for all tiles
  if (warpgroups)
    openRing();
  Values carried;
  if (ring)
    carried.push_back(position);
  auto loop = scf::ForOp::create(b, loc, blocks.rank, constantIndex(c.tiles()), blocks.size, carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  if (!ring)
    return tile(loop.getInductionVar());
  position = loop.getRegionIterArg(0);
  tile(loop.getInductionVar());
  scf::YieldOp::create(b, loc, position);
}

void nn::emitTiles(OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
                   const BlockStripe &stripe, Team blocks, Value thread, const DenseMap<Value, BufferRef> &buffers,
                   Multiplier multiplier) {
  // Of f32 two blocks have room on sm_80 as it is; on sm_90 the assembler would spill some words, and of bf16 where a
  // table bounds the sum.
  EquationOp op = info.op;
  if (contraction.words == Words::Pairs && contraction.wordPoints == 1 && op.getTables().empty() && stripe.rows == 0)
    b.getInsertionBlock()->getParentOp()->setAttr(residentBlocksAttrName, b.getI64IntegerAttr(2));
  Schedule schedule = scheduleCells(info);
  Contraction chosen = contraction;
  Piece staged = piece;
  Staging staging;
  if (multiplier == Multiplier::Warpgroup) { // sm_90a gives a block more than 48 kB when it is launched
    staging.memory = blockMemory(b, op.getLoc());
    staged.staging = &staging;
    chosen.stages = mostStages;
  }
  TileEmitter(b, staged, info, chosen, schedule, stripe, blocks, thread, buffers, multiplier).emit();
  if (multiplier == Multiplier::Warpgroup)
    b.getInsertionBlock()->getParentOp()->setAttr(sharedBytesAttrName, b.getI64IntegerAttr(staging.used));
}

// Equations whose cells are shared by a team of threads, one cell at a time: what a GPU runs where nothing better is
// known.
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace nn;

Schedule nn::scheduleCells(const EquationInfo &info) {
  Schedule schedule;
  schedule.tile.assign(info.dims, 1);
  EquationOp op = info.op;
  // Row-major in the destination, whatever the order of the box.
  for (AffineExpr expr : op.getWrite().getResults())
    for (unsigned d : info.dimListOf(expr))
      if (!llvm::is_contained(schedule.parallelOrder, d))
        schedule.parallelOrder.push_back(d);
  schedule.reduceOrder.assign(info.reduced.begin(), info.reduced.end());
  return schedule;
}

/// The subscripts of a point of a box by its number, row-major.
EquationEmitter::Values EquationEmitter::placeIn(ArrayRef<int64_t> box, Value number) {
  Values place(box.size());
  for (size_t k = box.size(); k-- > 0;) {
    place[k] = k == 0 ? number : arith::RemUIOp::create(b, loc, number, constantIndex(box[k])).getResult();
    if (k > 0)
      number = arith::DivUIOp::create(b, loc, number, constantIndex(box[k]));
  }
  return place;
}

/// The extents of indices, those of a stripe where there is a frame.
SmallVector<int64_t> EquationEmitter::boxOf(ArrayRef<unsigned> dims) {
  return llvm::map_to_vector(dims, [&](unsigned d) { return frame.extentOf(d, info.extents[d]); });
}

/// Sets indices to a place in their box. Rows behind the end of a frame, in its last stripe, count as the last one:
/// returns whether the place is before the end; null: it always is.
Value EquationEmitter::goTo(ArrayRef<unsigned> dims, ValueRange place) {
  Value inside;
  for (auto [d, value] : llvm::zip(dims, place)) {
    if (llvm::is_contained(frame.outer, d))
      continue; // has the value that it has in the stripe
    base[d] = value;
    if (int(d) != frame.dim)
      continue;
    base[d] = b.createOrFold<arith::AddIOp>(loc, stripe.start, value);
    if (frame.fullStripes)
      continue;
    Value end = constantIndex(info.extents[d]);
    inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, base[d], end);
    base[d] = arith::MinUIOp::create(b, loc, base[d], constantIndex(info.extents[d] - 1));
  }
  return inside;
}

/// Runs `body` at those points of a box, row-major, that are this thread's.
void EquationEmitter::shareOut(Team team, ArrayRef<int64_t> box, llvm::function_ref<void(ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, team.rank, constantIndex(computeProduct(box)), team.size);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(placeIn(box, loop.getInductionVar()));
}

void EquationEmitter::emitCells(Team team) {
  shared = true;
  placeConstraints();
  shareOut(team, boxOf(schedule.parallelOrder), [&](ValueRange place) {
    OpBuilder::InsertionGuard guard(b);
    if (Value inside = goTo(schedule.parallelOrder, place))
      b.setInsertionPointToStart(scf::IfOp::create(b, loc, inside, /*withElse=*/false).thenBlock());
    tile();
  });
}

/// The points of the current cell that are this thread's, combined.
EquationEmitter::Values EquationEmitter::reduceShare(const Crew &crew) {
  SmallVector<int64_t> box = boxOf(schedule.reduceOrder);
  Values none = {identity()};
  if (isArg())
    none.push_back(splatInteger(b.getI32Type(), -1));
  return forLoop(crew.rank, constantIndex(computeProduct(box)), crew.mates, none,
                 [&](Value number, const Values &accumulators) {
                   for (auto [d, value] : llvm::zip(schedule.reduceOrder, placeIn(box, number)))
                     base[d] = value;
                   return update(points.front(), accumulators);
                 });
}

void EquationEmitter::emitCells(const Crew &crew) {
  conditions = info.constraints;
  points = tilePoints();
  Point cell = points.front();
  SmallVector<int64_t> box = boxOf(schedule.parallelOrder);
  int64_t count = computeProduct(box);
  Value first = arith::MulIOp::create(b, loc, crew.blocks.rank, constantIndex(crew.cells));
  Value step = arith::MulIOp::create(b, loc, crew.blocks.size, constantIndex(crew.cells));
  auto loop = scf::ForOp::create(b, loc, first, constantIndex(count), step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  // Threads without a cell do the last one once more, as all have to be where they meet; they do not store.
  Value number = arith::AddIOp::create(b, loc, loop.getInductionVar(), crew.cell);
  Value mine = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, constantIndex(count));
  number = arith::MinUIOp::create(b, loc, number, constantIndex(count - 1));
  mine = both(mine, goTo(schedule.parallelOrder, placeIn(box, number)));
  Values results =
      crew.meet(reduceShare(crew), [&](ValueRange left, ValueRange right) { return combinePartial(left, right); });
  Value result = results.back();
  if (isArg())
    result = arith::MaxSIOp::create(b, loc, result, splatInteger(result.getType(), 0));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, crew.rank, constantIndex(0));
  auto storing = scf::IfOp::create(b, loc, both(both(mine, isFirst), dropCondition(cell)), /*withElse=*/false);
  b.setInsertionPointToStart(storing.thenBlock());
  cache.clear();
  if (accumulate)
    result = combine(load(op.getDest(), op.getWrite(), {}, cell, {}), result);
  finishCell(result, cell);
}

Value EquationEmitter::computePoint(ValueRange place, const DenseMap<Value, Value> &computed) {
  base = Values(place);
  cache.clear();
  conditions = info.constraints;
  points = tilePoints();
  atHand.clear();
  for (auto [buffer, value] : computed)
    atHand[buffer] = {value};
  return update(points.front(), {identity()}).front();
}

void EquationEmitter::storePoint(ValueRange place, Value value) {
  base = Values(place);
  cache.clear();
  store(value, Point{SmallVector<int64_t>(info.dims, 0), 1});
}

void EquationEmitter::emitClear(Team team) {
  Value dest = op.getDest(), value = isArg() ? splatInteger(b.getI32Type(), 0) : identity();
  if (value.getType().isInteger(1))
    value = arith::ExtUIOp::create(b, loc, b.getI8Type(), value);
  shareOut(team, cast<MemRefType>(dest.getType()).getShape(),
           [&](ValueRange place) { memref::StoreOp::create(b, loc, value, buffers.at(dest).memref, place); });
}

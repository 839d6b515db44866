// Equations whose cells are shared by a team of threads, one cell at a time: what a GPU runs where nothing better is
// known.
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

Schedule nn::scheduleCells(const EquationInfo &info) {
  Schedule schedule;
  schedule.tile.assign(info.dims, 1);
  EquationOp op = info.op;
  // Row-major in the destination, whatever the order of the box.
  for (AffineExpr expr : op.getWrite().getResults())
    for (unsigned d : info.dimsOf(expr).set_bits())
      if (!llvm::is_contained(schedule.parallelOrder, d))
        schedule.parallelOrder.push_back(d);
  schedule.reduceOrder.assign(info.reduced.begin(), info.reduced.end());
  return schedule;
}

/// Runs `body` at those points of a box, row-major, that are this thread's.
void EquationEmitter::shareOut(Team team, ArrayRef<int64_t> box, llvm::function_ref<void(ValueRange)> body) {
  int64_t points = 1;
  for (int64_t extent : box)
    points *= extent;
  auto loop = scf::ForOp::create(b, loc, team.rank, constantIndex(points), team.size);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value rest = loop.getInductionVar();
  Values place(box.size());
  for (size_t k = box.size(); k-- > 0;) {
    place[k] = k == 0 ? rest : arith::RemUIOp::create(b, loc, rest, constantIndex(box[k])).getResult();
    if (k > 0)
      rest = arith::DivUIOp::create(b, loc, rest, constantIndex(box[k]));
  }
  body(place);
}

void EquationEmitter::emitCells(Team team) {
  shared = true;
  placeConstraints();
  SmallVector<int64_t> box;
  for (unsigned d : schedule.parallelOrder)
    box.push_back(info.extents[d]);
  shareOut(team, box, [&](ValueRange place) {
    for (auto [d, value] : llvm::zip(schedule.parallelOrder, place))
      base[d] = value;
    tile();
  });
}

void EquationEmitter::emitClear(Team team) {
  Value dest = op.getDest(), value = isArg() ? splatInteger(b.getI32Type(), 0) : identity();
  if (value.getType().isInteger(1))
    value = arith::ExtUIOp::create(b, loc, b.getI8Type(), value);
  shareOut(team, cast<MemRefType>(dest.getType()).getShape(),
           [&](ValueRange place) { memref::StoreOp::create(b, loc, value, buffers.at(dest).memref, place); });
}

// Asks early for what a reduction reads in long strides.
//
// Note [Asking early]
// Processors load ahead along lines that follow each other, within a page. A reduction over the rows of a matrix, of
// which a tile reads a few lines each, is on another page after a step or two, and waits for the second cache or for
// memory. So what it reads is asked for some steps before. Steps count through the nest of reduced loops as far as it
// walks on with one stride. Behind the last step nothing is read: a prefetch of a place that is not there does nothing.
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace nn;

/// How many steps before, and for how many of them at least a loop has to go on.
static constexpr int64_t stepsAhead = 8, leastSteps = 32;
/// Between two steps, in bytes: shorter ones are left to the processor.
static constexpr int64_t leastStride = 2048;
/// Cells of a tile that use a vector, so that arithmetic leaves room for one more instruction.
static constexpr int64_t leastReuse = 4;

/// True if the steps of the innermost reduced loop, and of those around it that continue its stride, are long and many.
bool EquationEmitter::readsInLongStrides(Value buffer, AffineMap map) {
  unsigned innermost = schedule.reduceOrder.back();
  auto type = cast<MemRefType>(buffers.at(buffer).memref.getType());
  std::optional<int64_t> stride = info.strideOf(map, type.getShape(), innermost);
  if (!stride || std::abs(*stride) * int64_t(type.getElementTypeBitWidth()) < leastStride * 8)
    return false;
  int64_t steps = 1;
  for (unsigned d : llvm::reverse(schedule.reduceOrder)) {
    if (info.strideOf(map, type.getShape(), d) != *stride * steps)
      break;
    steps *= int(d) == schedule.blockedDim ? schedule.block : info.extents[d];
  }
  return steps >= leastSteps;
}

/// Before a vector is read that several cells of the tile use; see Note [Asking early].
void EquationEmitter::askEarly(Value buffer, AffineMap map, const Point &point) {
  if (schedule.dot || schedule.reduceOrder.empty() || !info.isUnitStride(map, schedule.vectorDim))
    return;
  int64_t vectors = schedule.tile[schedule.vectorDim] / schedule.lanes;
  if (int64_t(points.size()) < leastReuse * vectors || !readsInLongStrides(buffer, map))
    return;
  Value &at = base[schedule.reduceOrder.back()], here = at;
  at = arith::AddIOp::create(b, loc, here, constantIndex(stepsAhead));
  memref::PrefetchOp::create(b, loc, buffers.at(buffer).memref, address(buffer, map, point, false), /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
  at = here;
}

/// Before a reduction: asks for what the maps of its cells read, where that comes from far; see Note [Maps of results].
void EquationEmitter::askForMaps(ArrayRef<Point> cells) {
  if (info.countPoints(info.reduced) < leastSteps)
    return;
  llvm::DenseSet<Value> known;
  known.insert(op.getDest());
  for (EquationEmitter *other : others) {
    other->follow(*this, cells, DenseMap<Value, Values>());
    for (auto [k, buffer] : llvm::enumerate(other->op.getInputs())) {
      AffineMap map = other->op.getRead(k);
      if (!other->info.dimsOf(map).all() || buffer.getDefiningOp<ScratchOp>() || !known.insert(buffer).second)
        continue;
      for (const Point &cell : other->points)
        memref::PrefetchOp::create(b, loc, buffers.at(buffer).memref, other->address(buffer, map, cell, false),
                                   /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
    }
    known.insert(other->op.getDest());
  }
}

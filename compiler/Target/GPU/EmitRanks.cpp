// The routines `order` and `group` on a GPU: each thread counts what comes before its entry.
//
// A stable sort puts entry i at the place rank(i), the number of entries that precede it: those that are less, and
// those equal to it that stand before it. Finding all ranks takes n^2 comparisons, but no thread waits for another.
#include "Target/GPU/Pieces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

namespace {

class RankEmitter {
public:
  RankEmitter(OpBuilder &b, RoutineOp op, ValueRange buffers)
      : b(b), loc(op.getLoc()), op(op), entries(buffers[0]), result(buffers[1]) {}
  void emitRank(Value item);
  void emitFirst(Value item);

private:
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  int64_t length() { return cast<MemRefType>(entries.getType()).getShape().back(); }
  int64_t groups() { return cast<MemRefType>(op.getInto()[0].getType()).getShape().back() - 1; }
  SmallVector<Value> placeOf(Value slice, Value last, MemRefType type);
  Value key(Value slice, Value place);
  Value isLess(Value x, Value y);
  Value count(Value slice, llvm::function_ref<Value(Value place)> holds);

  OpBuilder &b;
  Location loc;
  RoutineOp op;
  Value entries, result;
};

} // namespace

/// The subscripts of a place in a slice; slices are counted row-major along the leading axes.
SmallVector<Value> RankEmitter::placeOf(Value slice, Value last, MemRefType type) {
  SmallVector<Value> place{last};
  for (int64_t extent : llvm::reverse(type.getShape().drop_back())) {
    place.insert(place.begin(), arith::RemUIOp::create(b, loc, slice, index(extent)));
    slice = arith::DivUIOp::create(b, loc, slice, index(extent));
  }
  return place;
}

/// What entries are compared by; of `group`, what is no group comes behind all of them.
Value RankEmitter::key(Value slice, Value place) {
  auto type = cast<MemRefType>(entries.getType());
  Value entry = memref::LoadOp::create(b, loc, entries, placeOf(slice, place, type));
  if (op.getKind() == RoutineKind::order)
    return entry;
  Value none = arith::ConstantIntOp::create(b, loc, groups(), 32);
  return arith::MinUIOp::create(b, loc, entry, none);
}

/// NaN comes last.
Value RankEmitter::isLess(Value x, Value y) {
  if (!isa<FloatType>(x.getType()))
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x, y);
  Value less = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y);
  Value number = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, x, x);
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, y, y);
  return arith::OrIOp::create(b, loc, less, arith::AndIOp::create(b, loc, number, none));
}

/// How many places of a slice have a property.
Value RankEmitter::count(Value slice, llvm::function_ref<Value(Value place)> holds) {
  auto loop = scf::ForOp::create(b, loc, index(0), index(length()), index(1), ValueRange{index(0)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value one = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), holds(loop.getInductionVar()));
  scf::YieldOp::create(b, loc, ValueRange{arith::AddIOp::create(b, loc, loop.getRegionIterArg(0), one)});
  return loop.getResult(0);
}

/// Item: a place of a slice. Its entry goes where the number of those before it says.
void RankEmitter::emitRank(Value item) {
  Value slice = arith::DivUIOp::create(b, loc, item, index(length()));
  Value place = arith::RemUIOp::create(b, loc, item, index(length()));
  Value own = key(slice, place);
  Value rank = count(slice, [&](Value other) -> Value {
    Value its = key(slice, other);
    Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, other, place);
    Value notBehind = arith::XOrIOp::create(b, loc, isLess(own, its), arith::ConstantIntOp::create(b, loc, 1, 1));
    return arith::OrIOp::create(b, loc, isLess(its, own), arith::AndIOp::create(b, loc, before, notBehind));
  });
  Value stored = arith::IndexCastOp::create(b, loc, b.getI32Type(), place);
  if (op.getKind() == RoutineKind::group) {
    Value isGroup = isLess(own, arith::ConstantIntOp::create(b, loc, groups(), 32));
    stored = arith::SelectOp::create(b, loc, isGroup, stored, arith::ConstantIntOp::create(b, loc, 0, 32));
  }
  memref::StoreOp::create(b, loc, stored, result, placeOf(slice, rank, cast<MemRefType>(result.getType())));
}

/// Item: a group of a slice, or the end of all. It begins behind the entries of those before it.
void RankEmitter::emitFirst(Value item) {
  Value slice = arith::DivUIOp::create(b, loc, item, index(groups() + 1));
  Value group = arith::RemUIOp::create(b, loc, item, index(groups() + 1));
  Value number = arith::IndexCastOp::create(b, loc, b.getI32Type(), group);
  Value first = count(slice, [&](Value other) { return isLess(key(slice, other), number); });
  memref::StoreOp::create(b, loc, arith::IndexCastOp::create(b, loc, b.getI32Type(), first), result,
                          placeOf(slice, group, cast<MemRefType>(result.getType())));
}

void nn::emitRank(OpBuilder &builder, RoutineOp op, ValueRange buffers, Value item) {
  RankEmitter(builder, op, buffers).emitRank(item);
}

void nn::emitFirst(OpBuilder &builder, RoutineOp op, ValueRange buffers, Value item) {
  RankEmitter(builder, op, buffers).emitFirst(item);
}

// Decides which equations of a kernel run in one loop.
#include "Target/CPU/Together.h"

#include "Dialect/NN/IR/EquationUtils.h"
#include "Kernels/Kernels.h"
#include "Kernels/SharedFunctions.h"

using namespace mlir;
using namespace nn;

/// More of them would leave too few registers, and more streams than a processor follows.
static constexpr size_t mostTogether = 8, mostStreams = 12;

namespace {
/// A buffer and the places of it that an equation reads or writes.
struct Access {
  Value buffer;
  AffineMap map;
  bool writes;
};
} // namespace

static SmallVector<Access> accessesOf(EquationOp op) {
  SmallVector<Access> all = {{op.getDest(), op.getWrite(), true}};
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    all.push_back({input, op.getRead(k), false});
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    all.push_back({table, op.getTableMap(j), false});
  return all;
}

/// Whether a point of the box has the same place in both maps.
static bool atSamePlace(AffineMap a, AffineMap b) {
  auto usesSymbols = [](AffineMap map) {
    return llvm::any_of(llvm::seq(map.getNumSymbols()), [&](unsigned j) { return map.isFunctionOfSymbol(j); });
  };
  return a.getResults() == b.getResults() && !usesSymbols(a) && !usesSymbols(b);
}

/// A kernel's scratch lies where what lived before has died. Its other buffers may be one, such as a state and its
/// successor, or views of one; then they have as many bytes.
static bool mayOverlap(Value a, Value b, int64_t grain) {
  auto first = a.getDefiningOp<ScratchOp>(), second = b.getDefiningOp<ScratchOp>();
  if (!first && !second)
    return a == b || byteSize(cast<ShapedType>(a.getType())) == byteSize(cast<ShapedType>(b.getType()));
  if (!first || !second)
    return false;
  auto end = [&](ScratchOp scratch) {
    auto type = cast<MemRefType>(scratch.getType());
    return int64_t(*scratch.getOffset()) + byteSize(type.clone(storedShape(scratch, grain)));
  };
  return int64_t(*first.getOffset()) < end(second) && int64_t(*second.getOffset()) < end(first);
}

/// True if one of two equations may write what the other one touches at another point of the box.
static bool meetElsewhere(EquationOp a, EquationOp b, int64_t grain) {
  for (const Access &x : accessesOf(a))
    for (const Access &y : accessesOf(b)) {
      bool same = x.buffer.getType() == y.buffer.getType() && atSamePlace(x.map, y.map) &&
                  (x.buffer == y.buffer || !x.buffer.getDefiningOp<ScratchOp>());
      if ((x.writes || y.writes) && !same && mayOverlap(x.buffer, y.buffer, grain))
        return true;
    }
  return false;
}

/// True if an equation does nothing but store a value in a cell of its own at every point.
static bool isPlain(const PlannedEquation &planned) {
  EquationOp op = planned.info.op;
  auto form = op->getAttrOfType<StringAttr>(formAttrName);
  return op.getCombine() == Combine::map && form && form.getValue() == "owner" && !op->hasAttr(initAttrName) &&
         !op.getAccumulate() && !op.getDrop() && planned.info.constraints.empty() && planned.info.reduced.empty() &&
         !segmentsOf(op) && planned.schedule.blockedDim < 0;
}

static bool haveSameLoops(const PlannedEquation &a, const PlannedEquation &b) {
  return a.info.extents == b.info.extents && a.frame.dim == b.frame.dim && a.frame.outer == b.frame.outer &&
         a.schedule.vectorDim == b.schedule.vectorDim && a.schedule.lanes == b.schedule.lanes &&
         a.schedule.squareDim == b.schedule.squareDim && a.schedule.parallelOrder == b.schedule.parallelOrder;
}

/// True if `b` reads what `a` reads or writes, at the same place, and may share costly terms with it. What only reads
/// the same finds it in a cache, a stripe being small.
static bool share(EquationOp a, EquationOp b) {
  return shareFunctions(a, b) && llvm::any_of(accessesOf(a), [&](const Access &x) {
           return x.map.getNumResults() > 0 && llvm::any_of(accessesOf(b), [&](const Access &y) {
                    return x.buffer == y.buffer && atSamePlace(x.map, y.map);
                  });
         });
}

size_t nn::joinFirst(MutableArrayRef<PlannedEquation> equations, int64_t grain) {
  PlannedEquation &first = equations.front();
  if (!isPlain(first))
    return 1;
  llvm::SmallDenseSet<Value> streams;
  auto addStreams = [&](EquationOp op) {
    for (const Access &access : accessesOf(op))
      streams.insert(access.buffer);
    return streams.size() <= mostStreams;
  };
  addStreams(first.info.op);
  size_t count = 1;
  for (; count < std::min(equations.size(), mostTogether); ++count) {
    PlannedEquation &next = equations[count];
    auto before = equations.take_front(count);
    auto sharesWith = [&](PlannedEquation &other) { return share(other.info.op, next.info.op); };
    auto meets = [&](PlannedEquation &other) { return meetElsewhere(other.info.op, next.info.op, grain); };
    if (!isPlain(next) || !haveSameLoops(first, next) || llvm::none_of(before, sharesWith) ||
        llvm::any_of(before, meets) || !addStreams(next.info.op))
      break;
    for (auto [most, tile] : llvm::zip(first.schedule.tile, next.schedule.tile))
      most = std::min(most, tile);
  }
  for (PlannedEquation &other : equations.slice(1, count - 1))
    other.schedule = first.schedule;
  return count;
}

// Decides which equations of a kernel run in one loop.
#include "Target/CPU/Together.h"

#include "Dialect/NN/IR/EquationUtils.h"
#include "Kernels/Equations.h"
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

/// In the indices of the loop's first equation.
static SmallVector<Access> accessesOf(const PlannedEquation &planned) {
  EquationOp op = planned.info.op;
  SmallVector<Access> all = {{op.getDest(), op.getWrite(), true}};
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    all.push_back({input, op.getRead(k), false});
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    all.push_back({table, op.getTableMap(j), false});
  SmallVector<AffineExpr> dims;
  unsigned most = 0;
  for (unsigned d : planned.along) {
    dims.push_back(getAffineDimExpr(d, op.getContext()));
    most = std::max(most, d + 1);
  }
  for (Access &access : all)
    access.map = access.map.replaceDimsAndSymbols(dims, {}, most, access.map.getNumSymbols());
  return all;
}

/// Whether a point of the box has the same place in both maps.
static bool atSamePlace(AffineMap a, AffineMap b) {
  return a.getResults() == b.getResults() && !usesSymbols(a.getResults());
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

/// True if one of two equations may write what the other one touches at another point of the box. A kernel's buffer
/// lies where an earlier equation reads only if that reads the rows of its stripe, at the axis of those that are
/// written.
static bool meetElsewhere(const PlannedEquation &a, const PlannedEquation &b, int64_t grain) {
  int frame = a.frame.dim < 0 ? -1 : int(a.along[a.frame.dim]);
  auto areOtherRows = [&](const Access &x, const Access &y) {
    return frame >= 0 && !x.writes && !x.buffer.getDefiningOp<ScratchOp>() &&
           bareAxis(x.map, frame) != bareAxis(y.map, frame);
  };
  for (const Access &x : accessesOf(a))
    for (const Access &y : accessesOf(b)) {
      bool same = x.buffer.getType() == y.buffer.getType() && atSamePlace(x.map, y.map) &&
                  (x.buffer == y.buffer || !x.buffer.getDefiningOp<ScratchOp>());
      if ((x.writes || y.writes) && !same && !areOtherRows(x, y) && mayOverlap(x.buffer, y.buffer, grain))
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
static bool share(const PlannedEquation &a, const PlannedEquation &b) {
  return shareFunctions(a.info.op, b.info.op) && llvm::any_of(accessesOf(a), [&](const Access &x) {
           return x.map.getNumResults() > 0 && llvm::any_of(accessesOf(b), [&](const Access &y) {
                    return x.buffer == y.buffer && atSamePlace(x.map, y.map);
                  });
         });
}

//===-- Maps of results
//-------------------------------------------------------------------------------------------------------===//

/// What a map may cost that runs in a contraction's loops, whose code has it once for each cell of each tile.
static constexpr int64_t mostCost = 24;

/// True if each result of a map is an index of its own.
static bool isOfIndices(AffineMap map) {
  return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto entry) {
    auto dim = dyn_cast<AffineDimExpr>(entry.value());
    return dim && bareAxis(map, dim.getPosition()) == int(entry.index());
  });
}

/// True if the cells of an equation, which reduces, are in registers when a tile ends, and each is stored once.
static bool keepsCells(const PlannedEquation &planned) {
  EquationOp op = planned.info.op;
  Combine combine = op.getCombine();
  const Schedule &schedule = planned.schedule;
  auto form = op->getAttrOfType<StringAttr>(formAttrName);
  return (combine == Combine::sum || combine == Combine::prod || combine == Combine::max || combine == Combine::min) &&
         !planned.info.reduced.empty() && form && form.getValue() == "owner" && !op->hasAttr(initAttrName) &&
         !op.getAccumulate() && !op.getDrop() && !segmentsOf(op) && schedule.blockedDim < 0 && !schedule.dot &&
         schedule.turnDim < 0 && schedule.vectorDim >= 0 && isOfIndices(op.getWrite()) &&
         planned.info.isUnitStride(op.getWrite(), schedule.vectorDim);
}

/// For each index of a map that reads what one of `before` writes, the index of the first equation that it runs along;
/// nothing if the map is over other cells.
static std::optional<SmallVector<unsigned>> alongCellsOf(const PlannedEquation &next,
                                                         ArrayRef<PlannedEquation> before) {
  EquationOp op = next.info.op;
  const EquationInfo &first = before.front().info;
  for (const PlannedEquation &other : before)
    for (auto [k, input] : llvm::enumerate(op.getInputs())) {
      EquationOp writer = other.info.op;
      AffineMap read = op.getRead(k), write = writer.getWrite();
      if (input != writer.getDest() || !isOfIndices(read) || !isOfIndices(write) ||
          read.getNumResults() != next.info.dims || next.info.dims != first.parallel.size())
        continue;
      SmallVector<unsigned> along(next.info.dims);
      for (unsigned axis = 0; axis < read.getNumResults(); ++axis)
        along[read.getDimPosition(axis)] = other.along[write.getDimPosition(axis)];
      if (llvm::all_of(llvm::enumerate(along),
                       [&](auto entry) { return first.extents[entry.value()] == next.info.extents[entry.index()]; }))
        return along;
    }
  return std::nullopt;
}

/// True if a map reads and writes along the vectors of the loops that it would run in, and is cheap.
static bool fitsTiles(const PlannedEquation &next, const PlannedEquation &first) {
  EquationOp op = next.info.op;
  int lane = next.schedule.vectorDim;
  auto mapped = [&](unsigned d) { return next.along[d]; };
  if (!isPlain(next) || !op.getTables().empty() || op.getFill() || lane < 0 ||
      int(mapped(lane)) != first.schedule.vectorDim || next.schedule.lanes != first.schedule.lanes ||
      (next.frame.dim < 0 ? -1 : int(mapped(next.frame.dim))) != first.frame.dim ||
      llvm::map_to_vector(next.frame.outer, mapped) != first.frame.outer || bodyCost(op.getBodyBlock()) > mostCost)
    return false;
  return next.info.isUnitStride(op.getWrite(), lane) &&
         llvm::all_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned k) {
           return !next.info.dimsOf(op.getRead(k)).test(lane) || next.info.isUnitStride(op.getRead(k), lane);
         });
}

/// The schedule of the loops of `first`, in the indices of `next`.
static Schedule scheduleAlong(const PlannedEquation &first, const PlannedEquation &next) {
  Schedule schedule;
  schedule.lanes = first.schedule.lanes;
  schedule.tile.assign(next.info.dims, 1);
  for (auto [d, along] : llvm::enumerate(next.along)) {
    schedule.tile[d] = first.schedule.tile[along];
    if (int(along) == first.schedule.vectorDim)
      schedule.vectorDim = int(d);
  }
  for (unsigned along : first.schedule.parallelOrder)
    schedule.parallelOrder.push_back(llvm::find(next.along, along) - next.along.begin());
  return schedule;
}

/// How many of the first equations are a reduction and maps of its cells; see Note [Maps of results].
static size_t joinMaps(MutableArrayRef<PlannedEquation> equations, int64_t grain) {
  size_t count = 1;
  for (; count < std::min(equations.size(), mostTogether); ++count) {
    PlannedEquation &next = equations[count];
    auto before = equations.take_front(count);
    auto along = alongCellsOf(next, before);
    if (!along)
      break;
    std::swap(next.along, *along);
    auto meets = [&](PlannedEquation &other) { return meetElsewhere(other, next, grain); };
    if (!fitsTiles(next, equations.front()) || llvm::any_of(before, meets)) {
      std::swap(next.along, *along);
      break;
    }
    next.schedule = scheduleAlong(equations.front(), next);
  }
  return count;
}

bool nn::isForwarded(const PlannedEquation &equation, ArrayRef<PlannedEquation> joined) {
  EquationOp op = equation.info.op;
  bool read = false, elsewhere = false;
  for (Operation *user : op.getDest().getUsers()) {
    bool here = llvm::any_of(joined, [&](const PlannedEquation &other) { return other.info.op == user; });
    (here ? read : elsewhere) |= user != op;
  }
  return op.getDest().getDefiningOp<ScratchOp>() && read && !elsewhere;
}

size_t nn::joinFirst(MutableArrayRef<PlannedEquation> equations, int64_t grain) {
  PlannedEquation &first = equations.front();
  if (keepsCells(first))
    return joinMaps(equations, grain);
  if (!isPlain(first))
    return 1;
  llvm::SmallDenseSet<Value> streams;
  auto addStreams = [&](const PlannedEquation &planned) {
    for (const Access &access : accessesOf(planned))
      streams.insert(access.buffer);
    return streams.size() <= mostStreams;
  };
  addStreams(first);
  size_t count = 1;
  for (; count < std::min(equations.size(), mostTogether); ++count) {
    PlannedEquation &next = equations[count];
    auto before = equations.take_front(count);
    auto sharesWith = [&](PlannedEquation &other) { return share(other, next); };
    auto meets = [&](PlannedEquation &other) { return meetElsewhere(other, next, grain); };
    if (!isPlain(next) || !haveSameLoops(first, next) || llvm::none_of(before, sharesWith) ||
        llvm::any_of(before, meets) || !addStreams(next))
      break;
    for (auto [most, tile] : llvm::zip(first.schedule.tile, next.schedule.tile))
      most = std::min(most, tile);
  }
  for (PlannedEquation &other : equations.slice(1, count - 1))
    other.schedule = first.schedule;
  return count;
}

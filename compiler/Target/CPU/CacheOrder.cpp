// Note [Traffic]
// The loops over tiles are a nest; the reduction runs inside of it. In one turn of a loop an operand touches its
// footprint over all loops inside. What all operands touch in a turn either fits a cache: then each is loaded once in
// it; or it does not: then an operand is loaded anew in every turn of the next loop inside, except for one that does
// not vary with that loop and fits beside what the others touch in one of its turns. Loads count in bytes, those that
// miss the second cache more than those that miss the first. A reduction whose operands fit no cache even for one tile
// is cut into blocks, and all tiles run over one block before the next; cells then start from what they held.
//
// Note [Streams]
// Where a tile reads a piece of each row of an operand, and the next tile the next piece, every row of the reduction is
// a stream. A processor fetches ahead along some tens of streams. An operand that comes from far and that only one tile
// reads each piece of is waited for, unless a block has no more rows than that: the gradient x^T g of a layer's
// weights, x in [2708, 1433] and g in [2708, 16], takes 1.2 to 1.7 ms by blocks of 32 rows, 2.3 to 3.4 at once.
//
// Note [Sets]
// A line can lie in one set of the first cache only. Rows of an image whose channels are innermost are apart by
// multiples of the distance of a set to itself, so that the lines of a few rows push each other out: of each line one
// element is used before it goes. Then the reduced index that moves along the lines is the innermost loop, and they are
// used up at once.
#include "Target/CPU/CacheOrder.h"

#include "Dialect/NN/IR/EquationUtils.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

using namespace mlir;
using namespace nn;

namespace {

struct Cache {
  int64_t bytes;
  double cost; ///< of a byte that misses it
};
/// Parts of the first and the second cache that one equation can count on.
constexpr Cache caches[] = {{24 << 10, 1}, {512 << 10, 4}};

class TrafficModel {
public:
  TrafficModel(const EquationInfo &info, const FrameInfo &frame, const Schedule &schedule);

  /// What all tiles of a stripe load, in this order of loops.
  double traffic(ArrayRef<unsigned> order) const;
  /// What one tile touches over the whole reduction.
  int64_t tileBytes() const;
  /// True if index `d` chooses among long rows of an operand that no cache holds, and tiles run along them, each once.
  bool streams(unsigned d) const;
  int64_t extent(unsigned d) const { return extents[d]; }
  void cut(unsigned d, int64_t block) { extents[d] = block; }

private:
  struct Operand {
    AffineMap map;
    ArrayRef<int64_t> shape;
    int64_t elementBytes;
    llvm::SmallBitVector dims;
  };
  void add(Value buffer, AffineMap map);
  int64_t footprint(const Operand &operand, ArrayRef<int64_t> counts) const;
  double traffic(const Cache &cache, ArrayRef<unsigned> order) const;

  const EquationInfo &info;
  SmallVector<int64_t> extents, tile;
  SmallVector<Operand> operands;
};

} // namespace

TrafficModel::TrafficModel(const EquationInfo &info, const FrameInfo &frame, const Schedule &schedule)
    : info(info), extents(info.extents), tile(schedule.tile) {
  for (auto [d, extent] : llvm::enumerate(extents))
    extent = frame.extentOf(d, extent);
  EquationOp op = info.op;
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    add(input, op.getRead(k));
  add(op.getDest(), op.getWrite());
}

void TrafficModel::add(Value buffer, AffineMap map) {
  auto type = cast<MemRefType>(buffer.getType());
  operands.push_back({map, type.getShape(), std::max<int64_t>(1, type.getElementTypeBitWidth() / 8), info.dimsOf(map)});
}

/// Bytes of an operand that are touched when each index takes `counts` values; whole lines along its last axis.
int64_t TrafficModel::footprint(const Operand &operand, ArrayRef<int64_t> counts) const {
  constexpr int64_t line = 64;
  int64_t elements = 1;
  for (auto [axis, expr] : llvm::enumerate(operand.map.getResults())) {
    auto range = rangeOf(expr, counts, {});
    int64_t reached = range ? range->second - range->first + 1 : operand.shape[axis];
    if (axis + 1 == operand.map.getNumResults())
      reached = llvm::alignTo(reached * operand.elementBytes, line) / operand.elementBytes;
    elements *= std::min(reached, std::max<int64_t>(operand.shape[axis], line / operand.elementBytes));
  }
  return elements * operand.elementBytes;
}

int64_t TrafficModel::tileBytes() const {
  SmallVector<int64_t> counts(extents);
  for (unsigned d : info.parallel)
    counts[d] = std::min(tile[d], extents[d]);
  int64_t bytes = 0;
  for (const Operand &operand : operands)
    bytes += footprint(operand, counts);
  return bytes;
}

bool TrafficModel::streams(unsigned d) const {
  constexpr int64_t longRow = 2048; // bytes: less than two rows share a page
  return llvm::any_of(operands, [&](const Operand &operand) {
    if (!operand.dims.test(d) || operand.shape.empty() || operand.shape.back() * operand.elementBytes < longRow ||
        footprint(operand, extents) <= caches[1].bytes)
      return false;
    llvm::SmallBitVector along = info.dimsOf(operand.map.getResults().back());
    auto repeats = [&](unsigned p) { return extents[p] > tile[p]; };
    return llvm::none_of(info.reduced, [&](unsigned r) { return along.test(r); }) &&
           llvm::any_of(info.parallel, [&](unsigned p) { return repeats(p) && along.test(p); }) &&
           llvm::none_of(info.parallel, [&](unsigned p) { return repeats(p) && !operand.dims.test(p); });
  });
}

double TrafficModel::traffic(const Cache &cache, ArrayRef<unsigned> order) const {
  // From the innermost loop outwards; a turn of the innermost one is a tile.
  SmallVector<int64_t> counts(extents);
  for (unsigned d : order)
    counts[d] = std::min(tile[d], extents[d]);
  auto touched = [&] {
    return llvm::map_to_vector(operands, [&](const Operand &operand) { return footprint(operand, counts); });
  };
  SmallVector<int64_t> inside = touched();
  SmallVector<double> loads(inside.begin(), inside.end());
  for (unsigned d : llvm::reverse(order)) {
    double turns = double(llvm::divideCeil(extents[d], counts[d]));
    int64_t together = std::accumulate(inside.begin(), inside.end(), int64_t(0));
    counts[d] = extents[d];
    SmallVector<int64_t> around = touched();
    bool fits = std::accumulate(around.begin(), around.end(), int64_t(0)) <= cache.bytes;
    for (auto [k, operand] : llvm::enumerate(operands)) {
      bool stays = !operand.dims.test(d) && together <= cache.bytes;
      loads[k] = fits ? double(around[k]) : stays ? loads[k] : loads[k] * turns;
    }
    inside = around;
  }
  return cache.cost * std::accumulate(loads.begin(), loads.end(), 0.0);
}

double TrafficModel::traffic(ArrayRef<unsigned> order) const {
  double total = 0;
  for (const Cache &cache : caches)
    total += traffic(cache, order);
  return total;
}

/// Whether cells may start from what they held: not where a reduction keeps a position beside its value.
static bool mayBlock(EquationOp op) {
  Combine combine = op.getCombine();
  auto form = op->getAttrOfType<StringAttr>("nn.form");
  return (combine == Combine::sum || combine == Combine::max || combine == Combine::min) && !op.getDrop() && form &&
         form.getValue() == "owner" && !segmentsOf(op);
}

/// The outermost reduced loop of several turns, unless lanes run along it; -1 if there is none.
static int outermostReduced(const TrafficModel &model, const Schedule &schedule) {
  for (unsigned d : schedule.reduceOrder)
    if (model.extent(d) > 1)
      return schedule.dot && int(d) == schedule.vectorDim ? -1 : int(d);
  return -1;
}

/// Cuts the outermost reduced loop so that what a tile touches in a block fits half of the second cache, and that
/// blocks have few streams.
static void chooseBlock(const EquationInfo &info, TrafficModel &model, Schedule &schedule) {
  int d = mayBlock(info.op) ? outermostReduced(model, schedule) : -1;
  if (d < 0)
    return;
  constexpr int64_t most = caches[1].bytes / 4, shortest = 64, mostStreams = 32;
  int64_t bytes = model.tileBytes(), extent = model.extent(d), inner = 1, block = extent;
  for (unsigned other : info.reduced)
    inner *= int(other) == d ? 1 : model.extent(other);
  if (bytes > most)
    block = std::max({int64_t(1), extent * most / bytes, int64_t(llvm::divideCeil(shortest, inner))});
  if (model.streams(d))
    block = std::min(block, int64_t(llvm::divideCeil(mostStreams, inner)));
  if (block * 2 > extent)
    return;
  schedule.blockedDim = d;
  schedule.block = block;
  model.cut(d, block);
}

/// True if the lines that a read touches for one value of the reduced index `d` do not fit their sets: those of all
/// cells of a tile, and of all turns of the loops inside of that of `d`. See Note [Sets].
static bool linesCollide(const EquationInfo &info, const Schedule &schedule, AffineMap map, MemRefType type,
                         unsigned d) {
  constexpr int64_t line = 64, sets = 64, ways = 8;
  SmallVector<std::pair<unsigned, int64_t>> moving;
  for (unsigned parallel : info.parallel)
    moving.push_back({parallel, schedule.tile[parallel]});
  for (unsigned inner : llvm::reverse(schedule.reduceOrder)) {
    if (inner == d)
      break;
    moving.push_back({inner, info.extents[inner]});
  }
  std::set<int64_t> lines{0};
  for (auto [index, count] : moving) {
    auto stride = info.strideOf(map, type.getShape(), index);
    if (!stride)
      return false;
    std::set<int64_t> reached;
    for (int64_t turn = 0; turn < count; ++turn)
      for (int64_t at : lines)
        reached.insert(at + turn * *stride * type.getElementTypeBitWidth() / 8 / line);
    lines = std::move(reached);
    if (lines.size() > size_t(sets * ways))
      return true;
  }
  std::array<int64_t, sets> held{};
  return llvm::any_of(lines, [&](int64_t at) { return ++held[at & (sets - 1)] > ways; });
}

/// Puts reduced loops whose ends conditions decide outside of the others: a short loop of which nobody knows the turns
/// costs more than its body, and stops the processor at each end.
static void boundOutside(const EquationInfo &info, Schedule &schedule) {
  SmallVectorImpl<unsigned> &order = schedule.reduceOrder;
  if (!mayBlock(info.op) || schedule.dot || schedule.blockedDim >= 0)
    return;
  std::stable_partition(order.begin(), order.end(), [&](unsigned d) {
    return llvm::any_of(info.constraints, [&](const Constraint &c) { return info.dimsOf(c.expr).test(d); });
  });
}

/// Lets a reduced index run innermost along which lines lie that collide otherwise.
static void useUpLines(const EquationInfo &info, Schedule &schedule) {
  constexpr int64_t least = 16;
  EquationOp op = info.op;
  SmallVectorImpl<unsigned> &order = schedule.reduceOrder;
  if (!mayBlock(op) || schedule.dot || schedule.vectorDim < 0)
    return;
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    for (unsigned *d = order.begin(); d != order.end(); ++d) {
      AffineMap map = op.getRead(k);
      auto type = cast<MemRefType>(input.getType());
      if (info.extents[*d] < least || info.dimsOf(map).test(schedule.vectorDim) || !info.isUnitStride(map, *d) ||
          !linesCollide(info, schedule, map, type, *d))
        continue;
      std::rotate(d, d + 1, order.end());
      return;
    }
}

void nn::orderLoops(const EquationInfo &info, const FrameInfo &frame, Schedule &schedule) {
  TrafficModel model(info, frame, schedule);
  chooseBlock(info, model, schedule);
  boundOutside(info, schedule);
  useUpLines(info, schedule);
  // Loops of one turn may stand anywhere; few others matter.
  SmallVector<unsigned> order, single;
  for (unsigned d : schedule.parallelOrder)
    (model.extent(d) > schedule.tile[d] ? order : single).push_back(d);
  constexpr size_t mostLoops = 5;
  if (order.size() > mostLoops)
    return;
  SmallVector<unsigned> best = order;
  double least = model.traffic(order) * 0.95; // as they stand, unless it is clearly better
  llvm::sort(order);
  do {
    if (double now = model.traffic(order); now < least) {
      least = now;
      best = order;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  schedule.parallelOrder = best;
  schedule.parallelOrder.append(single);
}

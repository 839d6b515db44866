// The cost model that picks an equation's schedule.
//
// Note [Cost of a schedule]
// A candidate is a vector index (parallel: lanes are cells; reduced: lanes are partial results, "dot form"; none:
// scalar code) and a register tile over at most two parallel indices. Its cost is the sum over its tiles, whole and
// partial, of the cycles of one step of the innermost loop: arithmetic and loads share two pipes, and a step of a
// reduction cannot be shorter than the latency of one combining operation. Loads are counted once for each distinct
// address in the tile. A candidate that needs more registers than there are is not taken. Conditions that bound tiles
// and loops (EquationInfo::isBound) leave a share of the tiles: the larger tiles are, the more points lie in one of
// which only some take part, as along the diagonal of a causal mask.
//
// Note [Cells in turns]
// The gradient of a window of two writes r[.., 2 * j + v], v < 2: cells along j have one between each other. A tile
// that has both values of v stores them together, two vectors whose lanes are taken in turns.
//
// Note [Cells apart]
// Where all reads have unit stride along an index and the write has not, as where the channels of an image, innermost,
// become its outermost axis, lanes are stored one by one. That costs more than to compute by scalars what is only
// copied.
//
// Note [Squares]
// Where a map reads along one index and writes along another, as where a matrix is transposed, lanes would be gathered
// one by one. A tile of as many rows as there are lanes reads vectors along the rows and transposes them in registers:
// one load and log2(lanes) shuffles for each vector.
#include "Target/CPU/Schedule.h"
#include "Target/CPU/CacheOrder.h"
#include "Target/CPU/ISA.h"

#include "Dialect/NN/IR/EquationUtils.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nn;

namespace {

/// How one input's address moves with the vector index.
enum class Access { Uniform, Unit, EverySecond, Gather };

struct ReadCost {
  llvm::SmallBitVector dims;
  Access access;
  bool splits;             ///< vectors begin anywhere, so that most of them lie in two lines of the cache
  bool transposed = false; ///< in a square
};

struct Tile {
  int first = -1, second = -1; ///< parallel indices, or -1
  int64_t firstSize = 1, secondSize = 1, vectors = 1;
};

class CostModel {
public:
  CostModel(const EquationInfo &info, ISA isa, const FrameInfo &frame);
  Schedule choose();

private:
  void tryVectorDim(int dim, bool dot, int turnDim = -1);
  void trySquares();
  int turnDimOf(unsigned d) const;
  bool storesApart(unsigned d) const;
  void tryTiles(int first, int second);
  double cost(const Tile &tile) const;
  double stepCost(int64_t a, int64_t b, int64_t vectors) const;
  double shareOfTiles(const Tile &tile) const;
  double costOf(const ReadCost &read) const;
  bool splitsLines(Value buffer, AffineMap map) const;
  bool fits(const Tile &tile) const;
  int64_t extent(unsigned d) const { return frame.extentOf(d, info.extents[d]); }
  unsigned widestElement() const;
  double bodyCost() const;
  bool mayTile() const;
  bool isGuarded(int dim) const;

  const EquationInfo &info;
  EquationOp op;
  FrameInfo frame;
  unsigned registers, maxLanes;
  bool dotsPairs; ///< sums of products of pairs are one operation
  bool reduces, scatter;
  std::optional<Segments> segments;
  // The candidate at hand.
  int vectorDim = -1;
  bool dot = false;
  int turnDim = -1, squareDim = -1;
  unsigned lanes = 1;
  double arithmetic = 1;
  Tile tile;
  SmallVector<ReadCost> reads;
  // The best one so far.
  double best = std::numeric_limits<double>::infinity();
  Schedule result;
};

} // namespace

unsigned CostModel::widestElement() const {
  unsigned bits = 32;
  auto widen = [&](Type type) {
    if (type.isIntOrFloat())
      bits = std::max(bits, type.getIntOrFloatBitWidth());
  };
  EquationOp equation = op;
  for (Value argument : equation.getBodyBlock().getArguments())
    widen(argument.getType());
  for (Operation &inner : equation.getBodyBlock())
    for (Type type : inner.getResultTypes())
      widen(type);
  return bits;
}

CostModel::CostModel(const EquationInfo &info, ISA isa, const FrameInfo &frame)
    : info(info), op(info.op), frame(frame) {
  registers = describe(isa).registers;
  maxLanes = describe(isa).vectorBits / widestElement();
  dotsPairs = describe(isa).dotsPairs;
  reduces = llvm::any_of(info.reduced, [&](unsigned d) { return info.extents[d] > 1; });
  auto form = op->getAttrOfType<StringAttr>("nn.form");
  scatter = form && form.getValue() == "scatter";
  segments = segmentsOf(this->op);
}

/// Cycles of a body at one block of lanes, counting two operations a cycle.
double CostModel::bodyCost() const {
  double total = 1;
  EquationOp equation = op;
  for (Operation &inner : equation.getBodyBlock().without_terminator()) {
    bool wide = inner.getNumResults() && inner.getResult(0).getType().isF64();
    if (isa<RandomOp>(inner))
      total += 120;
    else if (isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp, math::FmaOp>(inner))
      total += wide ? 40.0 * lanes : lanes == 1 ? 40 : 25;
    else if (isa<arith::DivFOp>(inner))
      total += 8;
    else if (isa<DotPairsOp>(inner))
      total += dotsPairs ? 1 : 2;
    else if (!isa<arith::ConstantOp>(inner))
      total += 1;
  }
  return total;
}

/// Tiles over several cells are not worth it, or not right, where cells depend on each other.
bool CostModel::mayTile() const {
  EquationOp equation = op;
  return reduces && !scatter && !equation.getDrop();
}

/// True if a condition differs among the points of an index and is no bound: they are guarded one by one.
bool CostModel::isGuarded(int dim) const {
  return dim >= 0 && llvm::any_of(info.constraints, [&](const Constraint &c) {
           return info.dimsOf(c.expr).test(dim) && !info.isBound(c);
         });
}

/// Of a block of lanes, in loads. One that lies in two lines of the cache is read twice.
double CostModel::costOf(const ReadCost &read) const {
  double vector = read.splits ? 1 + double(lanes) / maxLanes : 1;
  if (read.transposed)
    return vector + llvm::Log2_32(lanes);
  return read.access == Access::Gather ? 2.0 * lanes : read.access == Access::EverySecond ? 3 : vector;
}

/// True if the first element of a vector along an index of unit stride is not always a multiple of lanes: in a window,
/// or in rows that are no whole number of vectors long.
bool CostModel::splitsLines(Value buffer, AffineMap map) const {
  ArrayRef<int64_t> shape = cast<MemRefType>(buffer.getType()).getShape();
  for (unsigned d = 0; d < info.dims; ++d) {
    std::optional<int64_t> stride = info.strideOf(map, shape, d);
    if (int(d) != vectorDim && info.extents[d] > 1 && stride.value_or(1) % lanes != 0)
      return true;
  }
  return false;
}

double CostModel::stepCost(int64_t a, int64_t b, int64_t vectors) const {
  double loads = 0, blocks = double(a * b * vectors);
  for (const ReadCost &read : reads) {
    double distinct = read.access == Access::Uniform ? 1 : vectors;
    distinct *= tile.first >= 0 && read.dims.test(tile.first) ? a : 1;
    distinct *= tile.second >= 0 && read.dims.test(tile.second) ? b : 1;
    loads += distinct * costOf(read);
  }
  double cycles = 0.5 * (arithmetic * blocks + loads);
  return (reduces ? std::max(cycles, 4.0) : cycles) + 1;
}

/// The share of tiles that conditions leave.
double CostModel::shareOfTiles(const Tile &t) const {
  SmallVector<int64_t> steps(info.dims, 1);
  if (t.first >= 0)
    steps[t.first] = t.firstSize;
  if (t.second >= 0)
    steps[t.second] = t.secondSize;
  if (vectorDim >= 0)
    steps[vectorDim] = lanes * t.vectors;
  double share = 1;
  for (const Constraint &c : info.constraints)
    if (info.isBound(c))
      share *= info.shareOfTurns(c, steps);
  return share;
}

double CostModel::cost(const Tile &t) const {
  double total = 0;
  auto pieces = [&](int64_t size, int64_t step, int dim = -1) {
    SmallVector<std::pair<int64_t, int64_t>> result{{step, size / step}};
    int64_t rest = size % step;
    if (dim < 0 || dim != frame.dim || frame.fullStripes)
      result.push_back({rest, rest ? 1 : 0});
    else
      for (int64_t rows : tailTiles(step)) {
        result.push_back({rows, rest / rows});
        rest %= rows;
      }
    return result;
  };
  int64_t blocks = lanes > 1 ? llvm::divideCeil(extent(vectorDim), lanes) : 1;
  for (auto [a, countA] : pieces(t.first >= 0 ? extent(t.first) : 1, t.firstSize, t.first))
    for (auto [b, countB] : pieces(t.second >= 0 ? extent(t.second) : 1, t.secondSize, t.second))
      for (auto [v, countV] : pieces(blocks, t.vectors))
        if (int64_t tiles = countA * countB * countV)
          total += stepCost(a, b, v) * double(tiles);
  double cells = 1;
  for (unsigned d : info.parallel)
    if (int(d) != vectorDim && int(d) != t.first && int(d) != t.second)
      total *= double(extent(d));
  for (unsigned d : info.reduced)
    if (int(d) != vectorDim)
      total *= double(extent(d));
  for (unsigned d : info.parallel)
    cells *= double(extent(d));
  bool apart = vectorDim >= 0 && !dot && turnDim < 0 && !info.isUnitStride(EquationOp(op).getWrite(), vectorDim);
  return total * shareOfTiles(t) + cells * (dot ? 8 : apart ? 2 : 0);
}

bool CostModel::fits(const Tile &t) const {
  int64_t accumulators = t.firstSize * t.secondSize * t.vectors;
  if (accumulators == 1)
    return true;
  if (squareDim >= 0)
    return accumulators * arithmetic <= 256;
  if (!reduces)
    return accumulators * arithmetic <= 64 && accumulators <= 8;
  // One operand's vectors of the tile are held, the other comes from memory.
  int64_t held = 1;
  for (const ReadCost &read : reads)
    if (read.access != Access::Uniform || dot)
      held += (tile.first >= 0 && read.dims.test(tile.first) ? t.firstSize : 1) *
              (tile.second >= 0 && read.dims.test(tile.second) ? t.secondSize : 1) * (dot ? 1 : t.vectors);
  return accumulators + held <= registers && accumulators * arithmetic <= 96;
}

void CostModel::tryTiles(int first, int second) {
  static const int64_t sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16};
  for (int64_t a : sizes)
    for (int64_t b : sizes)
      for (int64_t vectors : {1, 2, 4}) {
        tile = {first, second, a, b, vectors};
        if ((first < 0 && a > 1) || (turnDim >= 0 && a != 2) || (second < 0 && b > 1) ||
            (squareDim >= 0 && (a != lanes || vectors > 1)) || (first >= 0 && a > extent(first)) ||
            (second >= 0 && b > extent(second)) || (lanes == 1 && vectors > 1) ||
            (vectors > 1 && (int64_t(lanes) * (vectors - 1) >= extent(vectorDim) || isGuarded(vectorDim))) ||
            !fits(tile))
          continue;
        double total = cost(tile);
        if (total >= best)
          continue;
        best = total;
        result.vectorDim = vectorDim;
        result.dot = dot;
        result.turnDim = turnDim;
        result.squareDim = squareDim;
        result.lanes = lanes;
        result.tile.assign(info.dims, 1);
        if (first >= 0)
          result.tile[first] = a;
        if (second >= 0)
          result.tile[second] = b;
        if (vectorDim >= 0)
          result.tile[vectorDim] = lanes * vectors;
      }
}

/// The index whose cells lie between those of `d`, if there is one.
int CostModel::turnDimOf(unsigned d) const {
  EquationOp equation = op;
  AffineMap write = equation.getWrite();
  Combine combine = equation.getCombine();
  if (info.strideOf(write, d) != 2 || scatter || equation.getDrop() || int(d) == frame.dim ||
      combine == Combine::argmax || combine == Combine::argmin)
    return -1;
  for (unsigned other : info.parallel)
    if (info.extents[other] == 2 && info.isUnitStride(write, other) && !isGuarded(other) && int(other) != frame.dim)
      return int(other);
  return -1;
}

/// True if vectors may run along `d` although their lanes are stored one by one; see Note [Cells apart].
bool CostModel::storesApart(unsigned d) const {
  EquationOp equation = op;
  if (scatter || equation.getDrop() || int(d) == frame.dim || info.isUnitStride(equation.getWrite(), d))
    return false;
  for (AffineExpr expr : equation.getWrite().getResults())
    if (!info.coefficient(expr, d))
      return false;
  for (unsigned k = 0; k < equation.getInputs().size(); ++k)
    if (info.dimsOf(equation.getRead(k)).test(d) && !info.isUnitStride(equation.getRead(k), d))
      return false;
  for (unsigned j = 0; j < equation.getNumSymbols(); ++j)
    if (info.dimsOf(equation.getTableMap(j)).test(d))
      return false;
  return true;
}

void CostModel::tryVectorDim(int dim, bool isDot, int turns) {
  // The places of a group are few, and found one after another.
  if (segments && dim >= 0 && (unsigned(dim) == segments->group || unsigned(dim) == segments->place))
    return;
  vectorDim = dim;
  dot = isDot;
  turnDim = turns;
  lanes = dim < 0 ? 1 : std::min<int64_t>(maxLanes, llvm::PowerOf2Ceil(extent(dim)));
  if (dim >= 0 && lanes < 2)
    return;
  arithmetic = bodyCost();
  reads.clear();
  EquationOp equation = op;
  auto add = [&](Value buffer, AffineMap map) {
    llvm::SmallBitVector dims = info.dimsOf(map);
    Access access = dim < 0 || !dims.test(dim)     ? Access::Uniform
                    : info.isUnitStride(map, dim)  ? Access::Unit
                    : info.strideOf(map, dim) == 2 ? Access::EverySecond
                                                   : Access::Gather;
    reads.push_back({dims, access, access == Access::Unit && splitsLines(buffer, map)});
  };
  for (unsigned k = 0; k < equation.getInputs().size(); ++k)
    add(equation.getInputs()[k], equation.getRead(k));
  for (unsigned j = 0; j < equation.getNumSymbols(); ++j)
    add(equation.getTables()[j], equation.getTableMap(j));
  if (turnDim >= 0)
    return tryTiles(turnDim, -1);
  tryTiles(-1, -1);
  trySquares();
  if (!mayTile())
    return;
  for (unsigned a : info.parallel)
    if (int(a) != dim && extent(a) > 1 && !isGuarded(a)) {
      tryTiles(a, -1);
      for (unsigned c : info.parallel)
        if (c > a && int(c) != dim && extent(c) > 1 && !isGuarded(c) && isDot)
          tryTiles(a, c);
    }
}

bool nn::isTransposed(const EquationInfo &info, unsigned k, int vectorDim, int square) {
  EquationOp equation = info.op;
  AffineMap map = equation.getRead(k);
  if (square < 0 || vectorDim < 0 || !info.constraints.empty() || !info.isUnitStride(map, square) ||
      !info.dimsOf(map).test(vectorDim))
    return false;
  auto isLinear = [&](AffineExpr expr) { return info.coefficient(expr, square) && info.coefficient(expr, vectorDim); };
  auto type = cast<MemRefType>(equation.getInputs()[k].getType());
  return llvm::all_of(map.getResults(), isLinear) && !equation.getFillValue(k) && !type.getElementType().isInteger(1);
}

/// Tiles of a map in which what is gathered otherwise lies along an index of which the tile holds a square.
void CostModel::trySquares() {
  EquationOp equation = op;
  auto isWhole = [&](unsigned d) {
    return extent(d) % lanes == 0 && (int(d) != frame.dim || frame.fullStripes) && !isGuarded(d);
  };
  if (reduces || scatter || equation.getDrop() || lanes < 2 || !isWhole(vectorDim))
    return;
  SmallVector<ReadCost> asGathered = reads;
  for (unsigned d : info.parallel) {
    if (int(d) == vectorDim || !isWhole(d))
      continue;
    bool any = false;
    for (unsigned k = 0; k < equation.getInputs().size(); ++k)
      any |= reads[k].transposed = isTransposed(info, k, vectorDim, d);
    squareDim = any ? int(d) : -1;
    if (any)
      tryTiles(d, -1);
    squareDim = -1;
    reads = asGathered;
  }
}

Schedule CostModel::choose() {
  result.tile.assign(info.dims, 1);
  tryVectorDim(-1, false);
  Combine combine = op.getCombine();
  bool keepOrder = scatter && combine == Combine::map;
  for (unsigned d : info.parallel) {
    bool sideBySide = info.isUnitStride(op.getWrite(), d) && (!keepOrder || d + 1 == info.dims);
    int turns = sideBySide ? -1 : turnDimOf(d);
    if (sideBySide || turns >= 0 || storesApart(d))
      tryVectorDim(d, false, turns);
  }
  if (combine == Combine::sum || combine == Combine::prod || combine == Combine::max || combine == Combine::min)
    for (unsigned d : info.reduced)
      tryVectorDim(d, true);
  // The frame's loop is outermost, unless another order moves less.
  for (unsigned d : info.parallel)
    if (int(d) == frame.dim && !keepOrder)
      result.parallelOrder.push_back(d);
  for (unsigned d : info.parallel)
    if ((int(d) != frame.dim || keepOrder) && !llvm::is_contained(frame.outer, d))
      result.parallelOrder.push_back(d);
  for (unsigned d : info.reduced)
    if (!result.dot || int(d) != result.vectorDim)
      result.reduceOrder.push_back(d);
  if (result.dot)
    result.reduceOrder.push_back(result.vectorDim);
  // Loops as they stand: a group's places follow from the loop over groups.
  if (mayTile() && !segments)
    orderLoops(info, frame, result);
  return result;
}

SmallVector<int64_t> nn::tailTiles(int64_t tile) {
  SmallVector<int64_t> rows;
  for (int64_t part = llvm::bit_floor(uint64_t(std::max<int64_t>(tile - 1, 0))); part; part /= 2)
    rows.push_back(part);
  return rows;
}

Schedule nn::chooseSchedule(const EquationInfo &info, ISA isa, const FrameInfo &frame) {
  return CostModel(info, isa, frame).choose();
}

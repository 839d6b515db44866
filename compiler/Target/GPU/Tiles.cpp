// Recognizes contractions and chooses their tiles; see Note [Tiles].
#include "Target/GPU/Tiles.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Target/GPU/Overlaps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

/// What is less leaves most of a tile empty: cells of one thread, or shared ones, do as well.
static constexpr int64_t leastWidth = 32, leastTerms = 16;
/// Of tiles: one for each multiprocessor of a GPU of today, or smaller ones.
static constexpr int64_t enoughTiles = 128;
/// Terms of a part of a sum: what is added up in the end is small beside them.
static constexpr int64_t leastPart = 256;
/// Of a block, without asking the driver for more.
static constexpr int64_t sharedBytes = 48 * 1024;

int64_t Contraction::countPoints(ArrayRef<unsigned> along) const { return nn::countPoints(extents, along); }

int64_t Contraction::tiles() const {
  return countPoints(batch) * llvm::divideCeil(countPoints(rows), height) *
         llvm::divideCeil(countPoints(columns), width);
}

int64_t Contraction::bytes() const { return stages * (height + width) * tileDepth * int64_t(sizeof(float)); }

static bool isZeroAttribute(TypedAttr value) {
  if (auto real = dyn_cast<FloatAttr>(value))
    return real.getValue().isPosZero();
  auto integer = dyn_cast<IntegerAttr>(value);
  return integer && integer.getValue().isZero();
}

/// Collects what a scalar of the body is computed from; false if that is more than inputs.
static bool collect(Value value, SmallVectorImpl<unsigned> &inputs) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!llvm::is_contained(inputs, argument.getArgNumber()))
      inputs.push_back(argument.getArgNumber());
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (!isa<RoundOp, arith::ConstantOp, arith::MulFOp, arith::NegFOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) { return collect(operand, inputs); });
}

/// Bits behind the leading one.
static constexpr unsigned bf16Mantissa = 7, tf32Mantissa = 10, f32Mantissa = 23;

/// To how many bits a factor is rounded.
static unsigned mantissaOf(Value factor) {
  auto round = factor.getDefiningOp<RoundOp>();
  return round ? round.getMantissa() : f32Mantissa;
}

/// Finds the factors of a sum of products; false if it is none.
static bool findFactors(EquationOp op, Contraction &result) {
  Operation *product = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp();
  if (op.getCombine() != Combine::sum || !product || !isa<arith::MulFOp, DotPairsOp>(product) ||
      !product->getResult(0).getType().isF32())
    return false;
  result.left.value = product->getOperand(0);
  result.right.value = product->getOperand(1);
  unsigned mantissas[] = {mantissaOf(result.left.value), mantissaOf(result.right.value)};
  if (isa<DotPairsOp>(product)) {
    result.words = Words::Pairs;
  } else if (llvm::all_equal(mantissas) && mantissas[0] == bf16Mantissa) {
    result.words = Words::Pairs;
    result.wordPoints = 2;
  } else if (llvm::all_of(mantissas, [](unsigned bits) { return bits <= tf32Mantissa; })) {
    result.words = Words::Tf32;
  }
  return true;
}

static llvm::SmallBitVector dimsOf(const EquationInfo &info, const Factor &factor) {
  EquationOp op = info.op;
  llvm::SmallBitVector dims(info.dims);
  for (unsigned k : factor.inputs)
    dims |= info.dimsOf(op.getRead(k));
  return dims;
}

/// True if tables are only asked for numbers that are the same everywhere, such as how many examples there are, and
/// only by conditions.
static bool asksTablesForBounds(const EquationInfo &info) {
  EquationOp op = info.op;
  for (unsigned j = 0; j < op.getNumSymbols(); ++j) {
    auto uses = [j](AffineMap map) { return map.isFunctionOfSymbol(j); };
    if (info.dimsOf(op.getTableMap(j)).any() || uses(op.getWrite()) ||
        llvm::any_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned k) { return uses(op.getRead(k)); }))
      return false;
  }
  return true;
}

/// Gives each condition to the cells, or to each factor that moves with all its indices: what nobody reads may never
/// have been computed. False if there is none.
static bool placeConditions(const EquationInfo &info, Contraction &result, const llvm::SmallBitVector &left,
                            const llvm::SmallBitVector &right) {
  for (const Constraint &c : info.constraints) {
    llvm::SmallBitVector dims = info.dimsOf(c.expr);
    bool ofCells = llvm::none_of(info.reduced, [&](unsigned d) { return dims.test(d); });
    bool ofLeft = !dims.test(left), ofRight = !dims.test(right);
    if (!ofCells && !ofLeft && !ofRight)
      return false;
    if (ofCells)
      result.cellConditions.push_back(c);
    if (ofLeft)
      result.left.conditions.push_back(c);
    if (ofRight)
      result.right.conditions.push_back(c);
  }
  return true;
}

/// Which summed index a factor lies along in memory; the last of them then is that one.
static void orderSum(const EquationInfo &info, Contraction &result) {
  EquationOp op = info.op;
  auto lies = [&](const Factor &factor, unsigned d) {
    return info.extents[d] > 1 && info.isUnitStride(op.getRead(factor.inputs.front()), d);
  };
  auto last = llvm::find_if(result.summed, [&](unsigned d) { return lies(result.left, d); });
  if (last == result.summed.end())
    last = llvm::find_if(result.summed, [&](unsigned d) { return lies(result.right, d); });
  if (last != result.summed.end())
    std::rotate(last, last + 1, result.summed.end());
  for (Factor *factor : {&result.left, &result.right})
    factor->alongSum = lies(*factor, result.summed.back());
}

static constexpr int64_t edges[] = {128, 64, 32};

/// Tiles of a size; 0: they would be empty by half.
static int64_t tilesOf(Contraction &result, int64_t edge) {
  result.height = result.width = edge;
  bool fits = result.countPoints(result.rows) > edge / 2 && result.countPoints(result.columns) > edge / 2;
  return fits ? result.tiles() : 0;
}

/// The largest tile of which there are enough, or the smallest.
static void chooseTile(Contraction &result) {
  for (int64_t edge : edges)
    if (tilesOf(result, edge) >= enoughTiles)
      return;
}

/// Of a stripe, whose tiles one block does: the largest edge that leaves at most a third empty, or the least.
static int64_t edgeInStripe(int64_t points, int64_t least) {
  for (int64_t edge : edges)
    if (edge > least && int64_t(llvm::alignTo(points, edge)) * 3 <= points * 4)
      return edge;
  return least;
}

/// Fragments that each warp has one of are the least of a tile for tensor cores.
static void chooseTileInStripe(Contraction &result) {
  constexpr int64_t leastFragments = 16, leastCells = 1024;
  int64_t least = result.onTensorCores() ? leastFragments : edges[std::size(edges) - 1];
  result.height = edgeInStripe(result.countPoints(result.rows), least);
  result.width = edgeInStripe(result.countPoints(result.columns), least);
  int64_t &shorter = result.height < result.width ? result.height : result.width;
  shorter = std::max(shorter, leastCells / std::max(result.height, result.width));
}

int64_t nn::partsOf(const EquationInfo &info, const Contraction &contraction) {
  Contraction tried = contraction;
  int64_t most = std::max<int64_t>(1, tried.terms() / leastPart);
  for (int64_t edge : edges) {
    int64_t tiles = tilesOf(tried, edge);
    if (tiles == 0)
      continue;
    int64_t parts = llvm::divideCeil(enoughTiles, tiles);
    if (parts <= most)
      return parts;
  }
  return most;
}

/// True if a condition holds at all points of a group of words along an index, or at none.
static bool holdsForGroups(const EquationInfo &info, const Constraint &condition, unsigned along) {
  if (!info.dimsOf(condition.expr).test(along))
    return true;
  auto factor = info.coefficient(condition.expr, along);
  if (condition.equality || usesSymbols(condition.expr) || !factor || std::abs(*factor) != 1)
    return false;
  // The first word decides if the factor is -1, or the last one.
  AffineExpr rest = condition.expr - getAffineDimExpr(along, EquationOp(info.op).getContext()) * *factor;
  return simplifyAffineExpr(*factor < 0 ? rest + 1 : rest, info.dims, 0).isMultipleOf(groupWords);
}

/// How a factor gets to shared memory by copies; see Note [Copies].
static int64_t copiedWords(const EquationInfo &info, const Contraction &result, const Factor &factor,
                           ArrayRef<unsigned> lines, int64_t edge, llvm::function_ref<bool(Value)> isInShared) {
  EquationOp op = info.op;
  auto argument = dyn_cast<BlockArgument>(factor.value);
  if (!argument)
    return 0;
  unsigned input = argument.getArgNumber();
  if (isInShared(op.getInputs()[input]))
    return 0;
  AffineMap read = op.getRead(input);
  if (TypedAttr fill = op.getFillValue(input); fill && !isZeroAttribute(fill))
    return 0;
  unsigned along = factor.alongSum ? result.summed.back() : lines.back();
  auto beginsGroups = [&] {
    AffineExpr first = read.getResults().back() - getAffineDimExpr(along, op.getContext());
    return simplifyAffineExpr(first, info.dims, 0).isMultipleOf(groupWords);
  };
  auto shape = cast<MemRefType>(op.getInputs()[input].getType()).getShape();
  bool together = result.onTensorCores() == factor.alongSum && edge * tileDepth >= groupWords * tileThreads &&
                  isAligned(op.getInputs()[input]) && info.extents[along] % groupWords == 0 &&
                  shape.back() % groupWords == 0 && info.isUnitStride(read, along) && beginsGroups() &&
                  llvm::all_of(factor.conditions, [&](const Constraint &c) { return holdsForGroups(info, c, along); });
  return together ? groupWords : 1;
}

/// Copies, and as many stages as are of use and have room. In a stripe the room is that of its values.
static void chooseStages(const EquationInfo &info, Contraction &result, bool inStripe) {
  auto isInShared = [&](Value buffer) { return inStripe && buffer.getDefiningOp<ScratchOp>(); };
  result.left.copied = copiedWords(info, result, result.left, result.rows, result.height, isInShared);
  result.right.copied = copiedWords(info, result, result.right, result.columns, result.width, isInShared);
  result.stages = 1;
  bool copies = !inStripe && (result.left.copied > 0 || result.right.copied > 0);
  result.stages = copies ? std::min(mostStages, sharedBytes / result.bytes()) : 2;
}

std::optional<Contraction> nn::contractionOf(const EquationInfo &info, const FrameInfo &frame) {
  EquationOp op = info.op;
  Contraction result;
  for (auto [d, extent] : llvm::enumerate(info.extents))
    result.extents.push_back(frame.extentOf(unsigned(d), extent));
  bool inStripe = frame.dim >= 0;
  if (!findFactors(op, result) || !asksTablesForBounds(info) || op->hasAttr(segmentsAttrName) || !info.injective)
    return std::nullopt;
  for (Factor *factor : {&result.left, &result.right})
    if (!collect(factor->value, factor->inputs) || factor->inputs.empty())
      return std::nullopt;
  // The index along which the result lies in memory is a column: neighbouring threads write neighbouring words.
  auto last = llvm::find_if(info.parallel, [&](unsigned d) { return info.isUnitStride(op.getWrite(), d); });
  if (last != info.parallel.end() && !dimsOf(info, result.right).test(*last))
    std::swap(result.left, result.right);
  llvm::SmallBitVector left = dimsOf(info, result.left), right = dimsOf(info, result.right);
  for (unsigned d : info.parallel) {
    if (!left.test(d) && !right.test(d))
      return std::nullopt;
    (left.test(d) && right.test(d) ? result.batch : left.test(d) ? result.rows : result.columns).push_back(d);
  }
  result.summed.assign(info.reduced.begin(), info.reduced.end());
  if (std::min(result.countPoints(result.rows), result.countPoints(result.columns)) <
          (inStripe ? leastWidth / 2 : leastWidth) ||
      result.terms() < leastTerms)
    return std::nullopt;
  if (!placeConditions(info, result, left, right))
    return std::nullopt;
  orderSum(info, result);
  if (inStripe)
    chooseTileInStripe(result);
  else
    chooseTile(result);
  chooseStages(info, result, inStripe);
  return result;
}

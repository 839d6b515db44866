// Recognizes contractions and chooses their tiles; see Note [Tiles].
#include "Target/GPU/Tiles.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

/// What is less leaves most of a tile empty: cells of one thread, or shared ones, do as well.
static constexpr int64_t leastWidth = 32, leastTerms = 16;
/// Of tiles: one for each multiprocessor of a GPU of today, or smaller ones.
static constexpr int64_t enoughTiles = 128;

int64_t Contraction::tiles(const EquationInfo &info) const {
  return info.countPoints(batch) * llvm::divideCeil(info.countPoints(rows), height) *
         llvm::divideCeil(info.countPoints(columns), width);
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

static std::optional<std::pair<Value, Value>> factorsOf(EquationOp op, bool &pairs) {
  Operation *product = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp();
  if (op.getCombine() != Combine::sum || !product || !isa<arith::MulFOp, DotPairsOp>(product))
    return std::nullopt;
  pairs = isa<DotPairsOp>(product);
  if (!product->getResult(0).getType().isF32())
    return std::nullopt;
  return std::pair(product->getOperand(0), product->getOperand(1));
}

static llvm::SmallBitVector dimsOf(const EquationInfo &info, const Factor &factor) {
  EquationOp op = info.op;
  llvm::SmallBitVector dims(info.dims);
  for (unsigned k : factor.inputs)
    dims |= info.dimsOf(op.getRead(k));
  return dims;
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

/// The largest tile of which there are enough, or the smallest.
static void chooseTile(const EquationInfo &info, Contraction &result) {
  for (int64_t edge : {128, 64, 32}) {
    result.height = result.width = edge;
    bool fits = info.countPoints(result.rows) > edge / 2 && info.countPoints(result.columns) > edge / 2;
    if (fits && result.tiles(info) >= enoughTiles)
      return;
  }
}

std::optional<Contraction> nn::contractionOf(const EquationInfo &info) {
  EquationOp op = info.op;
  Contraction result;
  auto factors = factorsOf(op, result.pairs);
  if (!factors || !op.getTables().empty() || op->hasAttr(segmentsAttrName) || !info.injective)
    return std::nullopt;
  result.left.value = factors->first;
  result.right.value = factors->second;
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
  int64_t words = result.pairs ? 2 : 1;
  if (std::min(info.countPoints(result.rows), info.countPoints(result.columns)) < leastWidth ||
      info.countPoints(result.summed) * words < leastTerms)
    return std::nullopt;
  if (!placeConditions(info, result, left, right))
    return std::nullopt;
  orderSum(info, result);
  chooseTile(info, result);
  return result;
}

// pair-factors: stores factors that are rounded to bf16 as words of two, side by side along a summed index.
//
// Note [Pairs]
// A sum of products of bf16 is what processors multiply twice as fast as f32, if two neighbours along a summed index
// lie in one word: y[b, i] = sum[j] W[i, j] * x[b, j] becomes y[b, i] = sum[j'] W'[i, j'] . x'[b, j'], where
// x'[b, j'] holds x[b, 2j'] and x[b, 2j' + 1]. The words are ordinary elements of ordinary tensors with half as many
// rows, so layouts, kernels, vectors and register tiles are chosen as for any other contraction. Rounding happens once
// for each element instead of each time that it is a factor. A tensor that is a factor along several indices, as those
// of a layer are in its gradients, is paired along each. A pair whose second half lies behind the end holds 0 there.
#include "Kernels/OuterProducts.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

#include <map>

using namespace mlir;
using namespace nn;

/// Products for each element of a factor for which a copy is worth making, and the least length of the summed index.
static constexpr int64_t leastReuse = 8, leastLength = 4;
static constexpr int64_t bfloatMantissa = 7;

/// True if the equation sums products of its two inputs, both rounded to bf16, and does nothing else.
static bool multipliesRounded(EquationOp op) {
  if (op.getCombine() != Combine::sum || op.getInputs().size() != 2 || op.getDrop() || op.getFill())
    return false;
  auto product = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!product)
    return false;
  llvm::SmallBitVector seen(2);
  for (Value operand : product->getOperands()) {
    auto round = operand.getDefiningOp<RoundOp>();
    auto argument = round ? dyn_cast<BlockArgument>(round.getValue()) : BlockArgument();
    if (!argument || round.getMantissa() != bfloatMantissa)
      return false;
    seen.set(argument.getArgNumber());
  }
  return seen.all();
}

namespace {

/// What ends a summed index before its extent: it is less than `length`, of symbols alone.
struct Limit {
  AffineExpr length; ///< null where nothing does
};

/// A contraction, the index to pair along, and what ends that.
struct Candidate {
  unsigned index;
  Limit limit;
};

class FactorPairer {
public:
  explicit FactorPairer(Block &block) : products(block) {}
  void run(EquationOp equation);

private:
  std::optional<Candidate> choose(EquationOp equation);
  Value paired(EquationOp equation, const EquationParts &parts, unsigned input, const Candidate &candidate);

  OuterProducts products;
  /// By tensor, axis, and its limit: the scalar and what it says.
  std::map<std::tuple<void *, int, void *, void *>, Value> known;
};

} // namespace

/// What ends index `d`: nothing, or one condition that no other index takes part in, on one scalar that the run knows.
/// Nothing at all is returned if it is bounded in another way.
static std::optional<Limit> limitOf(const EquationParts &parts, unsigned d) {
  Limit limit;
  IntegerSet domain = parts.domain;
  if (!domain)
    return limit;
  AffineExpr index = getAffineDimExpr(d, parts.write.getContext());
  for (auto [expr, equality] : llvm::zip(domain.getConstraints(), domain.getEqFlags())) {
    if (!expr.isFunctionOfDim(d))
      continue;
    AffineExpr length = simplifyAffineExpr(expr + index + 1, parts.extents.size(), parts.tables.size());
    bool plain = !equality && !limit.length && parts.tables.size() == 1 && parts.tableMaps.front().getNumResults() == 0;
    for (unsigned other = 0; other < parts.extents.size(); ++other)
      plain &= !length.isFunctionOfDim(other);
    if (!plain)
      return std::nullopt;
    limit.length = length;
  }
  return limit;
}

static bool fillsAxis(EquationOp equation, const EquationParts &parts, unsigned input, unsigned d) {
  int axis = bareAxis(parts.reads[input], d);
  return axis >= 0 && cast<ShapedType>(equation.getInputs()[input].getType()).getDimSize(axis) == parts.extents[d];
}

/// The summed index to pair along: one that both factors have as an axis. One that no condition ends is better than
/// others, then an even one, then one that is no leading axis: that is what stripes run along.
std::optional<Candidate> FactorPairer::choose(EquationOp equation) {
  EquationParts parts = partsOf(equation);
  std::optional<Candidate> best;
  std::tuple<bool, bool, bool> bestRank;
  for (unsigned d : reducedDims(equation)) {
    std::optional<Limit> limit = limitOf(parts, d);
    bool usable = limit && parts.extents[d] >= leastLength && fillsAxis(equation, parts, 0, d) &&
                  fillsAxis(equation, parts, 1, d) &&
                  llvm::none_of(parts.tableMaps, [&](AffineMap map) { return map.isFunctionOfDim(d); });
    if (!usable)
      continue;
    std::tuple<bool, bool, bool> rank{!limit->length, parts.extents[d] % 2 == 0,
                                      bareAxis(parts.reads[0], d) > 0 && bareAxis(parts.reads[1], d) > 0};
    if (best && rank <= bestRank)
      continue;
    best = Candidate{d, *limit};
    bestRank = rank;
  }
  return best;
}

/// The equation that puts neighbours along an axis into words. What is not before the limit counts as 0; the first of a
/// pair is, wherever somebody reads it.
static EquationOp createWords(OpBuilder &builder, Location loc, Value tensor, int axis, Value table, int64_t bound,
                              Limit limit) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t length = type.getDimSize(axis);
  EquationParts words;
  words.extents = llvm::to_vector(type.getShape());
  words.extents[axis] = llvm::divideCeil(length, 2);
  unsigned rank = type.getRank(), symbols = table ? 1 : 0;
  auto mapTo = [&](AffineExpr place) {
    SmallVector<AffineExpr> results;
    for (unsigned k = 0; k < rank; ++k)
      results.push_back(int(k) == axis ? place : builder.getAffineDimExpr(k));
    return AffineMap::get(rank, symbols, results, builder.getContext());
  };
  if (table)
    words.addTable(table, AffineMap::get(rank, symbols, builder.getContext()), bound);
  AffineExpr index = builder.getAffineDimExpr(axis);
  words.addInput(tensor, mapTo(index * 2));
  words.addInput(tensor, mapTo(index * 2 + 1), length % 2 ? builder.getF32FloatAttr(0) : Attribute());
  words.write = mapTo(index);
  auto body = [&](OpBuilder &b, Location at, ValueRange scalars) -> Value {
    Value second = scalars[1];
    if (limit.length) {
      IntegerSet inside = IntegerSet::get(rank, symbols, {limit.length - index * 2 - 2}, {false});
      Value none = constantOf(b, at, b.getF32Type(), 0);
      second = arith::SelectOp::create(b, at, buildMembership(b, at, inside), second, none);
    }
    return PairOp::create(b, at, b.getI32Type(), scalars[0], second);
  };
  return EquationOp::create(builder, loc, words, RankedTensorType::get(words.extents, builder.getI32Type()), body);
}

/// The tensor that input reads, in words along the chosen index.
Value FactorPairer::paired(EquationOp equation, const EquationParts &parts, unsigned input,
                           const Candidate &candidate) {
  Value tensor = parts.inputs[input];
  int axis = bareAxis(parts.reads[input], candidate.index);
  AffineExpr length = candidate.limit.length;
  Value table = length ? parts.tables.front() : Value();
  Value &result = known[{tensor.getAsOpaquePointer(), axis, table.getAsOpaquePointer(),
                         const_cast<void *>(length.getAsOpaquePointer())}];
  OpBuilder builder(equation);
  if (!result)
    result = createWords(builder, equation.getLoc(), tensor, axis, table, table ? parts.tableBounds.front() : 0,
                         candidate.limit)
                 .getResult();
  return result;
}

/// The domain when index `d` counts words: a limit ends it at the last word that begins before it.
static IntegerSet domainOfWords(const EquationParts &parts, unsigned d, Limit limit) {
  if (!limit.length)
    return parts.domain;
  IntegerSet domain = parts.domain;
  AffineExpr index = getAffineDimExpr(d, parts.write.getContext());
  SmallVector<AffineExpr> constraints;
  for (AffineExpr expr : domain.getConstraints())
    constraints.push_back(expr.isFunctionOfDim(d) ? (limit.length + 1).floorDiv(2) - 1 - index : expr);
  return IntegerSet::get(parts.extents.size(), parts.tables.size(), constraints, domain.getEqFlags());
}

void FactorPairer::run(EquationOp equation) {
  if (!multipliesRounded(equation) || products.touches(equation))
    return;
  int64_t points = countPoints(equation.getExtents());
  for (Value input : equation.getInputs())
    if (points < leastReuse * cast<ShapedType>(input.getType()).getNumElements())
      return;
  std::optional<Candidate> candidate = choose(equation);
  if (!candidate)
    return;
  EquationParts parts = partsOf(equation);
  unsigned d = candidate->index;
  for (unsigned k : {0u, 1u})
    parts.inputs[k] = paired(equation, parts, k, *candidate);
  parts.extents[d] = llvm::divideCeil(parts.extents[d], 2);
  parts.domain = domainOfWords(parts, d, candidate->limit);
  replaceEquation(equation, parts, [](OpBuilder &b, Location loc, ValueRange scalars) -> Value {
    return DotPairsOp::create(b, loc, b.getF32Type(), scalars[0], scalars[1]);
  });
}

namespace {
struct PairFactors : PassWrapper<PairFactors, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PairFactors)
  StringRef getArgument() const final { return "nn-pair-factors"; }
  StringRef getDescription() const final { return "store factors that are rounded to bf16 as words of two"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      Block &block = function.getBody().front();
      FactorPairer pairer(block);
      for (EquationOp equation : llvm::to_vector(block.getOps<EquationOp>()))
        pairer.run(equation);
    }
  }
};
} // namespace

std::unique_ptr<Pass> nn::createPairFactorsPass() { return std::make_unique<PairFactors>(); }

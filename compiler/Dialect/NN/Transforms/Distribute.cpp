// distribute: multiplies a sum of terms with equal indices into contractions, term by term.
#include "Dialect/NN/Transforms/Passes.h"
#include "Dialect/NN/Transforms/Rewrites.h"

#include "llvm/ADT/SmallBitVector.h"

namespace nn {
#define GEN_PASS_DEF_DISTRIBUTE
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

/// More terms than this are left as one tensor.
static constexpr unsigned mostTerms = 64;

/// The terms of a sum.
static void collectTerms(Value value, SmallVectorImpl<Value> &terms) {
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return terms.push_back(value);
  collectTerms(sum.getLhs(), terms);
  collectTerms(sum.getRhs(), terms);
}

/// True for a conjunction of equalities of indices.
static bool isEquality(Value condition) {
  Operation *def = condition.getDefiningOp();
  if (isa_and_nonnull<arith::AndIOp>(def))
    return isEquality(def->getOperand(0)) && isEquality(def->getOperand(1));
  auto compare = dyn_cast_or_null<arith::CmpIOp>(def);
  return compare && compare.getPredicate() == arith::CmpIPredicate::eq && compare.getLhs().getDefiningOp<IndexOp>() &&
         compare.getRhs().getDefiningOp<IndexOp>();
}

/// True for `select(equality, value, 0)`.
static bool isMaskedByEquality(Value term) {
  auto select = term.getDefiningOp<arith::SelectOp>();
  auto zero = select ? select.getFalseValue().getDefiningOp<arith::ConstantOp>() : arith::ConstantOp();
  auto number = zero ? dyn_cast<FloatAttr>(zero.getValue()) : FloatAttr();
  return number && number.getValue().isZero() && isEquality(select.getCondition());
}

/// True if the map is a sum of terms of which some are masked by equalities of indices.
static bool isSumOfMaskedTerms(EquationOp op) {
  if (!op || !isPlainMap(op) || op.getNumSymbols())
    return false;
  SmallVector<Value> terms;
  collectTerms(op.getBodyBlock().getTerminator()->getOperand(0), terms);
  return terms.size() <= mostTerms && llvm::any_of(terms, isMaskedByEquality);
}

namespace {

/// A contraction one of whose factors is such a sum.
class TermwiseContraction {
public:
  explicit TermwiseContraction(EquationOp op) : op(op) {}
  /// The equation that adds up the terms, or `op` if it is no such contraction.
  EquationOp distribute();

private:
  /// What a term adds to the result: a tensor, where the result's points read it, and which indices of these are equal.
  struct Part {
    Value tensor;
    SmallVector<AffineExpr> read;
    SmallVector<std::pair<unsigned, unsigned>> equal;
  };

  std::optional<unsigned> summedInput();
  EquationOp termEquation(ArrayRef<Value> factors, Value sum, Value term);
  Part partOf(EquationOp term);
  EquationOp addParts(ArrayRef<Part> parts);

  EquationOp op;
};

} // namespace

/// The input that is a sum of masked terms, and a factor of the body.
std::optional<unsigned> TermwiseContraction::summedInput() {
  bool plain = op.getCombine() == Combine::sum && !op.getDomain() && !op.getDrop() && op.getNumSymbols() == 0 &&
               !op.getFill() && op->getNumResults() == 1 && op.getWrite().isProjectedPermutation();
  if (!plain || reducedDims(op).empty())
    return std::nullopt;
  SmallVector<Value> factors;
  collectFactors(op.getBodyBlock().getTerminator()->getOperand(0), factors);
  for (Value factor : factors) {
    auto argument = dyn_cast<BlockArgument>(factor);
    if (!argument || !argument.hasOneUse())
      continue;
    unsigned k = argument.getArgNumber();
    if (isSumOfMaskedTerms(op.getInputs()[k].getDefiningOp<EquationOp>()) && canInlineProducer(op, k))
      return k;
  }
  return std::nullopt;
}

/// The contraction with `term` in place of the sum: a masked term is masked as a whole, so that its condition can
/// become the domain.
EquationOp TermwiseContraction::termEquation(ArrayRef<Value> factors, Value sum, Value term) {
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  auto masked = isMaskedByEquality(term) ? term.getDefiningOp<arith::SelectOp>() : arith::SelectOp();
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) {
    IRMapping values;
    copyBody(inner, op, scalars, {}, {}, &values);
    Value product = values.lookup(masked ? masked.getTrueValue() : term);
    for (Value factor : factors)
      if (factor != sum)
        product = arith::MulFOp::create(inner, at, product, values.lookup(factor));
    if (!masked)
      return product;
    return arith::SelectOp::create(inner, at, values.lookup(masked.getCondition()), product,
                                   values.lookup(masked.getFalseValue()))
        .getResult();
  };
  auto made = dropUnused(EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body));
  return eliminateEqualities(liftConditions(made));
}

/// Which indices of the box a read, the domain or the body uses.
static llvm::SmallBitVector usedIndices(EquationOp op) {
  llvm::SmallBitVector used(op.getNumDims());
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    for (unsigned k = 0; k < op.getInputs().size(); ++k)
      used[d] = used[d] || op.getRead(k).isFunctionOfDim(d);
    if (auto domain = op.getDomain())
      for (AffineExpr constraint : domain->getConstraints())
        used[d] = used[d] || constraint.isFunctionOfDim(d);
  }
  op.getBody().walk([&](IndexOp index) { used.set(index.getDim()); });
  return used;
}

/// The term without the axes of its result along which it is the same, and with one for axes whose indices are equal.
TermwiseContraction::Part TermwiseContraction::partOf(EquationOp term) {
  Part part;
  MLIRContext *context = op.getContext();
  llvm::SmallBitVector used = usedIndices(term);
  SmallVector<std::pair<unsigned, unsigned>> first; // index of the box, axis of the result
  SmallVector<AffineExpr> write;
  SmallVector<int64_t> shape;
  for (auto [axis, expr] : llvm::enumerate(term.getWrite().getResults())) {
    unsigned index = cast<AffineDimExpr>(expr).getPosition();
    auto *known = llvm::find_if(first, [&](auto &entry) { return entry.first == index; });
    if (known != first.end()) {
      part.equal.push_back({known->second, unsigned(axis)});
      continue;
    }
    first.push_back({index, unsigned(axis)});
    if (!used[index])
      continue;
    write.push_back(expr);
    shape.push_back(term.getExtents()[index]);
    part.read.push_back(getAffineDimExpr(axis, context));
  }
  // Indices that nothing uses and that the result has no axis for only repeat: they are left out, not summed.
  OpBuilder builder(term);
  SmallVector<AffineExpr> now;
  SmallVector<int64_t> extents;
  for (unsigned d = 0; d < term.getNumDims(); ++d) {
    bool repeats = !used[d] && term.getWrite().isFunctionOfDim(d);
    now.push_back(repeats ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(extents.size()));
    if (!repeats)
      extents.push_back(term.getExtents()[d]);
  }
  EquationParts parts = EquationParts::of(term);
  parts.write = AffineMap::get(term.getNumDims(), 0, write, context);
  parts.substitute(now, {}, extents);
  if (isPermutation(parts.write) && !parts.domain)
    parts.combine = Combine::map;
  auto type = RankedTensorType::get(shape, term.getResultType().getElementType());
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, term, scalars, now); };
  auto made = EquationOp::create(builder, term.getLoc(), parts, type, body);
  term.erase();
  part.tensor = orderContraction(countRepetitions(made)).getResult();
  return part;
}

EquationOp TermwiseContraction::addParts(ArrayRef<Part> parts) {
  OpBuilder builder(op);
  EquationParts sum;
  auto type = cast<RankedTensorType>(op.getResult().getType());
  unsigned rank = unsigned(type.getRank());
  sum.extents.assign(type.getShape().begin(), type.getShape().end());
  sum.write = builder.getMultiDimIdentityMap(rank);
  for (const Part &part : parts)
    sum.addInput(part.tensor, AffineMap::get(rank, 0, part.read, op.getContext()));
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) {
    Value total;
    auto index = [&](unsigned axis) -> Value { return IndexOp::create(inner, at, inner.getI32Type(), axis); };
    for (auto [part, scalar] : llvm::zip(parts, scalars)) {
      Value value = scalar;
      for (auto [a, b] : part.equal) {
        Value same = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, index(a), index(b));
        value = arith::SelectOp::create(inner, at, same, value, constantOf(inner, at, value.getType(), 0));
      }
      total = total ? Value(arith::AddFOp::create(inner, at, total, value)) : value;
    }
    return total;
  };
  return EquationOp::create(builder, op.getLoc(), sum, type, body);
}

EquationOp TermwiseContraction::distribute() {
  auto k = summedInput();
  if (!k)
    return op;
  // The factor that the input is, by its place among the factors.
  SmallVector<Value> factors, terms;
  collectFactors(op.getBodyBlock().getTerminator()->getOperand(0), factors);
  unsigned place = llvm::find(factors, op.getBodyBlock().getArgument(*k)) - factors.begin();
  op = inlineProducer(op, *k);
  factors.clear();
  collectFactors(op.getBodyBlock().getTerminator()->getOperand(0), factors);
  Value sum = factors[place];
  collectTerms(sum, terms);
  SmallVector<Part> parts;
  for (Value term : terms)
    parts.push_back(partOf(termEquation(factors, sum, term)));
  EquationOp result = addParts(parts);
  op.getResult().replaceAllUsesWith(result.getResult());
  op.erase();
  return result;
}

namespace {
struct DistributePass : nn::impl::DistributeBase<DistributePass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    rewriteEquations(getOperation().getBody().front(), [](EquationOp op) { TermwiseContraction(op).distribute(); });
    cleanUp(getOperation());
  }
};
} // namespace

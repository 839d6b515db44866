// Contractions: the order in which a sum of products is summed, and indices that only count.
#include "Dialect/NN/Transforms/Rewrites.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace nn;

void nn::collectFactors(Value value, SmallVectorImpl<Value> &factors) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return factors.push_back(value);
  collectFactors(product.getLhs(), factors);
  collectFactors(product.getRhs(), factors);
}

/// Which box indices a scalar of the body depends on; nothing if it depends on more than the point and the inputs.
static std::optional<llvm::SmallBitVector> usedDims(EquationOp op, Value value) {
  llvm::SmallBitVector dims(op.getNumDims());
  SmallVector<Value> pending{value};
  llvm::DenseSet<Value> seen;
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      AffineMap read = op.getRead(argument.getArgNumber());
      for (unsigned d = 0; d < op.getNumDims(); ++d)
        if (read.isFunctionOfDim(d))
          dims.set(d);
      continue;
    }
    Operation *def = next.getDefiningOp();
    if (isa<SymbolOp, RandomOp>(def))
      return std::nullopt;
    if (auto index = dyn_cast<IndexOp>(def))
      dims.set(index.getDim());
    llvm::append_range(pending, def->getOperands());
  }
  return dims;
}

namespace {

/// Splits a sum of products: some factors are multiplied and summed first, over the indices that only they use.
class Contraction {
public:
  explicit Contraction(EquationOp op) : op(op), dims(op.getNumDims()) {}
  /// The equation as it is now, with what is summed first before it.
  EquationOp split();

private:
  bool analyze();
  double points(const llvm::SmallBitVector &set) {
    double count = 1;
    for (unsigned d : set.set_bits())
      count *= static_cast<double>(op.getExtents()[d]);
    return count;
  }
  bool choose();
  Value writeInner();
  EquationOp writeOuter(Value inner);

  EquationOp op;
  unsigned dims;
  SmallVector<Value> factors;
  SmallVector<llvm::SmallBitVector> uses;
  /// What is done first: the factors, the indices they use that stay, the indices that are summed.
  llvm::SmallBitVector group, kept, summed;
};

} // namespace

bool Contraction::analyze() {
  bool plain = op.getCombine() == Combine::sum && !op.getDomain() && !op.getDrop() && op.getNumSymbols() == 0 &&
               !op.getFill() && op->getNumResults() == 1;
  if (!plain || reducedDims(op).empty())
    return false;
  collectFactors(op.getBodyBlock().getTerminator()->getOperand(0), factors);
  if (factors.size() < 2)
    return false;
  for (Value factor : factors) {
    auto used = usedDims(op, factor);
    if (!used)
      return false;
    uses.push_back(*used);
  }
  return true;
}

/// For each reduced index the factors that use it could go first; takes the choice of fewest points, if it is fewer
/// than now.
bool Contraction::choose() {
  llvm::SmallBitVector all(dims, true), reduced(dims);
  for (unsigned d : reducedDims(op))
    reduced.set(d);
  double best = points(all);
  for (unsigned d : reduced.set_bits()) {
    llvm::SmallBitVector candidate(factors.size()), inside(dims), outside(dims);
    for (auto [f, used] : llvm::enumerate(uses)) {
      candidate[f] = used[d];
      (used[d] ? inside : outside) |= used;
    }
    if (candidate.none() || candidate.all())
      continue;
    llvm::SmallBitVector own = inside;
    own &= reduced;
    own.reset(outside);
    llvm::SmallBitVector rest = all, between = inside;
    rest.reset(own);
    between.reset(own);
    double cost = points(inside) + points(rest);
    if (cost < best) {
      best = cost;
      group = candidate;
      kept = between;
      summed = own;
    }
  }
  return group.any();
}

static Value product(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  Value result = values.front();
  for (Value next : values.drop_front())
    result = arith::MulFOp::create(builder, loc, result, next);
  return result;
}

Value Contraction::writeInner() {
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  SmallVector<AffineExpr> now(dims, builder.getAffineConstantExpr(0)), write;
  SmallVector<int64_t> extents, shape;
  auto place = [&](unsigned d) {
    now[d] = builder.getAffineDimExpr(extents.size());
    extents.push_back(op.getExtents()[d]);
  };
  for (unsigned d : kept.set_bits()) {
    place(d);
    write.push_back(now[d]);
    shape.push_back(op.getExtents()[d]);
  }
  for (unsigned d : summed.set_bits())
    place(d);
  parts.substitute(now, {}, extents);
  parts.write = AffineMap::get(extents.size(), 0, write, op.getContext());
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) {
    IRMapping values;
    copyBody(inner, op, scalars, now, {}, &values);
    SmallVector<Value> chosen;
    for (unsigned f : group.set_bits())
      chosen.push_back(values.lookup(factors[f]));
    return product(inner, at, chosen);
  };
  auto type = RankedTensorType::get(shape, op.getResultType().getElementType());
  return dropUnused(EquationOp::create(builder, op.getLoc(), parts, type, body)).getResult();
}

EquationOp Contraction::writeOuter(Value inner) {
  OpBuilder builder(op);
  EquationParts parts = EquationParts::of(op);
  SmallVector<AffineExpr> now, read;
  SmallVector<int64_t> extents;
  for (unsigned d = 0; d < dims; ++d) {
    now.push_back(summed[d] ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(extents.size()));
    if (!summed[d])
      extents.push_back(op.getExtents()[d]);
  }
  for (unsigned d : kept.set_bits())
    read.push_back(builder.getAffineDimExpr(d));
  unsigned numInputs = parts.inputs.size();
  parts.addInput(inner, AffineMap::get(dims, 0, read, op.getContext()));
  parts.substitute(now, {}, extents);
  if (isPermutation(parts.write))
    parts.combine = Combine::map;
  auto body = [&](OpBuilder &builder, Location at, ValueRange scalars) {
    IRMapping values;
    copyBody(builder, op, scalars.take_front(numInputs), now, {}, &values);
    SmallVector<Value> rest;
    for (auto [f, factor] : llvm::enumerate(factors))
      if (!group[f])
        rest.push_back(values.lookup(factor));
    rest.push_back(scalars[numInputs]);
    return product(builder, at, rest);
  };
  auto result = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(result.getResult());
  op.erase();
  return dropUnused(result);
}

EquationOp Contraction::split() {
  if (!analyze() || !choose())
    return op;
  Value inner = writeInner();
  // The rest, and what was taken out, may be split again.
  Contraction(inner.getDefiningOp<EquationOp>()).split();
  return Contraction(writeOuter(inner)).split();
}

EquationOp nn::orderContraction(EquationOp op) { return Contraction(op).split(); }

EquationOp nn::countRepetitions(EquationOp op) {
  if (op.getCombine() != Combine::sum || op.getDomain() || op.getDrop() || op.getNumSymbols())
    return op;
  llvm::SmallBitVector used(op.getNumDims());
  auto note = [&](AffineMap map) {
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (map.isFunctionOfDim(d))
        used.set(d);
  };
  note(op.getWrite());
  for (unsigned k = 0; k < op.getInputs().size(); ++k)
    note(op.getRead(k));
  op.getBody().walk([&](IndexOp index) { used.set(index.getDim()); });
  if (used.all())
    return op;
  double count = 1;
  SmallVector<AffineExpr> dims;
  SmallVector<int64_t> extents;
  OpBuilder builder(op);
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    dims.push_back(used[d] ? builder.getAffineDimExpr(extents.size()) : builder.getAffineConstantExpr(0));
    if (used[d])
      extents.push_back(op.getExtents()[d]);
    else
      count *= static_cast<double>(op.getExtents()[d]);
  }
  if (!isa<FloatType>(op.getResultType().getElementType()))
    return op;
  EquationParts parts = EquationParts::of(op);
  parts.substitute(dims, {}, extents);
  if (isPermutation(parts.write))
    parts.combine = Combine::map;
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value value = copyBody(inner, op, scalars, dims);
    return arith::MulFOp::create(inner, at, value, constantOf(inner, at, value.getType(), count));
  };
  auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
  op.getResult().replaceAllUsesWith(now.getResult());
  op.erase();
  return now;
}

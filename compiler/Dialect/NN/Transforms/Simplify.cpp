// simplify: does less work for the same values.
#include "Dialect/NN/Transforms/Passes.h"
#include "Dialect/NN/Transforms/Rewrites.h"

namespace nn {
#define GEN_PASS_DEF_SIMPLIFY
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

// --- Copies ---

/// True if the producer only moves or repeats what it reads.
static bool isMovement(EquationOp op) {
  if (op.getInputs().empty())
    return false;
  auto yielded = dyn_cast<BlockArgument>(op.getBodyBlock().getTerminator()->getOperand(0));
  return yielded && isPlainMap(op) && op.getInputs().size() == 1;
}

/// Reads through producers that only move or repeat: broadcasts, transposes, slices, gathers.
static EquationOp readThroughMovements(EquationOp op) {
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned k = 0; k < op.getInputs().size() && !changed; ++k)
      if (canInlineProducer(op, k) && isMovement(op.getInputs()[k].getDefiningOp<EquationOp>())) {
        op = inlineProducer(op, k);
        changed = true;
      }
  }
  return op;
}

/// A copy of a whole tensor is that tensor.
static bool replaceIdentityCopy(EquationOp op) {
  bool whole = isMovement(op) && op.getRead(0) == op.getWrite() && !op.getFillValue(0) && op.getNumSymbols() == 0 &&
               op.getInputs()[0].getType() == op.getResult().getType();
  if (whole) {
    op.getResult().replaceAllUsesWith(op.getInputs()[0]);
    op.erase();
  }
  return whole;
}

// --- Factoring ---

/// The factors of a product.
static void collectFactors(Value value, SmallVectorImpl<Value> &factors) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return factors.push_back(value);
  collectFactors(product.getLhs(), factors);
  collectFactors(product.getRhs(), factors);
}

/// Which box indices a scalar of the body depends on, and which inputs.
static void dependence(EquationOp op, Value value, llvm::SmallBitVector &dims, llvm::SmallBitVector &inputs,
                       bool &other) {
  SmallVector<Value> pending{value};
  llvm::DenseSet<Value> seen;
  auto note = [&](AffineMap map) {
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (map.isFunctionOfDim(d))
        dims.set(d);
  };
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      inputs.set(argument.getArgNumber());
      note(op.getRead(argument.getArgNumber()));
      continue;
    }
    Operation *def = next.getDefiningOp();
    if (auto index = dyn_cast<IndexOp>(def))
      dims.set(index.getDim());
    other |= isa<SymbolOp, RandomOp>(def);
    llvm::append_range(pending, def->getOperands());
  }
}

/// The equation that sums one factor over the indices that no other factor uses; `shared` are the box indices it keeps.
static Value sumFactor(EquationOp op, Value factor, ArrayRef<unsigned> kept, ArrayRef<unsigned> summed) {
  OpBuilder builder(op);
  MLIRContext *context = op.getContext();
  EquationParts parts = EquationParts::of(op);
  SmallVector<AffineExpr> dims(op.getNumDims(), getAffineConstantExpr(0, context)), write;
  SmallVector<int64_t> extents, shape;
  for (unsigned d : kept) {
    dims[d] = getAffineDimExpr(extents.size(), context);
    write.push_back(dims[d]);
    extents.push_back(op.getExtents()[d]);
    shape.push_back(op.getExtents()[d]);
  }
  for (unsigned d : summed) {
    dims[d] = getAffineDimExpr(extents.size(), context);
    extents.push_back(op.getExtents()[d]);
  }
  parts.substitute(dims, {}, extents);
  parts.write = AffineMap::get(extents.size(), 0, write, context);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) {
    IRMapping values;
    copyBody(inner, op, scalars, dims, {}, &values);
    return values.lookup(factor);
  };
  auto type = RankedTensorType::get(shape, op.getResultType().getElementType());
  return dropUnused(EquationOp::create(builder, op.getLoc(), parts, type, body)).getResult();
}

/// sum[i, j] a[i] b[i, j] becomes sum[i] a[i] (sum[j] b[i, j]).
static EquationOp factor(EquationOp op) {
  if (op.getCombine() != Combine::sum || op.getDomain() || op.getDrop() || op.getNumSymbols() || op.getFill())
    return op;
  SmallVector<unsigned> reduced = reducedDims(op);
  SmallVector<Value> factors;
  collectFactors(op.getBodyBlock().getTerminator()->getOperand(0), factors);
  if (reduced.empty() || factors.size() < 2)
    return op;
  unsigned dims = op.getNumDims(), numInputs = op.getInputs().size();
  SmallVector<llvm::SmallBitVector> uses;
  for (Value value : factors) {
    llvm::SmallBitVector used(dims), inputs(numInputs);
    bool other = false;
    dependence(op, value, used, inputs, other);
    if (other)
      return op;
    uses.push_back(used);
  }
  for (auto [f, value] : llvm::enumerate(factors)) {
    SmallVector<unsigned> kept, own;
    for (unsigned d = 0; d < dims; ++d) {
      if (!uses[f].test(d))
        continue;
      bool alone = llvm::is_contained(reduced, d);
      for (auto [g, used] : llvm::enumerate(uses))
        alone &= g == f || !used.test(d);
      (alone ? own : kept).push_back(d);
    }
    if (own.empty())
      continue;
    Value partial = sumFactor(op, value, kept, own);
    OpBuilder builder(op);
    EquationParts parts = EquationParts::of(op);
    SmallVector<AffineExpr> read, dimsNow;
    SmallVector<int64_t> extents;
    for (unsigned d = 0; d < dims; ++d) {
      bool gone = llvm::is_contained(own, d);
      dimsNow.push_back(gone ? builder.getAffineConstantExpr(0) : builder.getAffineDimExpr(extents.size()));
      if (!gone)
        extents.push_back(op.getExtents()[d]);
    }
    for (unsigned d : kept)
      read.push_back(builder.getAffineDimExpr(d));
    unsigned place = parts.addInput(partial, AffineMap::get(dims, 0, read, op.getContext()));
    parts.substitute(dimsNow, {}, extents);
    if (parts.extents.empty() || isPermutation(parts.write))
      parts.combine = Combine::map;
    auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) {
      IRMapping values;
      copyBody(inner, op, scalars.take_front(numInputs), dimsNow, {}, &values);
      Value product = scalars[place];
      for (auto [g, other] : llvm::enumerate(factors))
        if (g != f)
          product = arith::MulFOp::create(inner, at, product, values.lookup(other));
      return product;
    };
    auto now = EquationOp::create(builder, op.getLoc(), parts, op.getResultType(), body);
    op.getResult().replaceAllUsesWith(now.getResult());
    op.erase();
    return factor(dropUnused(now));
  }
  return op;
}

// --- Repetitions ---

/// An index that only counts repetitions: sum[b] x becomes a multiplication by its extent.
static EquationOp countRepetitions(EquationOp op) {
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

// --- The pass ---

static void simplify(Block &block) {
  for (Operation &inner : llvm::make_early_inc_range(block)) {
    if (isa<ScanOp, IterateOp>(inner))
      simplify(inner.getRegion(0).front());
    auto op = dyn_cast<EquationOp>(inner);
    if (!op || op->use_empty())
      continue;
    op = foldConstants(readThroughMovements(op));
    if (!op)
      continue;
    op = eliminateEqualities(liftConditions(op));
    op = countRepetitions(factor(op));
    if (op.getCombine() == Combine::sum && isPermutation(op.getWrite()) && !op.getDomain() && op.getNumSymbols() == 0)
      op.setCombine(Combine::map);
    replaceIdentityCopy(op);
  }
}

namespace {
struct SimplifyPass : nn::impl::SimplifyBase<SimplifyPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    cleanUp(getOperation());
    simplify(getOperation().getBody().front());
    cleanUp(getOperation());
  }
};
} // namespace

// How each operation is applied along a new leading axis.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;
using namespace nn;

// --- What became of values ---

RankedTensorType Batching::extend(Type type) const {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape{extent};
  llvm::append_range(shape, tensor.getShape());
  return RankedTensorType::get(shape, tensor.getElementType());
}

void Batching::set(Value old, Value now, bool isMapped) {
  values.map(old, now);
  if (isMapped)
    mapped.insert(old);
}

Value Batching::lookupMapped(OpBuilder &builder, Location loc, Value old) const {
  return isMapped(old) ? lookup(old) : repeatLeading(builder, loc, lookup(old), extent);
}

Value nn::repeatLeading(OpBuilder &builder, Location loc, Value value, int64_t extent) {
  RankedTensorType type = Batching(extent).extend(value.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  parts.addInput(value, parts.write.dropResult(0));
  return EquationOp::create(builder, loc, parts, type, [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

Value nn::swapAxes(OpBuilder &builder, Location loc, Value value, unsigned a, unsigned b) {
  auto type = cast<RankedTensorType>(value.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  std::swap(parts.extents[a], parts.extents[b]);
  auto result = RankedTensorType::get(parts.extents, type.getElementType());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> read(parts.write.getResults());
  std::swap(read[a], read[b]);
  parts.addInput(value, AffineMap::get(type.getRank(), 0, read, builder.getContext()));
  return EquationOp::create(builder, loc, parts, result, [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

/// True if the operation or one inside it draws numbers.
static bool draws(Operation &op) {
  return op.walk([](SampleOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

/// True if the operation or one inside it, in a loop, speaks of other examples.
static bool couplesExamples(Operation &op) {
  auto couples = [](Operation *inner) {
    return isa<BatchSumOp, BatchStackOp, ExampleOp>(inner) ? WalkResult::interrupt() : WalkResult::advance();
  };
  return op.walk(couples).wasInterrupted();
}

LogicalResult nn::batchOperation(OpBuilder &builder, Operation &op, Batching &batching) {
  bool touched = llvm::any_of(op.getOperands(), [&](Value operand) { return batching.isMapped(operand); });
  bool couples = batching.ofExamples && couplesExamples(op);
  if (!touched && !couples && !(batching.drawsDiffer && draws(op))) {
    builder.clone(op, batching.values);
    return success();
  }
  if (auto interface = dyn_cast<BatchOpInterface>(op))
    return interface.batch(builder, batching);
  return op.emitError("this cannot be applied along an axis or to a batch of examples");
}

// --- Equations and plain tensors ---

LogicalResult EquationOp::batch(OpBuilder &builder, Batching &batching) {
  EquationParts parts = EquationParts::of(*this);
  SmallVector<AffineExpr> dims;
  SmallVector<int64_t> extents{batching.extent};
  for (unsigned d = 0; d < getNumDims(); ++d) {
    dims.push_back(builder.getAffineDimExpr(d + 1));
    extents.push_back(getExtents()[d]);
  }
  parts.substitute(dims, {}, extents);
  AffineExpr axis = builder.getAffineDimExpr(0);
  parts.write = addLeadingResult(parts.write, axis);
  auto extend = [&](MutableArrayRef<Value> values, MutableArrayRef<AffineMap> maps) {
    for (auto [value, map] : llvm::zip(values, maps)) {
      if (batching.isMapped(value))
        map = addLeadingResult(map, axis);
      value = batching.lookup(value);
    }
  };
  extend(parts.inputs, parts.reads);
  extend(parts.tables, parts.tableMaps);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, *this, scalars, dims); };
  auto result = EquationOp::create(builder, getLoc(), parts, batching.extend(getResult().getType()), body);
  batching.set(getResult(), result.getResult(), true);
  return success();
}

LogicalResult ReshapeOp::batch(OpBuilder &builder, Batching &batching) {
  Value now = ReshapeOp::create(builder, getLoc(), batching.extend(getType()), batching.lookup(getInput()));
  batching.set(getResult(), now, true);
  return success();
}

LogicalResult BarrierOp::batch(OpBuilder &builder, Batching &batching) {
  auto after = llvm::map_to_vector(getAfter(), [&](Value value) { return batching.lookup(value); });
  Value now = BarrierOp::create(builder, getLoc(), batching.lookup(getInput()), after);
  batching.set(getResult(), now, batching.isMapped(getInput()));
  return success();
}

LogicalResult StopOp::batch(OpBuilder &builder, Batching &batching) {
  batching.set(getResult(), StopOp::create(builder, getLoc(), batching.lookup(getInput())), true);
  return success();
}

// --- Chance ---

LogicalResult SampleOp::batch(OpBuilder &builder, Batching &batching) {
  if (!batching.isMapped(getKey()) && cast<ShapedType>(getKey().getType()).getRank() > 1)
    return emitError("one sample cannot be drawn along an axis inside and outside of an axis of keys");
  Value now =
      SampleOp::create(builder, getLoc(), batching.extend(getType()), getLaw(), batching.lookup(getKey()), getSite());
  batching.set(getResult(), now, true);
  return success();
}

LogicalResult FoldKeyOp::batch(OpBuilder &builder, Batching &batching) {
  Value key = batching.lookupMapped(builder, getLoc(), getKey());
  batching.set(getResult(), FoldKeyOp::create(builder, getLoc(), key.getType(), key, batching.lookup(getCounter())),
               true);
  return success();
}

// --- The coupling of examples ---

Value nn::sumRows(OpBuilder &builder, Location loc, Value value, int64_t bound, bool hasRows, Value rows) {
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<int64_t> shape = type.getShape().drop_front(hasRows ? 1 : 0);
  EquationParts parts;
  parts.combine = Combine::sum;
  parts.extents.push_back(bound);
  llvm::append_range(parts.extents, shape);
  AffineMap all = builder.getMultiDimIdentityMap(parts.extents.size());
  parts.write = all.dropResult(0);
  parts.addInput(value, hasRows ? all : parts.write);
  maskRows(parts, rows);
  return EquationOp::create(builder, loc, parts, RankedTensorType::get(shape, type.getElementType()),
                            [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

void nn::maskRows(EquationParts &parts, Value rows) {
  MLIRContext *context = rows.getContext();
  unsigned dims = parts.extents.size(), symbol = parts.addTable(rows, AffineMap::get(dims, 0, context));
  SmallVector<AffineExpr> same;
  for (unsigned d = 0; d < dims; ++d)
    same.push_back(getAffineDimExpr(d, context));
  parts.substitute(same, {}, SmallVector<int64_t>(parts.extents));
  AffineExpr valid = getAffineSymbolExpr(symbol, context) - getAffineDimExpr(0, context) - 1;
  parts.domain = intersect(parts.domain, IntegerSet::get(dims, symbol + 1, {valid}, {false}));
}

LogicalResult BatchSumOp::batch(OpBuilder &builder, Batching &batching) {
  Value input = batching.lookup(getInput());
  if (!batching.ofExamples) {
    batching.set(getResult(), BatchSumOp::create(builder, getLoc(), input), true);
    return success();
  }
  bool hasRows = batching.isMapped(getInput());
  batching.set(getResult(), sumRows(builder, getLoc(), input, batching.extent, hasRows, batching.rows), false);
  return success();
}

/// The rows of a batch where there is room for more: those behind repeat them, and nobody reads them.
static Value withRoom(OpBuilder &builder, Location loc, Value rows, int64_t bound) {
  auto type = cast<RankedTensorType>(rows.getType());
  if (type.getDimSize(0) == bound)
    return rows;
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.extents[0] = bound;
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> read(parts.write.getResults());
  read[0] = read[0] % type.getDimSize(0);
  parts.addInput(rows, AffineMap::get(type.getRank(), 0, read, builder.getContext()));
  auto room = RankedTensorType::get(parts.extents, type.getElementType());
  return EquationOp::create(builder, loc, parts, room, [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

LogicalResult BatchStackOp::batch(OpBuilder &builder, Batching &batching) {
  int64_t bound = cast<ShapedType>(getType()).getDimSize(0);
  if (!batching.ofExamples) {
    Value input = batching.lookup(getInput());
    Value stacked = BatchStackOp::create(builder, getLoc(), Batching(bound).extend(input.getType()), input);
    batching.set(getResult(), swapAxes(builder, getLoc(), stacked, 0, 1), true);
    return success();
  }
  if (bound < batching.extent)
    return emitError() << "a batch of at most " << bound << " rows is stacked, but batches here have "
                       << batching.extent;
  Value rows = batching.lookupMapped(builder, getLoc(), getInput());
  batching.set(getResult(), withRoom(builder, getLoc(), rows, bound), false);
  return success();
}

LogicalResult ExampleOp::batch(OpBuilder &builder, Batching &batching) {
  EquationParts parts;
  parts.extents.push_back(batching.extent);
  parts.write = builder.getMultiDimIdentityMap(1);
  auto equation = EquationOp::create(builder, getLoc(), parts, batching.extend(getType()),
                                     [](OpBuilder &inner, Location loc, ValueRange) -> Value {
                                       return IndexOp::create(inner, loc, inner.getI32Type(), 0);
                                     });
  batching.set(getResult(), equation.getResult(), true);
  return success();
}

// --- Derivatives ---

/// The sum of a vector, as an equation.
static Value sumAll(OpBuilder &builder, Location loc, Value vector) {
  auto type = cast<RankedTensorType>(vector.getType());
  EquationParts parts;
  parts.combine = Combine::sum;
  parts.extents = llvm::to_vector(type.getShape());
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  parts.write = AffineMap::get(type.getRank(), 0, builder.getContext());
  parts.addInput(vector, all);
  return EquationOp::create(builder, loc, parts, RankedTensorType::get({}, type.getElementType()),
                            [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

// The slices of y depend on their own slices of what has the axis, so the gradient by those is that of y's sum; by what
// all slices share it is one gradient a slice, which is a jacobian.
LogicalResult GradOp::batch(OpBuilder &builder, Batching &batching) {
  Value y = batching.lookupMapped(builder, getLoc(), getY());
  SmallVector<Value> own;
  for (Value x : getWrt())
    if (batching.isMapped(x))
      own.push_back(batching.lookup(x));
  ValueRange grads;
  if (!own.empty())
    grads = GradOp::create(builder, getLoc(), ValueRange(own).getTypes(), sumAll(builder, getLoc(), y), own).getGrads();
  for (auto [x, grad] : llvm::zip(getWrt(), getGrads())) {
    if (batching.isMapped(x)) {
      batching.set(grad, grads.front(), true);
      grads = grads.drop_front();
      continue;
    }
    auto type = batching.extend(grad.getType());
    batching.set(grad, JacobianOp::create(builder, getLoc(), type, y, batching.lookup(x)), true);
  }
  return success();
}

LogicalResult JvpOp::batch(OpBuilder &builder, Batching &batching) {
  if (!batching.isMapped(getX()) || !batching.isMapped(getY()))
    return emitError(
        "a derivative along many tangents of one point cannot be taken inside a function applied along an axis");
  Value tangent = batching.lookupMapped(builder, getLoc(), getTangent());
  Value y = batching.lookup(getY()), x = batching.lookup(getX());
  batching.set(getResult(), JvpOp::create(builder, getLoc(), y.getType(), y, x, tangent), true);
  return success();
}

// --- Loops ---

namespace {
/// The body of a loop applied along the axis, and which of its states have it.
struct BatchedLoop {
  std::unique_ptr<Block> block;
  SmallVector<bool> states;
  SmallVector<Value> yielded;
  bool ends = false; ///< each slice has an end of its own
};
} // namespace

/// Applies the body of a loop along the axis in a new block. `flags` says which of its arguments have the axis; states
/// get it if a turn gives it to them, which takes another try. The operands of the old terminator as they are now go to
/// `yielded`.
static FailureOr<BatchedLoop> batchBody(OpBuilder &builder, Block &old, SmallVector<bool> flags, unsigned numStates,
                                        Batching &outer) {
  for (;;) {
    BatchedLoop loop{std::make_unique<Block>(), {}, {}};
    Batching inner(outer.extent, outer.drawsDiffer);
    for (auto [argument, flag] : llvm::zip(old.getArguments(), flags)) {
      Type type = flag ? inner.extend(argument.getType()) : argument.getType();
      inner.set(argument, loop.block->addArgument(type, argument.getLoc()), flag);
    }
    inner.ofExamples = outer.ofExamples;
    if (outer.rows)
      inner.rows = loop.block->addArgument(outer.rows.getType(), outer.rows.getLoc());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(loop.block.get());
    for (Operation &op : old.without_terminator())
      if (failed(batchOperation(builder, op, inner)))
        return failure();
    bool settled = true;
    for (auto [k, value] : llvm::enumerate(old.getTerminator()->getOperands())) {
      bool mapped = inner.isMapped(value), isState = k < numStates;
      if (isState && mapped && !flags[k + 1]) {
        flags[k + 1] = true;
        settled = false;
      }
      loop.ends |= !isState && mapped;
      bool wanted = isState ? flags[k + 1] : mapped;
      loop.yielded.push_back(wanted ? inner.lookupMapped(builder, value.getLoc(), value) : inner.lookup(value));
    }
    if (settled) {
      loop.states.assign(flags.begin() + 1, flags.begin() + 1 + numStates);
      return loop;
    }
  }
}

LogicalResult ScanOp::batch(OpBuilder &builder, Batching &batching) {
  SmallVector<Value> inits, xs, captures;
  SmallVector<bool> flags{false};
  for (Value operand : getOperands())
    flags.push_back(batching.isMapped(operand));
  FailureOr<BatchedLoop> loop = batchBody(builder, getBody().front(), flags, getInits().size(), batching);
  if (failed(loop))
    return failure();
  SmallVector<Type> types;
  for (auto [init, mapped] : llvm::zip(getInits(), loop->states)) {
    inits.push_back(mapped ? batching.lookupMapped(builder, getLoc(), init) : batching.lookup(init));
    types.push_back(Batching(getLength()).extend(inits.back().getType()));
  }
  for (Value x : getXs())
    xs.push_back(batching.isMapped(x) ? swapAxes(builder, getLoc(), batching.lookup(x), 0, 1) : batching.lookup(x));
  for (Value capture : getCaptures())
    captures.push_back(batching.lookup(capture));
  if (batching.rows)
    captures.push_back(batching.rows);
  auto scan = ScanOp::create(builder, getLoc(), types, getLength(), inits, xs, captures);
  OpBuilder end(getContext());
  end.setInsertionPointToEnd(loop->block.get());
  YieldOp::create(end, getLoc(), loop->yielded);
  scan.getBody().push_back(loop->block.release());
  for (auto [old, now, mapped] : llvm::zip(getResults(), scan.getResults(), loop->states))
    batching.set(old, mapped ? swapAxes(builder, getLoc(), now, 0, 1) : now, mapped);
  return success();
}

/// `finished ? old : next`, slice by slice.
static Value keepFinished(OpBuilder &builder, Location loc, Value finished, Value old, Value next) {
  auto type = cast<RankedTensorType>(old.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  parts.addInput(finished, parts.write.getMajorSubMap(1));
  parts.addInput(old, parts.write);
  parts.addInput(next, parts.write);
  auto body = [](OpBuilder &inner, Location at, ValueRange args) -> Value {
    return arith::SelectOp::create(inner, at, args[0], args[1], args[2]);
  };
  return EquationOp::create(builder, loc, parts, type, body).getResult();
}

/// Ends a loop over slices of which each ends by itself: finished slices keep their state, the loop ends with the last.
static void finishSlices(OpBuilder &builder, Location loc, Block &block, unsigned numStates,
                         SmallVectorImpl<Value> &yielded) {
  Value ended = yielded.pop_back_val(), before = block.getArgument(numStates);
  for (unsigned k = 0; k + 1 < numStates; ++k)
    yielded[k] = keepFinished(builder, loc, before, block.getArgument(k + 1), yielded[k]);
  auto type = cast<RankedTensorType>(before.getType());
  Value now = createElementwise(builder, loc, type, {before, ended},
                                [](OpBuilder &inner, Location at, ValueRange args) -> Value {
                                  return arith::OrIOp::create(inner, at, args[0], args[1]);
                                })
                  .getResult();
  yielded.push_back(now);
  EquationParts all;
  all.combine = Combine::min;
  all.extents = llvm::to_vector(type.getShape());
  all.write = AffineMap::get(1, 0, builder.getContext());
  all.addInput(now, builder.getMultiDimIdentityMap(1));
  yielded.push_back(EquationOp::create(builder, loc, all, RankedTensorType::get({}, type.getElementType()),
                                       [](OpBuilder &, Location, ValueRange args) { return args[0]; })
                        .getResult());
}

LogicalResult IterateOp::batch(OpBuilder &builder, Batching &batching) {
  SmallVector<Value> inits, captures;
  SmallVector<bool> flags{false};
  unsigned numStates = getInits().size();
  for (Value operand : getOperands())
    flags.push_back(batching.isMapped(operand));
  FailureOr<BatchedLoop> loop = batchBody(builder, getBody().front(), flags, numStates, batching);
  if (succeeded(loop) && loop->ends) {
    // With an end of its own a slice keeps its states from there on, so then all states have the axis.
    std::fill_n(flags.begin() + 1, numStates, true);
    loop = batchBody(builder, getBody().front(), flags, numStates, batching);
  }
  if (failed(loop))
    return failure();
  for (auto [init, mapped] : llvm::zip(getInits(), loop->states))
    inits.push_back(mapped ? batching.lookupMapped(builder, getLoc(), init) : batching.lookup(init));
  for (Value capture : getCaptures())
    captures.push_back(batching.lookup(capture));
  if (batching.rows)
    captures.push_back(batching.rows);
  Block &block = *loop->block;
  OpBuilder end(getContext());
  end.setInsertionPointToEnd(&block);
  if (loop->ends) {
    auto flagType = RankedTensorType::get({batching.extent}, builder.getI1Type());
    inits.push_back(createSplat(builder, getLoc(), flagType, 0));
    block.insertArgument(inits.size(), flagType, getLoc());
    finishSlices(end, getLoc(), block, inits.size(), loop->yielded);
  }
  YieldOp::create(end, getLoc(), loop->yielded);
  auto now =
      IterateOp::create(builder, getLoc(), ValueRange(inits).getTypes(), getAtMost(), getUntil(), inits, captures);
  now.getBody().push_back(loop->block.release());
  for (auto [old, value, mapped] : llvm::zip(getResults(), now.getResults(), loop->states))
    batching.set(old, value, mapped);
  return success();
}

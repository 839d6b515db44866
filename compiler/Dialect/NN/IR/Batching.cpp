// How each operation is applied along a new leading axis.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;
using namespace nn;

//===-- What became of values
//------------------------------------------------------------------------------------------===//

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

LogicalResult nn::batchOperation(OpBuilder &builder, Operation &op, Batching &batching) {
  bool touched = llvm::any_of(op.getOperands(), [&](Value operand) { return batching.isMapped(operand); });
  if (!touched && !(batching.drawsDiffer && draws(op))) {
    builder.clone(op, batching.values);
    return success();
  }
  if (auto interface = dyn_cast<BatchOpInterface>(op))
    return interface.batch(builder, batching);
  return op.emitError("this cannot be applied along an axis or to a batch of examples");
}

//===-- Equations and plain tensors
//-------------------------------------------------------------------------------------===//

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

LogicalResult StopOp::batch(OpBuilder &builder, Batching &batching) {
  batching.set(getResult(), StopOp::create(builder, getLoc(), batching.lookup(getInput())), true);
  return success();
}

//===-- Chance
//------------------------------------------------------------------------------------------------------------===//

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

//===-- The coupling of examples
//--------------------------------------------------------------------------------------------===//

LogicalResult BatchSumOp::batch(OpBuilder &builder, Batching &batching) {
  batching.set(getResult(), BatchSumOp::create(builder, getLoc(), batching.lookup(getInput())), true);
  return success();
}

LogicalResult BatchStackOp::batch(OpBuilder &builder, Batching &batching) {
  Value input = batching.lookup(getInput());
  Batching rows(cast<ShapedType>(getType()).getDimSize(0));
  Value stacked = BatchStackOp::create(builder, getLoc(), rows.extend(input.getType()), input);
  batching.set(getResult(), swapAxes(builder, getLoc(), stacked, 0, 1), true);
  return success();
}

//===-- Derivatives
//---------------------------------------------------------------------------------------------------------===//

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

//===-- Loops
//-----------------------------------------------------------------------------------------------------------------===//

/// Applies the body of a loop along the axis in a new block; `flags` says which block arguments have it. Fills
/// `yielded` with the operands of the old terminator as they are now, all with the axis.
static LogicalResult batchBody(OpBuilder &builder, Block &old, Block &now, ArrayRef<bool> flags, Batching &outer,
                               SmallVectorImpl<Value> &yielded) {
  Batching inner(outer.extent, outer.drawsDiffer);
  for (auto [argument, flag] : llvm::zip(old.getArguments(), flags)) {
    Type type = flag ? inner.extend(argument.getType()) : argument.getType();
    inner.set(argument, now.addArgument(type, argument.getLoc()), flag);
  }
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&now);
  for (Operation &op : old.without_terminator())
    if (failed(batchOperation(builder, op, inner)))
      return failure();
  for (Value value : old.getTerminator()->getOperands())
    yielded.push_back(inner.lookupMapped(builder, value.getLoc(), value));
  return success();
}

LogicalResult ScanOp::batch(OpBuilder &builder, Batching &batching) {
  SmallVector<Value> inits, xs, captures;
  SmallVector<bool> flags{false};
  for (Value init : getInits()) {
    inits.push_back(batching.lookupMapped(builder, getLoc(), init));
    flags.push_back(true);
  }
  for (Value x : getXs()) {
    bool mapped = batching.isMapped(x);
    xs.push_back(mapped ? swapAxes(builder, getLoc(), batching.lookup(x), 0, 1) : batching.lookup(x));
    flags.push_back(mapped);
  }
  for (Value capture : getCaptures()) {
    captures.push_back(batching.lookup(capture));
    flags.push_back(batching.isMapped(capture));
  }
  SmallVector<Type> types;
  for (Value init : inits)
    types.push_back(Batching(getLength()).extend(init.getType()));
  auto scan = ScanOp::create(builder, getLoc(), types, getLength(), inits, xs, captures);
  Block &block = scan.getBody().emplaceBlock();
  SmallVector<Value> yielded;
  if (failed(batchBody(builder, getBody().front(), block, flags, batching, yielded)))
    return failure();
  OpBuilder end = OpBuilder::atBlockEnd(&block);
  YieldOp::create(end, getLoc(), yielded);
  for (auto [old, now] : llvm::zip(getResults(), scan.getResults()))
    batching.set(old, swapAxes(builder, getLoc(), now, 0, 1), true);
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
  for (Value init : getInits()) {
    inits.push_back(batching.lookupMapped(builder, getLoc(), init));
    flags.push_back(true);
  }
  for (Value capture : getCaptures()) {
    captures.push_back(batching.lookup(capture));
    flags.push_back(batching.isMapped(capture));
  }
  if (getUntil()) {
    auto flagType = RankedTensorType::get({batching.extent}, builder.getI1Type());
    inits.push_back(createSplat(builder, getLoc(), flagType, 0));
  }
  auto loop =
      IterateOp::create(builder, getLoc(), ValueRange(inits).getTypes(), getAtMost(), getUntil(), inits, captures);
  Block &block = loop.getBody().emplaceBlock();
  SmallVector<Value> yielded;
  if (failed(batchBody(builder, getBody().front(), block, flags, batching, yielded)))
    return failure();
  OpBuilder end = OpBuilder::atBlockEnd(&block);
  if (getUntil()) {
    block.insertArgument(inits.size(), inits.back().getType(), getLoc());
    finishSlices(end, getLoc(), block, inits.size(), yielded);
  }
  YieldOp::create(end, getLoc(), yielded);
  for (auto [old, now] : llvm::zip(getResults(), loop.getResults()))
    batching.set(old, now, true);
  return success();
}

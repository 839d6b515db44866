// Derivatives of loops: backwards over saved states, forwards beside the states.
#include "AutoDiff/Differentiate.h"
#include "Dialect/NN/Transforms/Rewrites.h"

using namespace mlir;
using namespace nn;

// --- Stacks of turns ---

static RankedTensorType stackOf(int64_t length, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape{length};
  llvm::append_range(shape, tensor.getShape());
  return RankedTensorType::get(shape, tensor.getElementType());
}

static Value passOn(OpBuilder &, Location, ValueRange scalars) { return scalars.front(); }

/// The stack in reverse order.
static Value reverse(OpBuilder &builder, Location loc, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> read(parts.write.getResults());
  read[0] = builder.getAffineConstantExpr(type.getDimSize(0) - 1) - read[0];
  parts.addInput(stack, AffineMap::get(type.getRank(), 0, read, builder.getContext()));
  return EquationOp::create(builder, loc, parts, type, passOn).getResult();
}

/// The last slice of a stack.
static Value lastOf(OpBuilder &builder, Location loc, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape().drop_front());
  parts.write = builder.getMultiDimIdentityMap(parts.extents.size());
  parts.addInput(stack, addLeadingResult(parts.write, builder.getAffineConstantExpr(type.getDimSize(0) - 1)));
  auto slice = RankedTensorType::get(parts.extents, type.getElementType());
  return EquationOp::create(builder, loc, parts, slice, passOn).getResult();
}

/// The sum of the slices of a stack.
static Value sumOf(OpBuilder &builder, Location loc, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  EquationParts parts;
  parts.combine = Combine::sum;
  parts.extents = llvm::to_vector(type.getShape());
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  parts.write = all.dropResult(0);
  parts.addInput(stack, all);
  auto slice = RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
  return EquationOp::create(builder, loc, parts, slice, passOn).getResult();
}

/// The states before each turn: the initial one, then all but the last of `stack`.
static Value statesBefore(OpBuilder &builder, Location loc, Value init, Value stack) {
  auto type = cast<RankedTensorType>(stack.getType());
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> read(parts.write.getResults());
  read[0] = read[0] - 1;
  parts.addInput(init, parts.write.dropResult(0));
  parts.addInput(stack, AffineMap::get(type.getRank(), 0, read, builder.getContext()),
                 builder.getZeroAttr(type.getElementType()));
  auto body = [](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value turn = IndexOp::create(inner, at, inner.getI32Type(), 0);
    Value zero = constantOf(inner, at, inner.getI32Type(), 0);
    Value first = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, turn, zero);
    return arith::SelectOp::create(inner, at, first, scalars[0], scalars[1]);
  };
  return EquationOp::create(builder, loc, parts, type, body).getResult();
}

/// `length - 1 - turn`, on whole-number tensors.
static Value mirrored(OpBuilder &builder, Location loc, Value turn, int64_t length) {
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value last = constantOf(inner, at, scalars[0].getType(), static_cast<double>(length - 1));
    return arith::SubIOp::create(inner, at, last, scalars[0]);
  };
  return createElementwise(builder, loc, cast<RankedTensorType>(turn.getType()), {turn}, body).getResult();
}

// --- Reverse mode ---

namespace {

/// The reverse of `length` turns of a body: a scan from the last turn to the first. Its states are the cotangents of
/// the loop's states, then what each turn contributes to the slices it read and to the captures.
class ReverseScan {
public:
  ReverseScan(Pullback &outer, Operation &op, int64_t length, ValueRange inits, ValueRange xs, ValueRange captures)
      : outer(outer), builder(outer.builder), op(op), loc(op.getLoc()), length(length), inits(inits), xs(xs),
        captures(captures), body(op.getRegion(0).front()) {}

  /// `stacks`: all states as a scan stacks them. `ofStacks`: their cotangents (null: zero). `ofLast`: those of the last
  /// states.
  LogicalResult run(ValueRange stacks, ArrayRef<Value> ofStacks, ArrayRef<Value> ofLast);

private:
  LogicalResult writeBody(ScanOp scan, ArrayRef<Value> ofStacks);
  void contribute(ScanOp scan);

  Pullback &outer;
  OpBuilder &builder;
  Operation &op;
  Location loc;
  int64_t length;
  ValueRange inits, xs, captures;
  Block &body;
  /// The numbers of the states, slices and captures that have cotangents.
  SmallVector<unsigned> states, slices, taken;
};

} // namespace

LogicalResult ReverseScan::run(ValueRange stacks, ArrayRef<Value> ofStacks, ArrayRef<Value> ofLast) {
  SmallVector<Value> newInits, newXs;
  auto start = [&](Type type) { newInits.push_back(createSplat(builder, loc, cast<RankedTensorType>(type), 0)); };
  for (auto [k, init] : llvm::enumerate(inits))
    if (isFloat(init)) {
      states.push_back(k);
      if (ofLast[k])
        newInits.push_back(ofLast[k]);
      else
        start(init.getType());
    }
  for (auto [j, x] : llvm::enumerate(xs))
    if (outer.isActive(x)) {
      slices.push_back(j);
      start(body.getArgument(1 + inits.size() + j).getType());
    }
  for (auto [c, capture] : llvm::enumerate(captures))
    if (outer.isActive(capture)) {
      taken.push_back(c);
      start(capture.getType());
    }
  for (auto [init, stack] : llvm::zip(inits, stacks))
    newXs.push_back(reverse(builder, loc, statesBefore(builder, loc, init, stack)));
  for (Value x : xs)
    newXs.push_back(reverse(builder, loc, x));
  for (unsigned k : states)
    if (ofStacks[k])
      newXs.push_back(reverse(builder, loc, ofStacks[k]));
  SmallVector<Type> types;
  for (Value init : newInits)
    types.push_back(stackOf(length, init.getType()));
  auto scan = ScanOp::create(builder, loc, types, length, newInits, newXs, captures);
  if (failed(writeBody(scan, ofStacks)))
    return failure();
  contribute(scan);
  return success();
}

LogicalResult ReverseScan::writeBody(ScanOp scan, ArrayRef<Value> ofStacks) {
  Block &block = scan.getBody().emplaceBlock();
  PerExample &perExample = outer.context.perExample;
  auto addArgument = [&](Type type, Value like) {
    Value argument = block.addArgument(type, loc);
    perExample.assume(argument, like && perExample(like));
    return argument;
  };
  // A state's cotangent differs by example where the state does.
  auto bodyArgument = [&](unsigned number) -> Value { return body.getArgument(number); };
  Value turn = addArgument(RankedTensorType::get({}, builder.getI32Type()), {});
  SmallVector<Value> cotangents(inits.size());
  for (unsigned k : states)
    cotangents[k] = addArgument(inits[k].getType(), bodyArgument(1 + k));
  for (unsigned j : slices)
    addArgument(bodyArgument(1 + inits.size() + j).getType(), bodyArgument(1 + inits.size() + j));
  for (unsigned c : taken)
    addArgument(captures[c].getType(), captures[c]);

  OpBuilder inner = OpBuilder::atBlockEnd(&block);
  IRMapping mapping;
  SmallVector<Value> wrt;
  for (auto [number, argument] : llvm::enumerate(body.getArguments().drop_front())) {
    if (number == inits.size() + xs.size())
      break;
    mapping.map(argument, addArgument(argument.getType(), argument));
  }
  SmallVector<Value> ofTurn(inits.size());
  for (unsigned k : states)
    if (ofStacks[k])
      ofTurn[k] = addArgument(inits[k].getType(), bodyArgument(1 + k));
  for (auto [argument, capture] : llvm::zip(body.getArguments().drop_front(1 + inits.size() + xs.size()), captures))
    mapping.map(argument, addArgument(argument.getType(), capture));
  mapping.map(body.getArgument(0), mirrored(inner, loc, turn, length));

  for (Operation &inside : body.without_terminator())
    inner.clone(inside, mapping);
  SmallVector<Value> ys, ofYs;
  for (unsigned k : states) {
    ys.push_back(mapping.lookup(body.getTerminator()->getOperand(k)));
    SmallVector<Value> both{cotangents[k]};
    if (ofTurn[k])
      both.push_back(ofTurn[k]);
    ofYs.push_back(addAll(inner, loc, both));
    wrt.push_back(mapping.lookup(bodyArgument(1 + k)));
  }
  for (unsigned j : slices)
    wrt.push_back(mapping.lookup(bodyArgument(1 + inits.size() + j)));
  for (unsigned c : taken)
    wrt.push_back(mapping.lookup(bodyArgument(1 + inits.size() + xs.size() + c)));
  SmallVector<Value> grads;
  if (failed(Pullback(inner, outer.context, outer.ofBatch).run(ys, ofYs, wrt, grads)))
    return failure();
  for (auto [grad, x] : llvm::zip(grads, wrt))
    if (!grad)
      grad = createSplat(inner, loc, cast<RankedTensorType>(x.getType()), 0);
  YieldOp::create(inner, loc, grads);
  return success();
}

void ReverseScan::contribute(ScanOp scan) {
  // Sums over examples happened inside, turn by turn.
  ValueRange results = scan.getResults();
  bool perExample = outer.worksPerExample(op);
  for (unsigned k : states) {
    if (outer.isActive(inits[k])) {
      bool state = outer.context.perExample(body.getArgument(1 + k));
      outer.contribute(loc, inits[k], lastOf(builder, loc, results.front()), perExample && state);
    }
    results = results.drop_front();
  }
  for (unsigned j : slices) {
    outer.contribute(loc, xs[j], reverse(builder, loc, results.front()), /*perExample=*/false);
    results = results.drop_front();
  }
  for (unsigned c : taken) {
    outer.contribute(loc, captures[c], sumOf(builder, loc, results.front()), /*perExample=*/false);
    results = results.drop_front();
  }
}

LogicalResult nn::pullBackScan(Pullback &pullback, ScanOp op, ArrayRef<Value> cotangents) {
  SmallVector<Value> ofLast(op.getInits().size());
  return ReverseScan(pullback, *op, op.getLength(), op.getInits(), op.getXs(), op.getCaptures())
      .run(op.getResults(), cotangents, ofLast);
}

LogicalResult nn::pullBackIterate(Pullback &pullback, IterateOp op, ArrayRef<Value> cotangents) {
  if (op.getUntil())
    return op.emitError(
        "a loop that ends by a condition (`until`) has no derivative in reverse mode, because the number of its "
        "turns is not known: leave `until` away, or use `jvp`");
  // The states in between were not kept: the same turns once more, as a scan.
  SmallVector<Type> types;
  for (Value init : op.getInits())
    types.push_back(stackOf(op.getAtMost(), init.getType()));
  auto saved = ScanOp::create(pullback.builder, op.getLoc(), types, op.getAtMost(), op.getInits(), ValueRange(),
                              op.getCaptures());
  IRMapping mapping;
  op.getBody().cloneInto(&saved.getBody(), mapping);
  SmallVector<Value> none(op.getInits().size());
  return ReverseScan(pullback, *saved, op.getAtMost(), op.getInits(), ValueRange(), op.getCaptures())
      .run(saved.getResults(), none, cotangents);
}

// --- Forward mode ---

/// One more state for each float state, one more slice and capture for each that has a tangent.
LogicalResult nn::pushForwardLoop(OpBuilder &builder, DiffContext &context, Operation &op, ArrayRef<Value> tangents,
                                  SmallVectorImpl<Value> &results) {
  Location loc = op.getLoc();
  auto scan = dyn_cast<ScanOp>(op);
  auto iterate = dyn_cast<IterateOp>(op);
  ValueRange inits = scan ? scan.getInits() : iterate.getInits(), xs = scan ? ValueRange(scan.getXs()) : ValueRange();
  ValueRange captures = scan ? scan.getCaptures() : iterate.getCaptures();
  Block &body = op.getRegion(0).front();

  // Each list of operands with its tangents behind it.
  auto block = std::make_unique<Block>();
  block->addArgument(body.getArgument(0).getType(), loc);
  IRMapping mapping;
  mapping.map(body.getArgument(0), block->getArgument(0));
  SmallVector<Value> from, fromTangents;
  unsigned next = 1;
  auto extend = [&](ValueRange values, bool everyFloat) {
    SmallVector<Value> now(values);
    ArrayRef<Value> own = tangents.slice(next - 1, values.size());
    auto arguments = body.getArguments().slice(next, values.size());
    for (BlockArgument argument : arguments)
      mapping.map(argument, block->addArgument(argument.getType(), loc));
    for (auto [value, tangent, argument] : llvm::zip(values, own, arguments)) {
      if (!tangent && !(everyFloat && isFloat(value)))
        continue;
      now.push_back(tangent ? tangent : createSplat(builder, loc, cast<RankedTensorType>(value.getType()), 0));
      from.push_back(mapping.lookup(argument));
      fromTangents.push_back(block->addArgument(argument.getType(), loc));
    }
    next += values.size();
    return now;
  };
  SmallVector<Value> newInits = extend(inits, /*everyFloat=*/true), newXs = extend(xs, false);
  SmallVector<Value> newCaptures = extend(captures, false);

  OpBuilder inner(op.getContext());
  inner.setInsertionPointToEnd(block.get());
  for (Operation &inside : body.without_terminator())
    inner.clone(inside, mapping);
  SmallVector<Value> yielded, ofYielded, floats;
  for (Value value : body.getTerminator()->getOperands())
    yielded.push_back(mapping.lookup(value));
  for (auto [init, value] : llvm::zip(inits, yielded))
    if (isFloat(init))
      floats.push_back(value);
  if (failed(pushForward(inner, context, from, fromTangents, floats, ofYielded)))
    return failure();
  for (auto [value, tangent] : llvm::zip(floats, ofYielded))
    if (!tangent)
      tangent = createSplat(inner, loc, cast<RankedTensorType>(value.getType()), 0);
  yielded.insert(yielded.begin() + inits.size(), ofYielded.begin(), ofYielded.end());
  YieldOp::create(inner, loc, yielded);

  Operation *now;
  if (scan) {
    SmallVector<Type> types;
    for (Value init : newInits)
      types.push_back(stackOf(scan.getLength(), init.getType()));
    now = ScanOp::create(builder, loc, types, scan.getLength(), newInits, newXs, newCaptures);
  } else {
    now = IterateOp::create(builder, loc, ValueRange(newInits).getTypes(), iterate.getAtMost(), iterate.getUntil(),
                            newInits, newCaptures);
  }
  now->getRegion(0).push_back(block.release());
  unsigned place = inits.size();
  for (Value init : inits)
    results.push_back(isFloat(init) ? Value(now->getResult(place++)) : Value());
  return success();
}

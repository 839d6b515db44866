/// Calls, written in place or mapped over the indices around them, and loops, which call their bodies.
#include "Dialect/NN/IR/Trace.h"
#include "Frontend/Emit/Emitter.h"

using namespace mlir;
using namespace nn::checked;

namespace nn::emit {

// ---- calls

/// True if the function is a tree of scalar functions of its inputs, small enough to be written in place.
static bool isScalarTree(const Expr *expr, unsigned &size) {
  constexpr unsigned largest = 48;
  if (++size > largest || !expr->type.isScalar() || expr->isVariable)
    return false;
  if (auto *op = llvm::dyn_cast<Pointwise>(expr))
    return llvm::all_of(op->operands, [&](const Expr *operand) { return isScalarTree(operand, size); });
  if (auto *result = llvm::dyn_cast<CallResult>(expr)) {
    const Function *callee = result->call->callee;
    return result->call->axes.empty() && result->call->at.empty() && callee->effects.empty() &&
           isScalarTree(callee->results[result->result], size) &&
           llvm::all_of(result->call->args, [&](const Expr *arg) { return isScalarTree(arg, size); });
  }
  return llvm::isa<Number, Input, Setting>(expr) || (llvm::isa<Ambient>(expr));
}

/// A copy of a scalar tree with its inputs replaced by arguments, over `axes`, for the call at `site`.
static Expr *substitute(const Expr *expr, const std::vector<Expr *> &args, const Shape &axes, SourceRange site,
                        std::vector<std::unique_ptr<Expr>> &made) {
  if (auto *input = llvm::dyn_cast<Input>(expr))
    return args[input->position];
  if (auto *result = llvm::dyn_cast<CallResult>(expr)) {
    std::vector<Expr *> inner;
    inner.reserve(result->call->args.size());
    for (const Expr *arg : result->call->args)
      inner.push_back(substitute(arg, args, axes, site, made));
    return substitute(result->call->callee->results[result->result], inner, axes, site, made);
  }
  auto *op = llvm::dyn_cast<Pointwise>(expr);
  if (!op)
    return const_cast<Expr *>(expr);
  auto copy = std::make_unique<Pointwise>();
  copy->type = op->type;
  copy->range = op->range;
  copy->site = site;
  copy->op = op->op;
  for (const Expr *operand : op->operands) {
    copy->operands.push_back(substitute(operand, args, axes, site, made));
    if (!copy->operands.back()->type.isScalar())
      copy->type.axes = axes;
  }
  made.push_back(std::move(copy));
  return made.back().get();
}

const Expr *FunctionEmitter::expanded(const CallResult *expr) {
  auto found = expansions.find(expr);
  if (found != expansions.end())
    return found->second;
  const Function *callee = expr->call->callee;
  unsigned size = 0;
  const Expr *body = nullptr;
  if (callee->effects.empty() && expr->call->at.empty() && isScalarTree(callee->results[expr->result], size))
    body = substitute(callee->results[expr->result], expr->call->args, expr->call->axes,
                      expr->site.valid() ? expr->site : inProgram(expr->range), made);
  return expansions[expr] = body;
}

SourceRange FunctionEmitter::inProgram(SourceRange range) const {
  return range.valid() && !translation.sources.isLibrary(range.file) ? range : SourceRange();
}

Value FunctionEmitter::spread(const Expr *expr, const Indices &indices, const Shape &axes, unsigned rank) {
  Location loc = locOf(expr->range, expr->name);
  EquationEmitter equation(*this, Combine::map, loc);
  SmallVector<AffineExpr> write, trailing;
  SmallVector<int64_t> shape;
  auto add = [&](unsigned dim, const Dim &extent) {
    write.push_back(equation.dim(dim));
    shape.push_back(extent.storage());
  };
  for (const IndexVar *var : indices)
    add(equation.addIndex(var), *var->extent);
  bool overAxes = expr->type.rank() == rank + axes.size();
  for (const Axis &axis : axes) {
    add(equation.addAxis(axis), axis.extent);
    if (overAxes)
      trailing.push_back(write.back());
  }
  for (unsigned axis = expr->type.rank() - rank; axis < expr->type.rank(); ++axis) {
    add(equation.addAxis(expr->type.axes[axis]), expr->type.axes[axis].extent);
    trailing.push_back(write.back());
  }
  return equation.finish(expr, trailing, write, RankedTensorType::get(shape, translation.elementOf(expr->type.elem)));
}

/// The parameters that have other values in a call; null if there are none.
static ArrayAttr parametersOf(const Call *call, OpBuilder &builder) {
  SmallVector<Attribute> paths;
  for (const std::string &path : call->at)
    paths.push_back(FlatSymbolRefAttr::get(builder.getContext(), path));
  return paths.empty() ? ArrayAttr() : builder.getArrayAttr(paths);
}

/// Of a traced function also what it calls is traced, where it runs once and whole.
std::string FunctionEmitter::calleeOf(const Function *callee, size_t numGuards) {
  return (traced && numGuards == 0 ? tracedPrefix : llvm::StringLiteral("")).str() + variants.nameOf(callee, numGuards);
}

ValueRange FunctionEmitter::emitCall(const Call *call) {
  auto &results = groups[call];
  if (!results.empty())
    return results;
  Location loc = locOf(call->range);
  Indices indices;
  for (const Expr *arg : call->args)
    for (const IndexVar *var : freeIndices(arg))
      indices.insert(var);
  std::optional<Guard> guard = guardOver(indices, call->axes, loc);
  auto callee = FlatSymbolRefAttr::get(&translation.context, calleeOf(call->callee, guards.size() + guard.has_value()));
  SmallVector<Type> types;
  for (const Expr *result : call->callee->results)
    types.push_back(translation.typeOf(result->type));
  SmallVector<Value> args;
  if (indices.empty() && call->axes.empty()) {
    for (const Expr *arg : call->args)
      args.push_back(tensor(arg));
    if (llvm::is_contained(args, Value()))
      return results;
    // Values of parameters come last.
    SmallVector<Value> at(args.end() - call->at.size(), args.end());
    args.truncate(args.size() - at.size());
    guardValues(args);
    args.append(at);
    auto op = CallOp::create(builder, loc, types, callee, args, nullptr, nullptr, parametersOf(call, builder));
    if (call->recompute)
      op->setAttr(rematAttrName, builder.getUnitAttr());
    SmallVector<Value> values(op.getResults());
    return groups[call] = values;
  }
  // Mapped: the indices and axes become one leading axis.
  SmallVector<int64_t> leading;
  int64_t extent = 1;
  for (const IndexVar *var : indices)
    leading.push_back(var->extent->storage());
  for (const Axis &axis : call->axes)
    leading.push_back(axis.extent.storage());
  for (int64_t size : leading)
    extent *= size;
  SmallVector<bool> mapped;
  for (auto [arg, input] : llvm::zip(call->args, call->callee->inputs)) {
    unsigned rank = input->type.rank();
    mapped.push_back(!freeIndices(arg).empty() || arg->type.rank() != rank);
    Value value = mapped.back() ? spread(arg, indices, call->axes, rank) : tensor(arg);
    if (!value)
      return results;
    if (mapped.back() && leading.size() != 1) {
      SmallVector<int64_t> shape = {extent};
      RankedTensorType own = translation.typeOf(input->type);
      shape.append(own.getShape().begin(), own.getShape().end());
      value = ReshapeOp::create(builder, loc, RankedTensorType::get(shape, own.getElementType()), value);
    }
    args.push_back(value);
  }
  guardValues(args);
  mapped.append(2 * guards.size(), false);
  if (guard) {
    args.append({guard->position, guard->limit});
    mapped.append({true, false});
  }
  SmallVector<Type> mappedTypes;
  for (Type type : types) {
    auto own = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape = {extent};
    shape.append(own.getShape().begin(), own.getShape().end());
    mappedTypes.push_back(RankedTensorType::get(shape, own.getElementType()));
  }
  auto op = CallOp::create(builder, loc, mappedTypes, callee, args, builder.getDenseBoolArrayAttr(mapped),
                           builder.getI64IntegerAttr(extent), nullptr);
  if (call->recompute)
    op->setAttr(rematAttrName, builder.getUnitAttr());
  SmallVector<Value> values;
  for (auto [value, type] : llvm::zip(op.getResults(), types)) {
    auto own = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(leading);
    shape.append(own.getShape().begin(), own.getShape().end());
    auto full = RankedTensorType::get(shape, own.getElementType());
    values.push_back(leading.size() == 1 ? value : Value(ReshapeOp::create(builder, loc, full, value)));
  }
  return groups[call] = values;
}

Value FunctionEmitter::callResult(const CallResult *expr) {
  ValueRange results = emitCall(expr->call);
  if (results.empty())
    return {};
  Value value = results[expr->result];
  // The call is mapped over the indices of all its arguments, in their order of appearance: that of `freeIndices`.
  return value;
}

// ---- loops

Value FunctionEmitter::loopResult(const LoopResult *expr) {
  if (!freeIndices(expr).empty())
    return refuse("a loop inside an equation", expr);
  if (groups[expr->loop].empty()) {
    ValueRange made = expr->loop->scan ? emitScan(expr->loop) : emitIterate(expr->loop);
    SmallVector<Value> results(made);
    groups[expr->loop] = results;
  }
  return groups[expr->loop].empty() ? Value() : groups[expr->loop][expr->result];
}

/// The values of expressions; empty if one could not be emitted.
static bool valuesOf(FunctionEmitter &emitter, const std::vector<Expr *> &exprs, SmallVectorImpl<Value> &values) {
  for (const Expr *expr : exprs) {
    values.push_back(emitter.tensor(expr));
    if (!values.back())
      return false;
  }
  return true;
}

static SmallVector<Type> resultTypes(const Function *function, const Translation &translation) {
  SmallVector<Type> types;
  for (const Expr *result : function->results)
    types.push_back(translation.typeOf(result->type));
  return types;
}

/// A block whose first argument is the turn, followed by arguments of these types.
static Block *loopBlock(OpBuilder &builder, Region &region, Location loc, ArrayRef<Type> types) {
  Block *block = builder.createBlock(&region);
  block->addArgument(RankedTensorType::get({}, builder.getI32Type()), loc);
  for (Type type : types)
    block->addArgument(type, loc);
  return block;
}

ValueRange FunctionEmitter::emitScan(const Loop *loop) {
  Location loc = locOf(loop->range);
  SmallVector<Value> inits, xs, captures;
  if (!valuesOf(*this, loop->inits, inits) || !valuesOf(*this, loop->xs, xs) ||
      !valuesOf(*this, loop->captured, captures))
    return {};
  int64_t length = loop->length.storage();
  guardValues(captures);
  size_t turns = loop->length.isBounded();
  if (turns)
    captures.push_back(lengthValue(loop->length, loc));
  SmallVector<Type> results, states = resultTypes(loop->body, translation), arguments;
  for (Type type : states) {
    auto own = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape = {length};
    shape.append(own.getShape().begin(), own.getShape().end());
    results.push_back(RankedTensorType::get(shape, own.getElementType()));
  }
  for (const Input *input : loop->body->inputs)
    arguments.push_back(translation.typeOf(input->type));
  arguments.append(2 * guards.size() + turns, RankedTensorType::get({}, builder.getI32Type()));
  auto op = ScanOp::create(builder, loc, results, length, inits, xs, captures);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = loopBlock(builder, op.getBody(), loc, arguments);
  SmallVector<Value> given(block->getArguments().drop_front());
  if (turns) // a turn at or behind the end computes nothing
    given.insert(given.end() - 1, block->getArgument(0));
  auto next = CallOp::create(builder, loc, states, variants.nameOf(loop->body, guards.size() + turns), given, nullptr,
                             nullptr, nullptr);
  YieldOp::create(builder, loc, next.getResults());
  return op.getResults();
}

ValueRange FunctionEmitter::emitIterate(const Loop *loop) {
  Location loc = locOf(loop->range);
  SmallVector<Value> inits, captures;
  if (!valuesOf(*this, loop->inits, inits) || !valuesOf(*this, loop->captured, captures) ||
      !valuesOf(*this, loop->untilCaptured, captures))
    return {};
  guardValues(captures);
  SmallVector<Type> states = resultTypes(loop->body, translation), arguments;
  for (const Input *input : loop->body->inputs)
    arguments.push_back(translation.typeOf(input->type));
  size_t own = arguments.size();
  for (const Expr *captured : loop->untilCaptured)
    arguments.push_back(translation.typeOf(captured->type));
  size_t guarded = arguments.size();
  arguments.append(2 * guards.size(), RankedTensorType::get({}, builder.getI32Type()));
  auto op = IterateOp::create(builder, loc, states, *loop->length.constant(), loop->until != nullptr, inits, captures);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = loopBlock(builder, op.getBody(), loc, arguments);
  auto values = block->getArguments().drop_front();
  SmallVector<Value> given(values.take_front(own));
  given.append(values.begin() + guarded, values.end());
  auto next = CallOp::create(builder, loc, states, variants.nameOf(loop->body, guards.size()), given, nullptr, nullptr,
                             nullptr);
  SmallVector<Value> yielded(next.getResults());
  if (loop->until) {
    // The test sees the new states and its own captures.
    SmallVector<Value> seen(next.getResults());
    seen.append(values.begin() + own, values.end());
    Type truth = RankedTensorType::get({}, builder.getI1Type());
    std::string until = variants.nameOf(loop->until, guards.size());
    yielded.push_back(CallOp::create(builder, loc, truth, until, seen, nullptr, nullptr, nullptr).getResult(0));
  }
  YieldOp::create(builder, loc, yielded);
  return op.getResults();
}

} // namespace nn::emit

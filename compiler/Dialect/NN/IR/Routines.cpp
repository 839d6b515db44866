// Routines: their shapes, their verifier, and how they are applied along a new leading axis.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;
using namespace nn;

//===-- Shapes
//---------------------------------------------------------------------------------------------------------===//

unsigned RoutineOp::numInputs(RoutineKind kind) { return kind == RoutineKind::solve ? 2 : 1; }

unsigned RoutineOp::numResults(RoutineKind kind) {
  return kind == RoutineKind::svd ? 3 : kind == RoutineKind::eigh || kind == RoutineKind::group ? 2 : 1;
}

unsigned RoutineOp::inputRank(RoutineKind kind, unsigned) {
  return kind == RoutineKind::order || kind == RoutineKind::group ? 1 : 2;
}

unsigned RoutineOp::resultRank(RoutineKind kind, unsigned k) {
  bool vector =
      inputRank(kind, 0) == 1 || (kind == RoutineKind::eigh && k == 0) || (kind == RoutineKind::svd && k == 1);
  return vector ? 1 : 2;
}

ArrayRef<int64_t> RoutineOp::getLeading() {
  ArrayRef<int64_t> shape = cast<ShapedType>(getInputs()[0].getType()).getShape();
  return shape.drop_back(inputRank(getKind(), 0));
}

ArrayRef<int64_t> RoutineOp::getCore(unsigned k) {
  ArrayRef<int64_t> shape = cast<ShapedType>(getInputs()[k].getType()).getShape();
  return shape.take_back(inputRank(getKind(), k));
}

SmallVector<Type> RoutineOp::inferTypes(RoutineKind kind, TypeRange inputs) {
  auto first = cast<ShapedType>(inputs[0]);
  unsigned rank = inputRank(kind, 0);
  ArrayRef<int64_t> leading = first.getShape().drop_back(rank), core = first.getShape().take_back(rank);
  auto type = [&](ArrayRef<int64_t> own, Type element = {}) -> Type {
    SmallVector<int64_t> shape(leading);
    llvm::append_range(shape, own);
    return RankedTensorType::get(shape, element ? element : first.getElementType());
  };
  switch (kind) {
  case RoutineKind::solve:
    return {type(cast<ShapedType>(inputs[1]).getShape().take_back(2))};
  case RoutineKind::eigh:
    return {type(core[0]), type(core)};
  case RoutineKind::svd: {
    int64_t least = std::min(core[0], core[1]);
    return {type({core[0], least}), type(least), type({core[1], least})};
  }
  case RoutineKind::order:
    return {type(core, IntegerType::get(first.getContext(), 32))};
  default:
    return {type(core)};
  }
}

void RoutineOp::build(OpBuilder &builder, OperationState &state, RoutineKind kind, ValueRange inputs) {
  build(builder, state, inferTypes(kind, inputs.getTypes()), kind, inputs, ValueRange(), StringAttr());
}

RoutineOp RoutineOp::createGroup(OpBuilder &builder, Location loc, Value table, int64_t groups) {
  auto type = cast<RankedTensorType>(table.getType());
  SmallVector<int64_t> first(type.getShape());
  first.back() = groups + 1;
  return RoutineOp::create(builder, loc, TypeRange{type.clone(first), type}, RoutineKind::group, table, ValueRange(),
                           StringAttr());
}

//===-- The verifier
//---------------------------------------------------------------------------------------------------===//

/// What the law says about the axes of the inputs; null if they fit.
static const char *misfit(RoutineOp op) {
  ArrayRef<int64_t> core = op.getCore(0);
  switch (op.getKind()) {
  case RoutineKind::solve:
    if (op.getCore(1)[0] != core[0])
      return "a right-hand side has as many rows as the matrix";
    [[fallthrough]];
  case RoutineKind::cholesky:
  case RoutineKind::eigh:
    return core[0] == core[1] ? nullptr : "the matrix is not square";
  case RoutineKind::fft:
  case RoutineKind::fft_inverse:
    return core[1] == 2 ? nullptr : "complex numbers have a last axis of 2";
  default:
    return nullptr;
  }
}

/// `group` is the one whose operand does not tell how long its results are.
static LogicalResult verifyGroup(RoutineOp op, ValueRange results) {
  auto table = cast<ShapedType>(op.getInputs()[0].getType()), first = cast<ShapedType>(results[0].getType()),
       places = cast<ShapedType>(results[1].getType());
  for (ShapedType type : {table, first, places})
    if (!type.getElementType().isInteger(32))
      return op.emitOpError("routine_c4: `group` is of i32, not of ") << type.getElementType();
  if (table.getRank() < 1)
    return op.emitOpError("routine_c2: the leading axes of ") << table << " are not those of the first operand";
  bool leads = first.getRank() == table.getRank() && first.getShape().drop_back() == op.getLeading();
  if (!leads || first.getShape().back() < 1)
    return op.emitOpError("routine_c3: a result is ") << first << ", not the beginning of each group and an end";
  if (places.getShape() != table.getShape())
    return op.emitOpError("routine_c3: a result is ") << places << ", not " << table;
  return success();
}

LogicalResult RoutineOp::verify() {
  RoutineKind kind = getKind();
  ValueRange results = getInto().empty() ? ValueRange(getOutputs()) : ValueRange(getInto());
  if (getInputs().size() != numInputs(kind) || results.size() != numResults(kind))
    return emitOpError("routine_c1: `") << stringifyRoutineKind(kind) << "` takes " << numInputs(kind) << " and gives "
                                        << numResults(kind);
  if (kind == RoutineKind::group)
    return verifyGroup(*this, results);
  Type element = cast<ShapedType>(getInputs()[0].getType()).getElementType();
  if (!element.isF32() && !element.isF64())
    return emitOpError("routine_c4: of f32 or f64, not of ") << element;
  for (auto [k, input] : llvm::enumerate(getInputs())) {
    auto type = cast<ShapedType>(input.getType());
    if (type.getRank() < inputRank(kind, k) || type.getShape().drop_back(inputRank(kind, k)) != getLeading())
      return emitOpError("routine_c2: the leading axes of ") << type << " are not those of the first operand";
    if (type.getElementType() != element)
      return emitOpError("routine_c4: operands of ") << element << " and of " << type.getElementType();
  }
  if (const char *what = misfit(*this))
    return emitOpError("routine_c3: ") << what;
  for (auto [result, expected] : llvm::zip(results, inferTypes(kind, getInputs().getTypes()))) {
    auto type = cast<ShapedType>(result.getType()), law = cast<ShapedType>(expected);
    if (type.getShape() != law.getShape() || type.getElementType() != law.getElementType())
      return emitOpError("routine_c3: a result is ") << type << ", not " << law;
  }
  return success();
}

void RoutineOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (getInto().empty())
    return;
  for (OpOperand &operand : getInputsMutable())
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : getIntoMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &operand);
}

//===-- Along a new leading axis
//---------------------------------------------------------------------------------------===//

/// The axis `from` moved to the place `to`, as an equation.
static Value moveAxis(OpBuilder &builder, Location loc, Value value, unsigned from, unsigned to) {
  for (; from < to; ++from)
    value = swapAxes(builder, loc, value, from, from + 1);
  for (; from > to; --from)
    value = swapAxes(builder, loc, value, from, from - 1);
  return value;
}

/// One matrix for all slices: their right-hand sides stand side by side, and the matrix is factored once.
static Value solveSideBySide(OpBuilder &builder, RoutineOp op, Value matrix, Value sides) {
  Location loc = op.getLoc();
  auto own = cast<RankedTensorType>(op.getOutputs()[0].getType());
  int64_t slices = cast<ShapedType>(sides.getType()).getDimSize(0), columns = own.getShape().back();
  unsigned rank = own.getRank();
  Value moved = moveAxis(builder, loc, sides, 0, rank - 1); // [.., n, slices, k]
  SmallVector<int64_t> flat(own.getShape());
  flat.back() = slices * columns;
  Value right = ReshapeOp::create(builder, loc, own.clone(flat), moved);
  Value solved = RoutineOp::create(builder, loc, RoutineKind::solve, ValueRange{matrix, right}).getOutputs()[0];
  Value apart = ReshapeOp::create(builder, loc, moved.getType(), solved);
  return moveAxis(builder, loc, apart, rank - 1, 0);
}

LogicalResult RoutineOp::batch(OpBuilder &builder, Batching &batching) {
  if (getKind() == RoutineKind::solve && !batching.isMapped(getInputs()[0])) {
    Value sides = batching.lookup(getInputs()[1]);
    batching.set(getOutputs()[0], solveSideBySide(builder, *this, batching.lookup(getInputs()[0]), sides), true);
    return success();
  }
  SmallVector<Value> inputs;
  for (Value input : getInputs())
    inputs.push_back(batching.lookupMapped(builder, getLoc(), input));
  auto now =
      getKind() == RoutineKind::group
          ? createGroup(builder, getLoc(), inputs[0], cast<ShapedType>(getOutputs()[0].getType()).getShape().back() - 1)
          : RoutineOp::create(builder, getLoc(), getKind(), inputs);
  for (auto [old, result] : llvm::zip(getOutputs(), now.getOutputs()))
    batching.set(old, result, true);
  return success();
}

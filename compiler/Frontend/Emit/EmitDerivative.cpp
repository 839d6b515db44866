/// Derivatives and routines: operations on whole values, also inside of equations.
#include "Frontend/Emit/Emitter.h"

#include "Dialect/NN/IR/Batching.h"

using namespace mlir;
using namespace nn::checked;

namespace nn::emit {

// ---- derivatives

Value FunctionEmitter::derivativeResult(const DerivativeResult *expr) {
  const Derivative *derivative = expr->derivative;
  if (!freeIndices(expr).empty())
    return derivativeAlong(expr);
  auto &results = groups[derivative];
  if (results.empty()) {
    Location loc = locOf(derivative->range);
    SmallVector<Value> wrt;
    for (const Expr *x : derivative->wrt)
      wrt.push_back(tensor(x));
    Value y = tensor(derivative->y);
    if (!y || llvm::is_contained(wrt, Value()))
      return {};
    SmallVector<Value> made;
    if (derivative->kind == DerivativeKind::Grad) {
      auto op = GradOp::create(builder, loc, TypeRange(ValueRange(wrt)), y, wrt);
      made.append(op.getResults().begin(), op.getResults().end());
    } else if (derivative->kind == DerivativeKind::Jvp) {
      Value tangent = tensor(derivative->tangent);
      if (!tangent)
        return {};
      made.push_back(JvpOp::create(builder, loc, y.getType(), y, wrt[0], tangent));
    } else {
      for (auto [x, value] : llvm::zip(derivative->wrt, wrt)) {
        checked::TensorType type = x->type;
        type.axes.insert(type.axes.begin(), derivative->y->type.axes.begin(), derivative->y->type.axes.end());
        made.push_back(JacobianOp::create(builder, loc, translation.typeOf(type), y, value));
      }
    }
    groups[derivative] = made;
  }
  return groups[derivative][derivative->kind == DerivativeKind::Jvp ? 0 : expr->result];
}

// ---- derivatives inside of equations

/// The sum over the first axes of a tensor that `summed` marks.
static Value sumMarked(OpBuilder &builder, Location loc, Value value, ArrayRef<bool> summed) {
  auto type = cast<RankedTensorType>(value.getType());
  EquationParts parts;
  parts.combine = Combine::sum;
  parts.extents = llvm::to_vector(type.getShape());
  AffineMap all = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> write;
  SmallVector<int64_t> shape;
  for (unsigned d = 0; d < type.getRank(); ++d)
    if (d >= summed.size() || !summed[d]) {
      write.push_back(all.getResult(d));
      shape.push_back(type.getDimSize(d));
    }
  parts.write = AffineMap::get(type.getRank(), 0, write, builder.getContext());
  parts.addInput(value, all);
  return EquationOp::create(builder, loc, parts, RankedTensorType::get(shape, type.getElementType()),
                            [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

/// The tensor whose axis k is axis order[k] of `value`.
static Value reorder(OpBuilder &builder, Location loc, Value value, ArrayRef<unsigned> order) {
  auto type = cast<RankedTensorType>(value.getType());
  EquationParts parts;
  SmallVector<AffineExpr> read(order.size());
  for (auto [place, axis] : llvm::enumerate(order)) {
    parts.extents.push_back(type.getDimSize(axis));
    read[axis] = builder.getAffineDimExpr(place);
  }
  parts.write = builder.getMultiDimIdentityMap(order.size());
  parts.addInput(value, AffineMap::get(order.size(), 0, read, builder.getContext()));
  return EquationOp::create(builder, loc, parts, RankedTensorType::get(parts.extents, type.getElementType()),
                            [](OpBuilder &, Location, ValueRange args) { return args[0]; })
      .getResult();
}

/// A derivative for every value of the indices around it. y has an axis for each of them. Where x has it, too, only
/// equal entries depend on each other: there a sum over it has all derivatives. Where x is the same for all, they are
/// rows of a Jacobian.
Value FunctionEmitter::derivativeAlong(const DerivativeResult *expr) {
  const Derivative *derivative = expr->derivative;
  Location loc = locOf(derivative->range);
  const Expr *x = derivative->wrt[derivative->kind == DerivativeKind::Jvp ? 0 : expr->result];
  const Indices &ofX = freeIndices(x), &ofY = freeIndices(derivative->y);
  Value variable = tensor(x), y = tensor(derivative->y);
  if (!variable || !y)
    return {};
  if (derivative->kind == DerivativeKind::Jvp) {
    bool fits = llvm::all_of(freeIndices(derivative->tangent), [&](const IndexVar *var) { return ofX.contains(var); });
    if (!fits)
      return refuse("a derivative along a direction for each value of an index", expr);
    Value tangent = spread(derivative->tangent, ofX, {}, x->type.rank());
    return tangent ? Value(JvpOp::create(builder, loc, y.getType(), y, variable, tangent)) : Value();
  }
  SmallVector<bool> summed;
  SmallVector<const IndexVar *> left;
  for (const IndexVar *var : ofY) {
    summed.push_back(ofX.contains(var));
    if (!summed.back())
      left.push_back(var);
  }
  if (llvm::is_contained(summed, true))
    y = sumMarked(builder, loc, y, summed);
  auto ownType = cast<RankedTensorType>(y.getType()), xType = cast<RankedTensorType>(variable.getType());
  if (ownType.getRank() == 0)
    return GradOp::create(builder, loc, TypeRange(variable.getType()), y, variable).getResult(0);
  SmallVector<int64_t> shape(ownType.getShape());
  llvm::append_range(shape, xType.getShape());
  Value jacobian =
      JacobianOp::create(builder, loc, RankedTensorType::get(shape, ownType.getElementType()), y, variable);
  // From [left, axes of y, indices of x, axes of x] to [indices of y, axes of y, axes of x].
  SmallVector<unsigned> order;
  for (const IndexVar *var : ofY) {
    auto *place = llvm::find(ofX, var);
    order.push_back(place == ofX.end() ? llvm::find(left, var) - left.begin()
                                       : ownType.getRank() + (place - ofX.begin()));
  }
  for (unsigned d = left.size(); d < ownType.getRank(); ++d)
    order.push_back(d);
  for (unsigned d = ofX.size(); d < xType.getRank(); ++d)
    order.push_back(ownType.getRank() + d);
  return llvm::is_sorted(order) ? jacobian : reorder(builder, loc, jacobian, order);
}

// ---- routines

Value FunctionEmitter::routineResult(const RoutineResult *expr) {
  const Routine *routine = expr->routine;
  auto &results = groups[routine];
  if (results.empty()) {
    Location loc = locOf(routine->range);
    Indices indices;
    for (const Expr *operand : routine->operands)
      for (const IndexVar *var : freeIndices(operand))
        indices.insert(var);
    RoutineKind kind = *symbolizeRoutineKind(routine->kind);
    SmallVector<Value> operands;
    for (auto [k, operand] : llvm::enumerate(routine->operands)) {
      Value value = indices.empty() ? tensor(operand) : spread(operand, indices, {}, operand->type.rank());
      if (!value)
        return {};
      // The right-hand sides of a system may have any axes.
      auto type = cast<RankedTensorType>(value.getType());
      SmallVector<int64_t> shape(type.getShape().take_front(indices.size()));
      ArrayRef<int64_t> own = type.getShape().drop_front(indices.size());
      if (kind == RoutineKind::solve && k == 1 && own.size() != 2) {
        int64_t columns = 1;
        for (int64_t extent : own.drop_front())
          columns *= extent;
        shape.append({own[0], columns});
        value = ReshapeOp::create(builder, loc, type.clone(shape), value);
      }
      operands.push_back(value);
    }
    auto op = RoutineOp::create(builder, loc, kind, operands);
    groups[routine].assign(op.getOutputs().begin(), op.getOutputs().end());
  }
  Value value = groups[routine][expr->result];
  RankedTensorType type = typeWith(freeIndices(expr), expr->type);
  return value.getType() == type ? value : Value(ReshapeOp::create(builder, locOf(routine->range), type, value));
}

} // namespace nn::emit

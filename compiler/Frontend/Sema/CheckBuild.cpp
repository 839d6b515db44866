/// Builders of checked expressions, and the structure of values.
#include "Frontend/Sema/Checker.h"

using namespace nn::checked;

namespace nn::sema {

Expr *Checker::number(double value, Elem elem, SourceRange range) {
  auto *expr = make<Number>({elem, std::nullopt, {}}, range);
  expr->owner = nullptr;
  expr->value = value;
  return expr;
}

Expr *Checker::wholeNumber(int64_t value, SourceRange range) {
  auto *literal = llvm::cast<Number>(number(double(value), Elem::I64, range));
  constexpr int64_t largest = int64_t(1) << 53; // beyond it doubles leave integers out
  if (value > largest || value < -largest)
    literal->exact = value;
  return literal;
}

Expr *Checker::dimNumber(const Dim &dim, SourceRange range) {
  if (dim.isBounded())
    return lengthNumber(dim, range);
  Expr *literal = number(double(dim.constant().value_or(0)), Elem::I32, range);
  if (!dim.isConstant())
    llvm::cast<Number>(literal)->open = dim;
  return literal;
}

IndexVar *Checker::newIndex(llvm::StringRef name, Dim extent, SourceRange range) {
  auto *var = program->make<IndexVar>();
  var->name = name.str();
  var->extent = std::move(extent);
  var->range = range;
  return var;
}

Expr *Checker::indexValue(IndexVar *var) {
  auto *expr = make<Index>({Elem::I32, std::nullopt, {}}, var->range);
  if (var->extent)
    expr->type.indexBound = *var->extent;
  expr->var = var;
  return expr;
}

static bool isComparison(ScalarOp op) { return op >= ScalarOp::Eq && op <= ScalarOp::Not; }

Expr *Checker::scalarOp(ScalarOp op, llvm::ArrayRef<Expr *> operands, SourceRange range) {
  // The first operand that is no scalar gives the shape; the value operands give the element type.
  TensorType type = operands[op == ScalarOp::Select ? 1 : 0]->type;
  type.indexBound.reset();
  type.stored.reset();
  for (Expr *operand : operands) {
    if (operand->type.isScalar())
      continue;
    Shape axes = operand->type.axes;
    for (size_t i = 0; i < std::min(axes.size(), type.axes.size()); ++i)
      axes[i].batch |= type.axes[i].batch;
    type.axes = std::move(axes);
  }
  if (isComparison(op))
    type.elem = Elem::Bool;
  auto *expr = make<Pointwise>(std::move(type), range);
  expr->op = op;
  expr->operands.assign(operands.begin(), operands.end());
  return expr;
}

Expr *Checker::cast(Expr *expr, Elem elem) {
  if (expr->type.elem == elem)
    return expr;
  if (auto *literal = llvm::dyn_cast<Number>(expr))
    return elem == Elem::I64 ? wholeNumber(literal->integer(), expr->range) : number(literal->value, elem, expr->range);
  auto *result = make<Pointwise>(expr->type.withElem(elem), expr->range);
  result->op = ScalarOp::Cast;
  result->operands = {expr};
  return result;
}

Expr *Checker::at(Expr *base, llvm::ArrayRef<Expr *> indices) {
  TensorType type = base->type;
  type.axes.erase(type.axes.begin(), type.axes.begin() + indices.size());
  auto *expr = make<Access>(std::move(type), base->range);
  expr->base = base;
  for (Expr *index : indices)
    expr->subs.push_back({index, Dim(0), index->range});
  return expr;
}

Expr *Checker::reduceOver(ast::Reducer reducer, llvm::ArrayRef<IndexVar *> vars, Expr *body, SourceRange range) {
  auto *expr = make<Reduce>(body->type, range);
  expr->type.indexBound.reset();
  expr->type.stored.reset();
  expr->reducer = reducer;
  expr->vars.assign(vars.begin(), vars.end());
  expr->body = body;
  if (reducer == ast::Reducer::ArgMax || reducer == ast::Reducer::ArgMin) {
    expr->type.elem = Elem::I32;
    Dim count(1);
    for (IndexVar *var : vars)
      if (var->extent)
        count = count * *var->extent;
    expr->type.indexBound = count;
  }
  return expr;
}

Expr *Checker::equation(llvm::ArrayRef<IndexVar *> vars, Expr *body, SourceRange range) {
  TensorType type = body->type;
  Shape shape;
  for (IndexVar *var : vars)
    shape.push_back({var->extent.value_or(Dim(1)), var->name, var->extentOrigin, var->batch});
  type.axes.insert(type.axes.begin(), shape.begin(), shape.end());
  auto *expr = make<Equation>(std::move(type), range);
  expr->vars.assign(vars.begin(), vars.end());
  expr->body = body;
  return expr;
}

/// Whether entries beyond a length all lie behind the others, so that storage in row-major order is the same in both
/// shapes.
static bool endsTogether(const Shape &shape) {
  return shape.empty() || !hasLengths(Shape(shape.begin() + 1, shape.end()));
}

/// Element by element: the place in row-major order among the entries that there are, and the indices of that place.
Expr *Checker::reshapeByPlace(Expr *input, const Shape &shape, SourceRange range) {
  llvm::SmallVector<IndexVar *> vars;
  Expr *place = number(0, Elem::I32, range);
  for (const Axis &axis : shape) {
    vars.push_back(newIndex("i" + std::to_string(vars.size()), axis.extent, range));
    vars.back()->extentOrigin = axis.origin;
    place = scalarOp(ScalarOp::Mul, {place, dimNumber(axis.extent, range)}, range);
    place = scalarOp(ScalarOp::Add, {place, indexValue(vars.back())}, range);
  }
  llvm::SmallVector<Expr *> subs(input->type.rank());
  Expr *one = number(1, Elem::I32, range);
  for (size_t axis = input->type.rank(); axis-- > 0;) {
    // Where an extent is 0 there is no element; nothing is divided by it all the same.
    Expr *extent = scalarOp(ScalarOp::Max, {dimNumber(input->type.axes[axis].extent, range), one}, range);
    subs[axis] = axis == 0 ? place : scalarOp(ScalarOp::Mod, {place, extent}, range);
    place = scalarOp(ScalarOp::FloorDiv, {place, extent}, range);
  }
  Expr *element = at(input, subs);
  return vars.empty() ? element : equation(vars, element, range);
}

Expr *Checker::reshape(Expr *input, Shape shape, SourceRange range) {
  if (!endsTogether(input->type.axes) || !endsTogether(shape))
    return reshapeByPlace(input, shape, range);
  auto *expr = make<Reshape>(input->type.withAxes(std::move(shape)), range);
  expr->input = input;
  return expr;
}

Expr *Checker::captureFrom(Frame *inner, Expr *expr) {
  if (!expr->owner || expr->owner == inner->function)
    return expr;
  if (!inner->parent)
    return expr;
  Expr *outer = captureFrom(inner->parent, expr);
  Input *&input = inner->captures[outer];
  if (!input) {
    input = program->make<Input>();
    input->type = outer->type;
    input->range = outer->range;
    input->name = outer->name;
    input->owner = inner->function;
    inner->function->captured.push_back(outer);
  }
  return input;
}

Expr *Checker::capture(Expr *expr) { return captureFrom(frame, expr); }

void Checker::leaves(const Value &value, llvm::SmallVectorImpl<Expr *> &out) const {
  if (value.isTensor())
    out.push_back(value.expr);
  for (auto &[name, field] : value.fields)
    leaves(field, out);
}

Value Checker::withLeaves(const Value &value, llvm::ArrayRef<Expr *> exprs, unsigned &next) const {
  Value result = value;
  if (value.isTensor())
    result.expr = exprs[next++];
  for (auto &[name, field] : result.fields)
    field = withLeaves(field, exprs, next);
  return result;
}

Value Checker::mapLeaves(const Value &value, llvm::function_ref<Expr *(Expr *)> map) const {
  llvm::SmallVector<Expr *> exprs;
  leaves(value, exprs);
  for (Expr *&expr : exprs)
    expr = map(expr);
  unsigned next = 0;
  return withLeaves(value, exprs, next);
}

} // namespace nn::sema

/// `subject to`: constraints with a known projection are met after every step; others get a Lagrange multiplier.
#include "Frontend/Sema/Recipe.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// Note [Multipliers]
///
/// A step descends L + mu h + rho/2 h^2 for a constraint h = 0, and L + (max(0, mu + rho h)^2 - mu^2) / (2 rho) for
/// h <= 0; then mu rises by sigma h, for h <= 0 not below 0 (Hestenes, 1969; Powell, 1969; Rockafellar, 1973). One step
/// does not reach the minimum for the present mu, so mu moves more slowly than the method's rho would have it: with
/// sigma well below rho a small learning rate converges whatever the curvature of L along h.
static constexpr double rho = 1, sigma = 0.1;

// ---- the parts of a constraint

/// `a <= b and c == d`: its comparisons.
bool Checker::splitConstraint(const ast::Expr *written, std::vector<const ast::Expr *> &parts) {
  const ast::Expr *expr = ast::stripParens(written);
  auto *binary = llvm::dyn_cast<ast::Binary>(expr);
  if (binary && binary->op == ast::BinaryOp::And)
    return splitConstraint(binary->lhs, parts) && splitConstraint(binary->rhs, parts);
  const ast::Expr *compared = expr;
  if (auto *all = llvm::dyn_cast<ast::Reduce>(expr); all && all->reducer == ast::Reducer::All)
    compared = ast::stripParens(all->body);
  if (auto *call = llvm::dyn_cast<ast::Call>(expr))
    if (auto *word = llvm::dyn_cast<ast::ReducerRef>(call->callee);
        word && word->reducer == ast::Reducer::All && call->args.size() == 1)
      expr = compared = ast::stripParens(call->args[0].value);
  auto *test = llvm::dyn_cast<ast::Binary>(compared);
  bool closed =
      test && (test->op == ast::BinaryOp::Le || test->op == ast::BinaryOp::Ge || test->op == ast::BinaryOp::Eq);
  if (!closed) {
    bool open = test && (test->op == ast::BinaryOp::Lt || test->op == ast::BinaryOp::Gt);
    auto &report = diags.report(diag::ConstraintForm, written->range);
    if (open)
      report.help("what is nearest to a value outside of an open set does not exist: write `<=` or `>=`");
    else
      report.help("for example `norm(net.W) <= 1`, `net.w >= 0`, `x + y == 1`");
    return false;
  }
  parts.push_back(expr);
  return true;
}

/// The tensors of a value, if all of them are parameters.
static bool areParameters(llvm::ArrayRef<Expr *> leaves) {
  return !leaves.empty() && llvm::all_of(leaves, [](const Expr *leaf) { return llvm::isa<Param>(leaf); });
}

/// The argument of `norm(e)`; null for anything else.
static const ast::Expr *argumentOfNorm(const ast::Expr *expr) {
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(expr));
  auto *name = call ? llvm::dyn_cast<ast::NameRef>(call->callee) : nullptr;
  return name && name->name == "norm" && call->args.size() == 1 ? call->args[0].value : nullptr;
}

/// `P[i, j]` whose subscripts are the indices of a reducer in order: P; null for anything else.
static const ast::Expr *rowsOf(const ast::Expr *expr, const std::vector<ast::Binder *> &binders) {
  auto *index = llvm::dyn_cast<ast::Index>(ast::stripParens(expr));
  if (!index || index->subscripts.size() != binders.size())
    return nullptr;
  for (auto [sub, binder] : llvm::zip(index->subscripts, binders)) {
    auto *name = sub.form == ast::Subscript::Form::Single ? llvm::dyn_cast<ast::NameRef>(sub.expr) : nullptr;
    if (!name || binder->form != ast::Binder::Form::Index || name->name != binder->name.text)
      return nullptr;
  }
  return index->base;
}

// ---- projections

/// Known sets: balls of a norm, of all of a value or of each of its rows, and boxes. True if it is one.
bool Checker::projectionOf(const ast::Expr *written, Env &env, Projection &projection) {
  auto *rows = llvm::dyn_cast<ast::Reduce>(written);
  auto *test = llvm::cast<ast::Binary>(rows ? ast::stripParens(rows->body) : written);
  if (test->op == ast::BinaryOp::Eq || (rows && rows->where))
    return false;
  const ast::Expr *low = test->op == ast::BinaryOp::Le ? test->lhs : test->rhs;
  const ast::Expr *high = test->op == ast::BinaryOp::Le ? test->rhs : test->lhs;
  const ast::Expr *inside = argumentOfNorm(low);
  projection.isBall = inside != nullptr;
  projection.rowAxes = rows ? rows->binders.size() : 0;
  if (rows)
    inside = inside ? rowsOf(inside, rows->binders) : nullptr;
  const ast::Expr *bound = high;
  if (!inside && !rows) {
    // A box: whichever side is parameters.
    Value below = eval(low, env);
    llvm::SmallVector<Expr *> parts;
    leaves(below, parts);
    projection.fromBelow = !areParameters(parts);
    inside = projection.fromBelow ? high : low;
    bound = projection.fromBelow ? low : high;
  }
  if (!inside)
    return false;
  Value value = eval(inside, env), limit = eval(bound, env);
  leaves(value, projection.parameters);
  if (value.isError() || limit.isError() || !areParameters(projection.parameters) || limit.kind == Value::Kind::Record)
    return false;
  projection.limit = toTensor(limit, projection.parameters[0]->type.elem, bound->range);
  if (!projection.limit || !reachedParameters(projection.limit).empty())
    return false;
  projection.limit = cast(projection.limit, projection.parameters[0]->type.elem);
  bool fits = projection.limit->type.isScalar() ||
              (!projection.isBall && llvm::all_of(projection.parameters, [&](const Expr *parameter) {
                return !shapesDiffer(parameter->type.axes, projection.limit->type.axes);
              }));
  return fits;
}

/// c / norm where that is below 1, else 1; the norm's square is given.
Expr *Checker::shrinkage(Expr *square, Expr *limit, SourceRange range) {
  Expr *norm = scalarOp(ScalarOp::Sqrt, {square}, range);
  Expr *outside = scalarOp(ScalarOp::Gt, {norm, limit}, range);
  Expr *ratio = scalarOp(ScalarOp::Div, {limit, norm}, range);
  return scalarOp(ScalarOp::Select, {outside, ratio, number(1, square->type.elem, range)}, range);
}

/// Rows of the leading axes, each on its ball.
Expr *Checker::projectedRows(Expr *value, Expr *limit, unsigned rowAxes, SourceRange range) {
  llvm::SmallVector<IndexVar *> vars, inner;
  llvm::SmallVector<Expr *> row, all;
  for (auto [k, axis] : llvm::enumerate(value->type.axes)) {
    vars.push_back(newIndex("i" + std::to_string(k), axis.extent, range));
    all.push_back(indexValue(vars.back()));
    row.push_back(all.back());
    if (k < rowAxes)
      continue;
    inner.push_back(newIndex("j" + std::to_string(k), axis.extent, range));
    row.back() = indexValue(inner.back());
  }
  Expr *element = at(value, row);
  Expr *square = scalarOp(ScalarOp::Mul, {element, element}, range);
  if (!inner.empty())
    square = reduceOver(ast::Reducer::Sum, inner, square, range);
  Expr *scaled = scalarOp(ScalarOp::Mul, {shrinkage(square, limit, range), at(value, all)}, range);
  return equation(vars, scaled, range);
}

/// Moves parameters to the nearest point of the set. False if they are not among those that were moved.
bool Checker::project(const Projection &projection, std::map<std::string, Expr *> &moved, SourceRange range) {
  std::vector<Expr **> places;
  for (Expr *parameter : projection.parameters)
    if (auto found = moved.find(llvm::cast<Param>(parameter)->path); found != moved.end())
      places.push_back(&found->second);
  if (places.size() != projection.parameters.size())
    return false; // another player moves them
  if (!projection.isBall) {
    for (Expr **place : places)
      *place = scalarOp(projection.fromBelow ? ScalarOp::Max : ScalarOp::Min, {*place, projection.limit}, range);
    return true;
  }
  if (projection.rowAxes) {
    for (Expr **place : places)
      *place = projectedRows(*place, projection.limit, projection.rowAxes, range);
    return true;
  }
  Value values;
  values.kind = Value::Kind::Record;
  for (Expr **place : places)
    values.fields.push_back({std::to_string(values.fields.size()), Value::ofTensor(*place)});
  Value squares = pointwise(ScalarOp::Mul, {values, values}, range);
  Value square = callReducer(ast::Reducer::Sum, {{"", {}, squares, range}}, range);
  Expr *scale = shrinkage(square.expr, projection.limit, range);
  for (Expr **place : places)
    *place = scalarOp(ScalarOp::Mul, {scale, *place}, range);
  return true;
}

// ---- multipliers

/// h of a constraint h = 0 or h <= 0, averaged over the batch; null if it is none (reported).
Expr *Checker::slackOf(const ast::Expr *written, Env &env, bool &equality) {
  auto *test = llvm::dyn_cast<ast::Binary>(written);
  if (!test) {
    refuse("a constraint of rows that are not parameters", written->range);
    return nullptr;
  }
  equality = test->op == ast::BinaryOp::Eq;
  Value a = eval(test->lhs, env), b = eval(test->rhs, env);
  if (test->op == ast::BinaryOp::Ge)
    std::swap(a, b);
  Value difference = pointwise(ScalarOp::Sub, {a, b}, test->range);
  Expr *slack = difference.isError() || difference.kind == Value::Kind::Record
                    ? nullptr
                    : toTensor(difference, std::nullopt, test->range);
  if (!slack)
    return nullptr;
  if (reachedParameters(slack).empty()) {
    diags.report(diag::ConstraintFixed, written->range);
    return nullptr;
  }
  if (!isFloat(slack->type.elem))
    slack = cast(slack, realHere());
  return batchMean(slack);
}

/// The multiplier of a constraint: a state that the recipe keeps.
Expr *Checker::multiplierState(const std::string &path, const TensorType &type, SourceRange range) {
  auto *read = make<State>(type, range);
  read->path = path;
  if (!stateIndex.count(path)) {
    TypeSpec spec;
    spec.kind = TypeSpec::Kind::Tensor;
    spec.tensor = type;
    spec.range = range;
    stateIndex[path] = program->states.size();
    program->states.push_back({path, type, true});
    llvm::SaveAndRestore saved(frame, &initFrame);
    stateInits.push_back(zerosLike(spec).expr);
  }
  return read;
}

/// Adds what a constraint without projection adds to what is descended.
void Checker::addMultiplier(const ast::Expr *written, const std::string &path, Env &env, Goal &goal) {
  Multiplier own;
  own.path = path;
  own.slack = slackOf(written, env, own.equality);
  own.range = written->range;
  if (!own.slack)
    return;
  SourceRange range = written->range;
  Elem elem = own.slack->type.elem;
  Expr *mu = multiplierState(path, own.slack->type, range);
  auto constant = [&](double value) { return number(value, elem, range); };
  auto op = [&](ScalarOp kind, llvm::ArrayRef<Expr *> operands) { return scalarOp(kind, operands, range); };
  auto square = [&](Expr *x) { return op(ScalarOp::Mul, {x, x}); };
  Expr *term;
  if (own.equality) {
    Expr *penalty = op(ScalarOp::Mul, {constant(0.5 * rho), square(own.slack)});
    term = op(ScalarOp::Add, {op(ScalarOp::Mul, {mu, own.slack}), penalty});
  } else {
    Expr *pressed = op(ScalarOp::Add, {mu, op(ScalarOp::Mul, {constant(rho), own.slack})});
    Expr *held = op(ScalarOp::Max, {pressed, constant(0)});
    term = op(ScalarOp::Mul, {constant(0.5 / rho), op(ScalarOp::Sub, {square(held), square(mu)})});
  }
  Value total = callReducer(ast::Reducer::Sum, {{"", {}, Value::ofTensor(term), range}}, range);
  goal.descended = op(ScalarOp::Add, {goal.descended, cast(total.expr, goal.descended->type.elem)});
  goal.multipliers.push_back(own);
}

/// The multipliers' next values, after the parameters have moved.
void Checker::updateMultipliers(const Goal &goal, Expr *due) {
  for (const Multiplier &own : goal.multipliers) {
    Elem elem = own.slack->type.elem;
    Expr *mu = multiplierState(own.path, own.slack->type, own.range);
    Expr *rise = scalarOp(ScalarOp::Mul, {number(sigma, elem, own.range), own.slack}, own.range);
    Expr *next = scalarOp(ScalarOp::Add, {mu, rise}, own.range);
    if (!own.equality)
      next = scalarOp(ScalarOp::Max, {next, number(0, elem, own.range)}, own.range);
    if (due)
      next = scalarOp(ScalarOp::Select, {due, next, mu}, own.range);
    frame->function->effects.push_back({nullptr, own.path, next, mu, own.range});
  }
}

/// What a report shows of the multipliers: lambda of L + lambda h, whatever the sign that is descended.
void Checker::reportMultipliers(RecipeParts &parts, llvm::function_ref<void(Expr *, const std::string &)> add) {
  for (const auto &[multiplier, sign] : parts.multipliers) {
    if (!multiplier.slack->type.isScalar())
      continue;
    Expr *mu = multiplierState(multiplier.path, multiplier.slack->type, multiplier.range);
    std::string name = multiplier.path.substr(multiplier.path.rfind('.') + 1);
    add(sign < 0 ? scalarOp(ScalarOp::Neg, {mu}, multiplier.range) : mu, name);
    parts.recipe.metrics.push_back(name);
  }
}

} // namespace nn::sema

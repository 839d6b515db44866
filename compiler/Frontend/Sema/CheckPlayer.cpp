/// Players of a recipe: what each minimizes, the parameters it moves, and the optimizer that moves them.
#include "Frontend/Sema/Recipe.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// What `a |> b |> adam(..)` is made of, and where each part is written.
using OptimizerSteps = std::vector<std::pair<Value, const ast::Expr *>>;

/// The mean over the valid rows of the batch.
Expr *Checker::batchMean(Expr *perExample) {
  llvm::SaveAndRestore own(site, perExample->site);
  auto *sum = make<Batch>(perExample->type, perExample->range);
  sum->what = BatchKind::Sum;
  sum->input = perExample;
  auto *rows = make<Ambient>({Elem::I32, std::nullopt, {}}, perExample->range);
  rows->owner = nullptr;
  rows->what = AmbientKind::BatchSize;
  return scalarOp(ScalarOp::Div, {sum, cast(rows, perExample->type.elem)}, perExample->range);
}

// ---- the parameters that a player moves

Value Checker::movedParameters(const ast::Player *player, RecipeParts &parts, Expr *objective, Env &env) {
  std::set<std::string> reached = reachedParameters(objective);
  std::string prefix;
  SourceRange at = player->objective->range;
  Value model = player->over ? eval(player->over, env) : parts.subject;
  if (player->over && model.isError())
    return error();
  if (!model.isError()) {
    at = player->over ? player->over->range : parts.train->subject->range;
    if (model.kind != Value::Kind::Callable || !model.callable->instance) {
      diags.report(diag::NotAModel, at, model.describe())
          .help("what is trained is a model: `train M on D`, or `minimize L over M`");
      return error();
    }
    prefix = model.callable->instance->path + ".";
  }
  parts.recipe.models.push_back(prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1));
  Value record;
  record.kind = Value::Kind::Record;
  for (const Parameter &parameter : program->parameters) {
    if (!llvm::StringRef(parameter.path).starts_with(prefix) || !reached.count(parameter.path))
      continue;
    auto *read = make<Param>(parameter.type, at);
    read->owner = nullptr;
    read->path = parameter.path;
    record.fields.push_back({parameter.path, Value::ofTensor(read)});
  }
  if (record.fields.empty()) {
    diags.report(diag::NothingToTrain, player->objective->range,
                 prefix.empty() ? "any model" : "`" + prefix.substr(0, prefix.size() - 1) + "`");
    return error();
  }
  std::set<std::string> moving = movingParameters(objective);
  if (llvm::none_of(record.fields, [&](const NamedValue &field) { return moving.count(field.first) != 0; })) {
    diags.report(diag::FlatObjective, player->objective->range)
        .help("comparisons, `argmax` and `floor` change in jumps: train by a loss such as `cross_entropy` or "
              "`squared`, and `report` the rest");
    return error();
  }
  return record;
}

/// `a |> b |> adam(...)`: gradient transforms, then the optimizer.
bool Checker::optimizerSteps(const ast::Expr *expr, Env &env, std::vector<std::pair<Value, const ast::Expr *>> &steps) {
  expr = ast::stripParens(expr);
  if (auto *pipe = llvm::dyn_cast<ast::Pipe>(expr))
    return optimizerSteps(pipe->lhs, env, steps) && optimizerSteps(pipe->rhs, env, steps);
  Value value = dropHyper(eval(expr, env), expr, expr->range);
  if (value.isError())
    return false;
  if (value.kind != Value::Kind::Callable) {
    diags.report(diag::NotAnOptimizer, expr->range, value.describe()).help("for example `using adam(lr: 1e-3)`");
    return false;
  }
  steps.push_back({value, expr});
  return true;
}

/// What the loss of a player is called: `loss`, or `loss_2` where there are several.
std::string Checker::lossName(const ast::Player *player, const RecipeParts &parts) {
  auto place = llvm::find(parts.players, player) - parts.players.begin();
  return parts.players.size() == 1 ? "loss" : "loss_" + std::to_string(place + 1);
}

// ---- what a player minimizes

/// The optimizer of a player, behind its gradient transforms; null if it has none.
static const ast::Expr *optimizerOf(const ast::Player *player, const ast::Using *common) {
  if (player->optimizer)
    return player->optimizer;
  return common ? common->optimizer : nullptr;
}

/// Whether an optimizer, as it is written, is declared with a fourth input: the objective.
bool Checker::seesObjective(const ast::Expr *optimizer) {
  optimizer = ast::stripParens(optimizer);
  while (auto *pipe = llvm::dyn_cast<ast::Pipe>(optimizer))
    optimizer = ast::stripParens(pipe->rhs);
  if (auto *call = llvm::dyn_cast<ast::Call>(optimizer))
    optimizer = ast::stripParens(call->callee);
  auto *name = llvm::dyn_cast<ast::NameRef>(optimizer);
  if (!name)
    return false;
  auto *function = llvm::dyn_cast_or_null<ast::Function>(findTop(name->name, moduleAt(name->range)));
  return function && function->role == ast::Role::Optimizer && function->inputs.size() > 3;
}

/// The comparisons that a player is subject to.
std::vector<const ast::Expr *> Checker::constraintsOf(const ast::Player *player, const RecipeParts &parts) {
  std::vector<const ast::Expr *> all;
  if (player->constraint)
    splitConstraint(player->constraint, all);
  for (const ast::Expr *constraint : parts.constraints)
    splitConstraint(constraint, all);
  return all;
}

Checker::Goal Checker::goalOf(const ast::Player *player, RecipeParts &parts, Env &env) {
  Goal goal;
  std::vector<OrbitPoint> orbit = orbitOf(parts);
  Expr *total = nullptr;
  for (const OrbitPoint &point : orbit) {
    // The lines see each point of the orbit in turn; the last one's names stay.
    auto own = &point != &orbit.back() ? env.child() : env.shared_from_this();
    if (!checkLines(parts, point.words, *own))
      return {};
    Expr *perExample = objectiveOf(player->objective, *own);
    if (!perExample)
      return {};
    if (point.weight != 1)
      perExample = scalarOp(ScalarOp::Mul, {number(point.weight, perExample->type.elem, player->range), perExample},
                            player->objective->range);
    total = total ? scalarOp(ScalarOp::Add, {total, perExample}, player->objective->range) : perExample;
  }
  if (!total)
    return {};
  goal.loss = batchMean(total);
  goal.descended = player->maximize ? scalarOp(ScalarOp::Neg, {goal.loss}, player->range) : goal.loss;
  unsigned before = diags.errorCount();
  for (const ast::Expr *constraint : constraintsOf(player, parts)) {
    Projection projection;
    if (projectionOf(constraint, env, projection))
      continue;
    parts.met.insert(constraint);
    if (parts.players.size() > 1 && !player->constraint) {
      refuse("a multiplier for several players", constraint->range,
             "write the constraint behind its player: `minimize L over M subject to ...`");
      continue;
    }
    std::string path = parts.recipe.name + ".multiplier";
    if (size_t known = parts.multipliers.size() + goal.multipliers.size())
      path += "_" + std::to_string(known + 1);
    addMultiplier(constraint, path, env, goal);
  }
  return diags.errorCount() == before ? goal : Goal();
}

/// The goal as a function of what it takes from the step, so that it can be computed again at other parameters.
Checker::Goal Checker::goalAsFunction(const ast::Player *player, RecipeParts &parts, Env &env) {
  auto owned = std::make_unique<Function>();
  Function *function = owned.get();
  function->name = parts.recipe.name + ".objective$" + std::to_string(symbolNames["objective"]++);
  function->range = player->range;
  function->parent = frame->function;
  Goal goal;
  {
    Frame own;
    own.function = function;
    own.parent = frame;
    own.self = frame->self;
    own.real = frame->real;
    llvm::SaveAndRestore saved(frame, &own);
    auto inner = env.child();
    goal = goalOf(player, parts, *inner);
    if (!goal.loss)
      return goal;
    function->results = {goal.loss, goal.descended};
    for (const Multiplier &multiplier : goal.multipliers)
      function->results.push_back(multiplier.slack);
    for (Expr *outer : function->captured) {
      Input *input = own.captures.at(outer);
      input->position = function->inputs.size();
      function->inputs.push_back(input);
    }
    // What the recipe names and is known at compile time may stand in `using`, too.
    for (auto &[name, value] : inner->names)
      if (!value.isTensor() && value.kind != Value::Kind::Record)
        env.names[name] = value;
  }
  program->functions.push_back(std::move(owned));
  auto *call = program->make<Call>();
  call->callee = function;
  call->args = function->captured;
  call->range = player->range;
  call->owner = frame->function;
  // Its draws are made here; the objective at other parameters has the same.
  frame->function->effects.push_back({call, "", nullptr, nullptr, player->range});
  unsigned position = 0;
  auto outside = [&](Expr *&result) {
    auto *own = make<CallResult>(result->type, player->objective->range);
    own->call = call;
    own->result = position++;
    result = own;
  };
  outside(goal.loss);
  outside(goal.descended);
  for (Multiplier &multiplier : goal.multipliers)
    outside(multiplier.slack);
  goal.function = function;
  return goal;
}

/// `objective`, as an optimizer sees it: the goal of a step, of parameters like `w`.
Value Checker::objectiveValue(const Goal &goal, const Value &w) {
  auto callable = std::make_shared<Callable>();
  callable->kind = Callable::Kind::Objective;
  callable->objective = goal.function;
  callable->constant = std::make_shared<Value>(w);
  return Value::ofCallable(callable);
}

Value Checker::callObjective(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range) {
  if (!arity("objective", args, 1, 1, range))
    return error();
  if (frame->indices) {
    refuse("the objective inside an equation", range, "name its value on a line of its own");
    return error();
  }
  llvm::SmallVector<Expr *> parameters, values;
  leaves(*callable.constant, parameters);
  Value given = args[0].value;
  if (!conform(specLike(*callable.constant, args[0].range), given, args[0].range, "what the objective is taken at"))
    return error();
  leaves(given, values);
  auto *node = program->make<Call>();
  node->callee = callable.objective;
  node->range = range;
  node->owner = frame->function;
  for (Expr *outer : callable.objective->captured)
    node->args.push_back(capture(outer));
  for (auto [parameter, value] : llvm::zip(parameters, values)) {
    node->at.push_back(llvm::cast<Param>(parameter)->path);
    node->args.push_back(capture(value));
  }
  auto *result = make<CallResult>(callable.objective->results[1]->type, range);
  result->call = node;
  result->result = 1;
  return Value::ofTensor(result);
}

// ---- the move

/// Takes the functions of the weights, which act on what the optimizer gives, out of the gradient transforms: their one
/// input is called `w`.
static OptimizerSteps takeStepsOfWeights(OptimizerSteps &steps) {
  auto isOfWeights = [](const auto &step) {
    const ast::Function *decl = step.first.callable->decl;
    return decl && decl->inputs.size() == 1 && decl->inputs[0]->name.text == "w";
  };
  OptimizerSteps taken;
  llvm::copy_if(steps, std::back_inserter(taken), isOfWeights);
  llvm::erase_if(steps, isOfWeights);
  return taken;
}

void Checker::movePlayer(const ast::Player *player, RecipeParts &parts, Env &env) {
  const ast::Expr *optimizer = optimizerOf(player, parts.using_);
  Goal goal = optimizer && seesObjective(optimizer) ? goalAsFunction(player, parts, env) : goalOf(player, parts, env);
  if (!optimizer) {
    diags.report(diag::RecipeWithout, player->range, "names no optimizer").help("add `using adam(lr: 1e-3)`");
    return;
  }
  if (!goal.loss)
    return;
  parts.recipe.step.results.push_back(lossName(player, parts));
  frame->function->results.push_back(goal.loss);
  Value w = movedParameters(player, parts, goal.descended, env);
  std::vector<std::pair<Value, const ast::Expr *>> steps;
  if (w.isError() || !optimizerSteps(optimizer, env, steps))
    return;
  Value g = derivative(
      DerivativeKind::Grad,
      {{"", {}, Value::ofTensor(goal.descended), player->objective->range}, {"", {}, w, player->objective->range}},
      player->objective->range);
  OptimizerSteps after = takeStepsOfWeights(steps);
  if (steps.empty()) {
    diags.report(diag::NotAnOptimizer, optimizer->range, "a function of the weights")
        .help("the last step is an optimizer, such as `adam(lr: 1e-3)`");
    return;
  }
  for (size_t i = 0; i + 1 < steps.size() && !g.isError(); ++i)
    g = call(steps[i].first, {{"", {}, g, steps[i].second->range}}, steps[i].second, steps[i].second->range);
  if (g.isError())
    return;
  auto &[last, at] = steps.back();
  if (last.callable->kind == Callable::Kind::Declared && last.callable->decl->role != ast::Role::Optimizer) {
    diags.report(diag::NotAnOptimizer, at->range, last.describe())
        .help("the last step is an optimizer, such as `adam(lr: 1e-3)`");
    return;
  }
  llvm::SmallVector<Expr *> parameters;
  leaves(w, parameters);
  // Numbers that an optimizer starts loops from are of the weights' type.
  llvm::SaveAndRestore ownReal(frame->real, std::optional<Elem>(parameters[0]->type.elem));
  llvm::SaveAndRestore ownLoss(playerLoss, goal.loss);
  schedules.clear();
  auto *step = make<Ambient>({Elem::I32, std::nullopt, {}}, at->range);
  step->owner = nullptr;
  step->what = AmbientKind::Step;
  Value t = Value::ofTensor(cast(step, parameters[0]->type.elem));
  std::vector<ArgValue> args = {{"", {}, w, at->range}, {"", {}, g, at->range}, {"", {}, t, at->range}};
  if (goal.function)
    args.push_back({"", {}, objectiveValue(goal, w), at->range});
  Value next = call(last, args, at, at->range);
  for (auto &[step, where] : after)
    if (!next.isError())
      next = call(step, {{"", {}, next, where->range}}, where, where->range);
  if (!next.isError())
    updateParameters(player, parts, goal, w, next, step, at->range, env);
}

/// Writes what the optimizer gives into the parameters, in the steps in which the player moves; it keeps to the
/// constraints.
void Checker::updateParameters(const ast::Player *player, RecipeParts &parts, const Goal &goal, const Value &w,
                               const Value &next, Expr *step, SourceRange at, Env &env) {
  llvm::SmallVector<Expr *> parameters, moved;
  leaves(w, parameters);
  leaves(next, moved);
  if (moved.size() != parameters.size()) {
    diags.report(diag::NotAnOptimizer, at, "a function that gives " + next.describe());
    return;
  }
  std::map<std::string, Expr *> values;
  for (auto [parameter, value] : llvm::zip(parameters, moved)) {
    if (shapesDiffer(value->type.axes, parameter->type.axes) || value->type.elem != parameter->type.elem) {
      diags.report(diag::ShapesDiffer, at, parameter->type.str(), value->type.str());
      return;
    }
    values[llvm::cast<Param>(parameter)->path] = value;
  }
  for (const ast::Expr *constraint : constraintsOf(player, parts)) {
    Projection projection;
    if (projectionOf(constraint, env, projection) && project(projection, values, constraint->range))
      parts.met.insert(constraint);
  }
  Expr *due = nullptr;
  if (player->every) {
    Value every = eval(player->every, env);
    Value rest = pointwise(ScalarOp::Mod, {Value::ofTensor(step), every}, player->every->range);
    Value now = pointwise(ScalarOp::Eq, {rest, Value::ofInt(0)}, player->every->range);
    if (!now.isTensor())
      return;
    due = now.expr;
  }
  for (Expr *parameter : parameters) {
    const std::string &path = llvm::cast<Param>(parameter)->path;
    Expr *value = due ? scalarOp(ScalarOp::Select, {due, values[path], parameter}, player->range) : values[path];
    frame->function->effects.push_back({nullptr, path, value, nullptr, player->range});
  }
  updateMultipliers(goal, due);
  for (const Multiplier &multiplier : goal.multipliers)
    parts.multipliers.push_back({multiplier, player->maximize ? -1 : 1});
}

} // namespace nn::sema

/// Recipes: each becomes a step and an evaluation, functions that the executable calls.
#include "Frontend/Sema/Recipe.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

bool Checker::collectClauses(const ast::Train *train, RecipeParts &parts) {
  unsigned before = diags.errorCount();
  auto once = [&](auto *&slot, auto *clause, llvm::StringRef what) {
    if (slot)
      diags.report(diag::ClauseTwice, clause->range, what).label(slot->range, "first written here");
    else
      slot = clause;
  };
  for (const ast::Item *item : train->clauses)
    llvm::TypeSwitch<const ast::Item *>(item)
        .Case([&](const ast::For *clause) { once(parts.length, clause, "for"); })
        .Case([&](const ast::Using *clause) { once(parts.using_, clause, "using"); })
        .Case([&](const ast::Player *player) { parts.players.push_back(player); })
        .Case([&](const ast::Report *report) { parts.reports.push_back(report); })
        .Case([&](const ast::Augment *clause) { parts.augments.push_back(clause); })
        .Case([&](const ast::StopWhen *clause) { once(parts.stop, clause, "stop when"); })
        .Case([&](const ast::KeepBest *clause) { once(parts.keep, clause, "keep best"); })
        .Case([&](const ast::SubjectTo *clause) { parts.constraints.push_back(clause->constraint); })
        .Case([&](const ast::Compute *clause) {
          once(parts.compute, clause, "compute");
          if (!llvm::is_contained({"f32", "tf32", "bf16"}, clause->precision.text))
            diags.report(diag::UnknownPrecision, clause->precision.range, clause->precision.text)
                .didYouMean(clause->precision.range, clause->precision.text, {"f32", "tf32", "bf16"});
        })
        .Case<ast::SymmetryClaim, ast::ShapeClaim>([](auto) {}) // `checkClaim`
        .Case<ast::ParamDecl, ast::StateDecl, ast::Update, ast::Derivative>(
            [&](const ast::Item *other) { diags.report(diag::ClauseNotHere, other->range); })
        .Case([&](const ast::Stmt *stmt) { parts.statements.push_back(stmt); })
        .Default([](const ast::Item *) {}); // the parser lets no other declaration stand here
  if (parts.players.empty())
    diags.report(diag::RecipeWithout, train->wordRange, "says nothing to minimize")
        .help("add `minimize loss(Model(x), y)`");
  if (!parts.length)
    diags.report(diag::RecipeWithout, train->wordRange, "does not say how long to train")
        .help("add `for 10 epochs in batches of 64`");
  return diags.errorCount() == before;
}

bool Checker::recipeLength(RecipeParts &parts) {
  Recipe &recipe = parts.recipe;
  auto count = [&](const ast::Expr *expr, llvm::StringRef what) -> std::optional<int64_t> {
    Value value = eval(expr, *itemEnv);
    if (value.isError())
      return std::nullopt;
    auto integer = integerOf(value);
    auto number = integer ? integer->constant() : std::nullopt;
    if (!number || *number < 1) {
      diags.report(diag::CountNotPositive, expr->range, what, value.describe());
      return std::nullopt;
    }
    return number;
  };
  recipe.epochs = parts.length->unit == ast::For::Unit::Epochs;
  if (recipe.epochs && recipe.data.empty()) {
    diags.report(diag::EpochsWithoutData, parts.length->range)
        .help("say how many steps: `for 1000 steps in batches of 32`; or name a data set: `train M on D`");
    return false;
  }
  auto turns = count(parts.length->count, recipe.epochs ? "epochs" : "steps");
  auto batch =
      parts.length->batch
          ? count(parts.length->batch, "examples in a batch")
          : std::optional<int64_t>(recipe.data.empty() ? 1 : std::max<int64_t>(recipe.data[0].dataset->trainRows, 1));
  if (!turns || !batch)
    return false;
  for (const ast::Report *report : parts.reports) {
    auto steps = report->every ? count(report->every, "steps between two reports") : std::optional<int64_t>(0);
    if (!steps)
      return false;
    if (report->every && recipe.reportSteps && *steps != recipe.reportSteps) {
      diags.report(diag::ReportRhythm, report->every->range, recipe.reportSteps, *steps);
      return false;
    }
    recipe.reportSteps = std::max(recipe.reportSteps, *steps);
  }
  recipe.count = *turns;
  recipe.batch = *batch;
  return true;
}

/// The frame of a function that the executable calls. The caller keeps it while the body is checked.
std::unique_ptr<Frame> Checker::rootFrame(llvm::StringRef name, SourceRange range) {
  auto function = std::make_unique<Function>();
  function->name = name.str();
  function->isRoot = true;
  function->range = range;
  auto own = std::make_unique<Frame>();
  own->function = function.get();
  own->self = itemInstance;
  rootFunctions.push_back(std::move(function));
  return own;
}

Value Checker::addInput(llvm::StringRef name, const TensorType &type, SourceRange range, Root &root) {
  auto *input = make<Input>(type, range);
  input->name = name.str();
  input->position = frame->function->inputs.size();
  frame->function->inputs.push_back(input);
  root.inputs.push_back(name.str());
  return Value::ofTensor(input);
}

/// A type of a field whose data set is one of several: their lengths have different names.
static TensorType inDataset(TensorType type, llvm::StringRef alias) {
  if (alias.empty())
    return type;
  for (Axis &axis : type.axes)
    axis.extent = axis.extent.within(alias);
  if (type.indexBound)
    type.indexBound = type.indexBound->within(alias);
  return type;
}

/// The float type that a model speaks of first: of its inputs, its result, or its parameters.
static std::optional<Elem> floatOf(const Value &model) {
  const ast::Function *decl = model.kind == Value::Kind::Callable ? model.callable->decl : nullptr;
  std::vector<const ast::Type *> types;
  for (const ast::Param *param : decl ? decl->inputs : std::vector<ast::Param *>())
    types.push_back(param->type);
  if (decl)
    types.push_back(decl->result);
  for (const ast::Stmt *stmt : decl && decl->block ? decl->block->statements : std::vector<ast::Stmt *>())
    if (auto *param = llvm::dyn_cast<ast::ParamDecl>(stmt))
      types.push_back(param->type);
  for (const ast::Type *type : types)
    if (auto *named = llvm::dyn_cast_or_null<ast::NamedType>(type))
      if (auto elem = elemNamed(named->name.text); elem && isFloat(*elem))
        return computedAs(*elem);
  return std::nullopt;
}

std::shared_ptr<Env> Checker::recipeEnv(const RecipeParts &parts, Root &root, bool first) {
  auto env = itemEnv->child();
  env->isFunction = true;
  size_t next = 0;
  for (const RecipeData &data : parts.recipe.data) {
    Value fields;
    fields.kind = Value::Kind::Record;
    for (const Field &field : data.dataset->fields) {
      std::string name = data.alias.empty() ? field.name : data.alias + "." + field.name;
      Value value = first ? addInput(name, inDataset(field.type, data.alias), data.dataset->range, root)
                          : Value::ofTensor(frame->function->inputs[next]);
      ++next;
      fields.fields.push_back({field.name, value});
      if (isFloat(field.type.elem) && !frame->real)
        frame->real = field.type.elem;
      if (data.alias.empty()) {
        env->names[name] = value;
        env->places[name] = data.dataset->range;
      }
    }
    if (!data.alias.empty()) {
      env->names[data.alias] = fields;
      env->places[data.alias] = data.dataset->range;
    }
  }
  if (parts.recipe.data.empty() && !frame->real)
    frame->real = floatOf(parts.subject);
  return env;
}

/// The floats that are averaged over a batch.
Expr *Checker::floatsOf(const ast::Expr *expr, Env &env) {
  Value value = eval(expr, env);
  Expr *tensor = value.isError() ? nullptr : toTensor(value, std::nullopt, expr->range);
  return !tensor || isFloat(tensor->type.elem) ? tensor : cast(tensor, realHere());
}

Expr *Checker::objectiveOf(const ast::Expr *expr, Env &env) {
  Expr *tensor = floatsOf(expr, env);
  if (!tensor || tensor->type.isScalar())
    return tensor;
  diags.report(diag::ObjectiveNotScalar, expr->range, "what is minimized", tensor->type.str())
      .help("`sum(...)` or `mean(...)` makes a scalar");
  return nullptr;
}

void Checker::buildStep(RecipeParts &parts) {
  Root &root = parts.recipe.step;
  root.training = true;
  if (parts.compute && parts.compute->precision.text != "f32")
    root.compute = parts.compute->precision.text;
  root.batch = parts.recipe.batch;
  auto own = rootFrame(parts.recipe.name + ".step", parts.train->range);
  llvm::SaveAndRestore saved(frame, own.get());
  root.function = own->function;
  bool first = true;
  for (const ast::Player *player : parts.players) {
    // Each player sees fresh draws and what the players before it left.
    auto env = recipeEnv(parts, root, first);
    first = false;
    movePlayer(player, parts, *env);
  }
  for (const ast::Player *player : parts.players)
    for (const ast::Expr *constraint : constraintsOf(player, parts))
      if (!diags.hasErrors() && !parts.met.count(constraint))
        diags.report(diag::ConstraintFixed, constraint->range).help("what it speaks of is not trained here");
  checkUpdates(root);
}

void Checker::buildEval(RecipeParts &parts) {
  Root &root = parts.recipe.eval;
  root.batch = parts.recipe.batch;
  auto own = rootFrame(parts.recipe.name + ".eval", parts.train->range);
  llvm::SaveAndRestore saved(frame, own.get());
  root.function = own->function;
  auto env = recipeEnv(parts, root, true);
  for (const ast::Stmt *stmt : parts.statements)
    checkStmt(stmt, *env);
  auto add = [&](Expr *value, const std::string &name) {
    if (!value)
      return;
    root.results.push_back(name);
    frame->function->results.push_back(batchMean(value));
  };
  for (const ast::Player *player : parts.players)
    add(objectiveOf(player->objective, *env), lossName(player, parts));
  for (size_t i = 0; i < parts.reports.size(); ++i) {
    std::string name = reportName(parts.reports[i], i);
    add(floatsOf(parts.reports[i]->value, *env), name);
    parts.recipe.metrics.push_back(name);
  }
  reportMultipliers(parts, add);
}

/// The data sets behind `on`: one, or several with names, `(a: inside, b: start)`.
bool Checker::recipeData(const ast::Expr *written, Recipe &recipe) {
  auto add = [&](const std::string &alias, const ast::Expr *expr) {
    Value data = eval(expr, *itemEnv);
    if (data.isError())
      return false;
    if (data.kind != Value::Kind::Dataset) {
      diags.report(diag::NotADataset, expr->range, data.describe());
      return false;
    }
    std::string symbol = recipe.name + ".data" + (alias.empty() ? "" : "." + alias);
    if (!declareDataset(*data.dataset, symbol, diags.sources.text(expr->range), expr->range))
      return false;
    recipe.data.push_back({alias, data.dataset});
    return true;
  };
  auto *several = llvm::dyn_cast<ast::Record>(written);
  if (!several)
    return add("", written);
  bool fine = true;
  for (const ast::Arg &arg : several->fields) {
    if (!arg.label) {
      diags.report(diag::DataWithoutAlias, arg.range).help("`train M on (a: first, b: second)`; its fields are `a.x`");
      return false;
    }
    fine &= add(arg.label.text, arg.value);
  }
  return fine;
}

// ---- what is watched while training

/// `validation.loss`; `max(validation.accuracy)` for a report, whose better direction has to be said.
std::optional<Watch> Checker::watchOf(const ast::Expr *expr, const RecipeParts &parts) {
  Watch watch;
  const ast::Expr *inner = ast::stripParens(expr);
  auto *call = llvm::dyn_cast<ast::Call>(inner);
  auto *extreme = call && call->args.size() == 1 ? llvm::dyn_cast<ast::ReducerRef>(call->callee) : nullptr;
  bool isMax = extreme && extreme->reducer == ast::Reducer::Max;
  bool said = isMax || (extreme && extreme->reducer == ast::Reducer::Min);
  if (said)
    inner = ast::stripParens(call->args[0].value);
  auto *member = llvm::dyn_cast<ast::Member>(inner);
  auto *split = member ? llvm::dyn_cast<ast::NameRef>(member->base) : nullptr;
  const Recipe &recipe = parts.recipe;
  const std::vector<std::string> &losses = recipe.step.results;
  std::vector<std::string> known;
  for (const char *place : {"train", "validation", "test"})
    for (const std::vector<std::string> *list : {&losses, &recipe.metrics})
      for (const std::string &metric : *list)
        if (list == &losses || llvm::StringRef(place) != "train")
          known.push_back(std::string(place) + "." + metric);
  std::string text = member && split ? split->name + "." + member->field.text : diags.sources.text(expr->range).str();
  if (!llvm::is_contained(known, text)) {
    diags.report(diag::WatchUnknown, expr->range, text).help("there are " + llvm::join(known, ", "));
    return std::nullopt;
  }
  watch.split = split->name;
  watch.metric = member->field.text;
  auto loss = llvm::find(losses, watch.metric);
  watch.larger = said ? isMax : loss != losses.end() && parts.players[loss - losses.begin()]->maximize;
  if (!said && loss == losses.end()) {
    diags.report(diag::WatchDirection, expr->range, text)
        .help("write `max(" + text + ")` if more is better, `min(" + text + ")` if less is");
    return std::nullopt;
  }
  if (!recipe.data.empty()) {
    const RecipeData &data = recipe.data.front();
    const auto &splits = data.dataset->info->splits;
    if (llvm::none_of(splits, [&](const nnrt::SplitInfo &own) { return own.name == watch.split; })) {
      auto &report = diags.report(diag::NoSuchSplit, split->range, data.dataset->title, watch.split);
      if (watch.split == "validation")
        report.help("`split(" + data.dataset->title + ", validation: 0.1)` sets examples aside");
      return std::nullopt;
    }
  }
  return watch;
}

/// `stop when stalled(validation.loss, epochs: 3)`.
void Checker::checkStop(RecipeParts &parts) {
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(parts.stop->condition));
  auto *name = call ? llvm::dyn_cast<ast::NameRef>(call->callee) : nullptr;
  const ast::Expr *watched = nullptr;
  std::optional<int64_t> epochs;
  bool fits = name && name->name == "stalled" && call->args.size() == 2;
  for (const ast::Arg &arg : fits ? call->args : std::vector<ast::Arg>()) {
    if (!arg.label)
      watched = arg.value;
    if (arg.label.text == "epochs")
      if (auto integer = integerOf(eval(arg.value, *itemEnv)))
        epochs = integer->constant();
  }
  if (!watched || !epochs || *epochs < 1) {
    diags.report(diag::StopCondition, parts.stop->condition->range)
        .help("write `stop when stalled(validation.loss, epochs: 3)`");
    return;
  }
  parts.recipe.patience = *epochs;
  parts.recipe.stop = watchOf(watched, parts);
}

void Checker::checkTrain(const ast::Train *train) {
  RecipeParts parts;
  parts.train = train;
  Recipe &recipe = parts.recipe;
  recipe.range = train->range;
  recipe.of = pointOf;
  size_t before = llvm::count_if(program->recipes, [&](const Recipe &other) {
    return other.of.experiment == pointOf.experiment && other.of.point == pointOf.point;
  });
  recipe.name = pointPrefix() + (before == 0 ? "train" : "train_" + std::to_string(before + 1));
  if (!collectClauses(train, parts))
    return;
  if (train->subject) {
    parts.subject = eval(train->subject, *itemEnv);
    if (parts.subject.isError())
      return;
  }
  if ((train->data && !recipeData(train->data, recipe)) || !recipeLength(parts))
    return;
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>(recipe.batch));
  llvm::SaveAndRestore inside(inRecipe, true);
  llvm::SaveAndRestore dataless(withoutData, train->data ? nullptr : train);
  recipe.objective = diags.sources.text(parts.players[0]->objective->range).str();
  const ast::Expr *optimizer = parts.players[0]->optimizer ? parts.players[0]->optimizer
                               : parts.using_              ? parts.using_->optimizer
                                                           : nullptr;
  recipe.optimizer = optimizer ? diags.sources.text(optimizer->range).str() : "";
  buildStep(parts);
  buildEval(parts);
  if (parts.keep)
    recipe.keep = watchOf(parts.keep->metric, parts);
  if (parts.stop)
    checkStop(parts);
  program->functions.insert(program->functions.end(), std::make_move_iterator(rootFunctions.begin()),
                            std::make_move_iterator(rootFunctions.end()));
  rootFunctions.clear();
  program->recipes.push_back(std::move(recipe));
  const Recipe &made = program->recipes.back();
  for (auto [report, name] : llvm::zip(parts.reports, made.metrics))
    if (report->form != ast::Report::Form::Default && llvm::is_contained(made.eval.results, name))
      plotTrainingReport(report, made, name);
}

} // namespace nn::sema

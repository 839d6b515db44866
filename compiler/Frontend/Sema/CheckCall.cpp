/// Calls: hyperparameters make instances, inputs make calls of checked functions.
#include "Frontend/Sema/Affine.h"
#include "Frontend/Sema/Checker.h"
#include "Frontend/Sema/Habits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

// ---- arguments

bool Checker::bindArguments(const ast::Function *decl, const std::vector<ast::Param *> &params,
                            std::vector<ArgValue> &args, std::vector<std::optional<ArgValue>> &bound, SourceRange range,
                            bool hyper) {
  bound.resize(params.size());
  llvm::StringRef what = hyper ? "hyperparameter" : "input";
  size_t position = 0;
  for (ArgValue &arg : args) {
    size_t at = position;
    if (arg.label.empty()) {
      ++position;
    } else {
      for (at = 0; at < params.size() && params[at]->name.text != arg.label; ++at)
        ;
      if (at == params.size()) {
        std::vector<std::string> names;
        names.reserve(params.size());
        for (auto *param : params)
          names.push_back(param->name.text);
        auto &report = diags.report(diag::UnknownArgument, arg.labelRange, decl->name.text, what, arg.label);
        Habit habit = habitOf(arg.label, HabitPlace::Hyperparameter);
        if (llvm::is_contained(names, habit.instead))
          report.fix(arg.labelRange, habit.instead, "it is called `" + habit.instead + "` here");
        else if (!habit.help.empty())
          report.help(habit.help);
        else if (auto best = closest(arg.label, names))
          report.didYouMean(arg.labelRange, arg.label, names);
        else if (!names.empty())
          report.help("`" + decl->name.text + "` takes " + llvm::join(names, ", "));
        return false;
      }
    }
    if (at >= params.size()) {
      auto &report = diags.report(diag::TooManyArguments, arg.range, decl->name.text, int64_t(params.size()), what,
                                  int64_t(args.size()));
      if (hyper && decl->inputs.size() == 1)
        report.help("the first list of `" + decl->name.text + "` holds hyperparameters; inputs come in a second list");
      return false;
    }
    if (bound[at]) {
      diags.report(diag::DuplicateArgument, arg.range, params[at]->name.text)
          .label(bound[at]->range, "first given here");
      return false;
    }
    bound[at] = arg;
  }
  for (size_t i = 0; i < params.size(); ++i)
    if (!bound[i] && !params[i]->defaultValue) {
      auto &report = diags.report(diag::MissingArgument, range, decl->name.text, what, params[i]->name.text)
                         .label(params[i]->range, "`" + params[i]->name.text + "` is declared here");
      if (hyper && args.empty())
        report.help("give it: `" + decl->name.text + "(" + params[i]->name.text + ": ...)`");
      return false;
    }
  return true;
}

std::shared_ptr<Env> Checker::envFor(const Callable &callable) {
  auto env = moduleEnv->child();
  env->isFunction = true;
  for (auto &[name, value] : callable.hyper) {
    env->names[name] = value;
    env->places[name] = value.range;
  }
  return env;
}

Instance *Checker::instanceAt(Instance *parent, const ast::Node *site, const ast::Function *model,
                              llvm::StringRef name) {
  auto &slot = parent->children[{site, copy}];
  if (slot)
    return slot.get();
  slot = std::make_unique<Instance>();
  slot->parent = parent;
  slot->model = model;
  std::string own = name.str();
  if (own.empty())
    own = model->name.text + "_" + std::to_string(++parent->counters[model->name.text]);
  else if (unsigned count = parent->counters["=" + own]++)
    own += "_" + std::to_string(count + 1);
  slot->path = parent->path.empty() ? own : parent->path + "." + own;
  return slot.get();
}

Value Checker::giveHyper(const Callable &callable, std::vector<ArgValue> args, const ast::Node *site,
                         SourceRange range) {
  const ast::Function *decl = callable.decl;
  std::vector<std::optional<ArgValue>> bound;
  if (!bindArguments(decl, decl->hyper, args, bound, range, true))
    return error();
  auto result = std::make_shared<Callable>(callable);
  result->hyperGiven = true;
  result->range = range;
  result->site = site;
  auto env = moduleEnv->child();
  env->isFunction = true;
  for (size_t i = 0; i < decl->hyper.size(); ++i) {
    const ast::Param &param = *decl->hyper[i];
    Value value = bound[i] ? bound[i]->value : eval(param.defaultValue, *env);
    SourceRange at = bound[i] ? bound[i]->range : param.range;
    value = matchHyper(param, value, *env, at);
    if (value.isError() || shareOutside(decl, param, value, at))
      return error();
    if (bound[i])
      value.range = at;
    result->hyper[param.name.text] = value;
    env->names[param.name.text] = value;
  }
  bool hasInstance = decl->role == ast::Role::Model || decl->role == ast::Role::Optimizer ||
                     (decl->role == ast::Role::Schedule && decl->inputs.size() == 3);
  if (hasInstance) {
    std::string name = instanceSite == site ? instanceName : "";
    result->instance = instanceAt(frame ? frame->self : &program_, site, decl, name);
  }
  return Value::ofCallable(result);
}

Value Checker::dropHyper(const Value &callee, const ast::Node *site, SourceRange range) {
  if (callee.kind != Value::Kind::Callable || callee.callable->kind != Callable::Kind::Declared ||
      !callee.callable->decl->hasHyper || callee.callable->hyperGiven)
    return callee;
  size_t before = diags.unrendered().size();
  Value result = giveHyper(*callee.callable, {}, site, range);
  if (!inLibrary(range) && inLibrary(callee.callable->decl->range))
    blameCall(before, callee.callable->decl, range);
  return result;
}

// ---- the call

bool Checker::isWord(const Value &callee, const ast::Arg &arg, size_t position, const Env &env) const {
  auto *name = llvm::dyn_cast<ast::NameRef>(arg.value);
  if (!name || env.find(name->name) || moduleAt(name->range).tops.count(name->name) ||
      callee.kind != Value::Kind::Callable)
    return false;
  const Callable &callable = *callee.callable;
  if (callable.kind == Callable::Kind::Builtin)
    return callable.builtin == "pad" && arg.label.text == "mode";
  if (callable.kind != Callable::Kind::Declared)
    return false;
  const ast::Function *decl = callable.decl;
  for (auto [k, param] : llvm::enumerate(decl->hasHyper && !callable.hyperGiven ? decl->hyper : decl->inputs))
    if (arg.label ? param->name.text == arg.label.text : k == position) {
      auto *type = llvm::dyn_cast_or_null<ast::NamedType>(param->type);
      return type && type->name.text == "string";
    }
  return false;
}

/// A word that stands for itself, as a text.
static Value textOf(const ast::Expr *word) {
  Value text;
  text.kind = Value::Kind::String;
  text.text = llvm::cast<ast::NameRef>(word)->name;
  text.range = word->range;
  return text;
}

Value Checker::evalCall(const ast::Call *expr, Env &env) {
  if (llvm::StringRef stage = dataStageOf(expr, env); !stage.empty())
    return evalDataStage(expr, stage, env);
  Value callee = eval(expr->callee, env);
  if (callee.isError())
    return error(); // what its arguments may be is not known
  if (callee.kind == Value::Kind::Callable && callee.callable->builtin == "symmetrize")
    return evalSymmetrize(expr, env);
  bool wrong = false;
  const ast::Arg *over = overArgument(expr, callee);
  std::vector<ArgValue> args;
  for (const ast::Arg &arg : expr->args) {
    if (&arg == over)
      continue;
    Value value = isWord(callee, arg, args.size(), env) ? textOf(arg.value) : eval(arg.value, env);
    args.push_back({arg.label.text, arg.label.range, value, arg.value->range});
    wrong |= args.back().value.isError();
  }
  if (wrong)
    return error();
  return over ? callOver(callee, std::move(args), over->value, expr, expr->range)
              : call(callee, std::move(args), expr, expr->range);
}

Value Checker::evalPipe(const ast::Pipe *expr, Env &env) {
  Value input = eval(expr->lhs, env);
  Value callee = eval(expr->rhs, env);
  if (input.isError() || callee.isError())
    return error();
  if (callee.kind != Value::Kind::Callable) {
    diags.report(diag::PipeIntoValue, expr->rhs->range, callee.describe())
        .help("`x |> f` is `f(x)`: what follows `|>` has to be a function");
    return error();
  }
  callee = dropHyper(callee, expr->rhs, expr->rhs->range);
  if (callee.isError())
    return error();
  ArgValue argument{"", {}, input, expr->lhs->range};
  return call(callee, {argument}, expr, expr->rhs->range);
}

Value Checker::call(const Value &callee, std::vector<ArgValue> args, const ast::Node *site, SourceRange range) {
  if (inLibrary(range))
    return dispatch(callee, std::move(args), site, range);
  llvm::SaveAndRestore saved(callSite, range);
  size_t before = diags.unrendered().size();
  Value result = dispatch(callee, std::move(args), site, range);
  const ast::Function *decl = callee.kind == Value::Kind::Callable ? callee.callable->decl : nullptr;
  if (decl && inLibrary(decl->range))
    blameCall(before, decl, range);
  return result;
}

Value Checker::dispatch(const Value &callee, std::vector<ArgValue> args, const ast::Node *site, SourceRange range) {
  if (callee.kind != Value::Kind::Callable) {
    diags.report(diag::NotAFunction, callee.range.valid() ? callee.range : range, callee.describe());
    return error();
  }
  const Callable &callable = *callee.callable;
  constexpr unsigned deepest = 200;
  llvm::SaveAndRestore nested(depth, depth + 1);
  if (depth > deepest) {
    diags.report(diag::EndlessRecursion, range);
    return error();
  }
  switch (callable.kind) {
  case Callable::Kind::Declared:
    if (callable.decl->hasHyper && !callable.hyperGiven)
      return giveHyper(callable, std::move(args), site, range);
    if (callable.initial && !initially)
      return callInitial(callable, args, site, range);
    return callDeclared(callable, std::move(args), range);
  case Callable::Kind::Lambda:
    return callLambda(callable, args, range);
  case Callable::Kind::Builtin:
    return callBuiltin(callable.builtin, args, site, range);
  case Callable::Kind::Reducer:
    return callReducer(callable.reducer, args, range);
  case Callable::Kind::Scalar:
    return *callable.constant;
  case Callable::Kind::Chain:
    return callChain(callable, std::move(args), range);
  case Callable::Kind::Copies:
    return callCopies(callable, args, range);
  case Callable::Kind::Recompute:
    return callRecompute(callable, args, range);
  case Callable::Kind::Symmetrized:
    return callSymmetrized(callable, args, range);
  case Callable::Kind::Objective:
    return callObjective(callable, args, range);
  case Callable::Kind::Computed:
    break; // a name is replaced by its value before it is called
  }
  return error();
}

/// Values that a checked function cannot take as inputs: they are known at compile time or are functions.
static bool needsInlining(const Value &value) {
  switch (value.kind) {
  case Value::Kind::Callable:
  case Value::Kind::String:
  case Value::Kind::List:
  case Value::Kind::Shape:
  case Value::Kind::Distribution:
  case Value::Kind::Dataset:
    return true;
  default:
    for (auto &[name, field] : value.fields)
      if (needsInlining(field))
        return true;
    return false;
  }
}

/// Whether a function is a schedule that gets the loss of the step.
static bool asksForLoss(const ast::Function *decl) {
  return decl && decl->role == ast::Role::Schedule && decl->inputs.size() == 3;
}

/// Whether a function is among the values that uses tensors of another place than its own: a lambda those of where it
/// was written, a schedule the loss of its player.
static bool reachesOut(const Value &value) {
  if (value.kind != Value::Kind::Callable)
    return false;
  const Callable &callable = *value.callable;
  return callable.kind == Callable::Kind::Lambda || asksForLoss(callable.decl) ||
         llvm::any_of(callable.chain, reachesOut) ||
         llvm::any_of(callable.hyper, [](auto &hyper) { return reachesOut(hyper.second); });
}

/// Whether an input is declared as `index(..)`.
static bool takesIndex(const ast::Param &param) {
  auto *named = llvm::dyn_cast_or_null<ast::NamedType>(param.type);
  return named && named->name.text == "index";
}

bool takesScalars(const ast::Function *decl) {
  for (const ast::Param *param : decl->inputs) {
    auto *named = param->type ? llvm::dyn_cast<ast::NamedType>(param->type) : nullptr;
    if (!named || !named->dims.empty())
      return false;
    llvm::StringRef name = named->name.text;
    if (name == "int" || name == "string" || name == "schedule")
      return false;
  }
  return !decl->inputs.empty();
}

/// A schedule that asks for the loss has a state, so in one step it is called once, however often its number is used.
Value Checker::callSchedule(const Callable &callable, std::vector<ArgValue> args, SourceRange range) {
  auto known = schedules.find(callable.instance);
  if (known != schedules.end())
    return mapLeaves(known->second, [&](Expr *leaf) { return capture(leaf); });
  auto *total = make<Ambient>({Elem::I32, std::nullopt, {}}, range);
  total->owner = nullptr;
  total->what = AmbientKind::TotalSteps;
  args.push_back({"", {}, Value::ofTensor(total), range});
  args.push_back({"", {}, Value::ofTensor(capture(playerLoss)), range});
  Value rate = callDeclared(callable, args, range);
  if (!rate.isError())
    schedules[callable.instance] = rate;
  return rate;
}

/// Whether the input that an argument is for is declared as one tensor.
bool Checker::wantsTensor(const ast::Function *decl, const ArgValue &arg, size_t position) {
  for (auto [k, param] : llvm::enumerate(decl->inputs))
    if (arg.label.empty() ? k == position : param->name.text == arg.label) {
      const ast::Type *type = param->type ? writtenOut(param->type) : nullptr;
      return type && llvm::isa<ast::NamedType>(type);
    }
  return false;
}

/// A function of tensors applies to records leaf by leaf.
std::optional<Value> Checker::callLeafwise(const Callable &callable, const std::vector<ArgValue> &args,
                                           SourceRange range) {
  const ArgValue *model = nullptr;
  std::vector<bool> spread;
  for (auto [k, arg] : llvm::enumerate(args)) {
    spread.push_back(arg.value.kind == Value::Kind::Record && wantsTensor(callable.decl, arg, k));
    if (!spread.back())
      continue;
    auto sameName = [](const auto &a, const auto &b) { return a.first == b.first; };
    if (model && !llvm::equal(model->value.fields, arg.value.fields, sameName)) {
      diags.report(diag::RecordsDiffer, range, model->value.describe(), arg.value.describe())
          .label(model->range, model->value.describe())
          .label(arg.range, arg.value.describe());
      return error();
    }
    model = &arg;
  }
  if (!model)
    return std::nullopt;
  Value result = model->value;
  result.ranking = false;
  for (auto [i, field] : llvm::enumerate(result.fields)) {
    std::vector<ArgValue> parts = args;
    for (auto [k, part] : llvm::enumerate(parts))
      if (spread[k])
        part.value = Value(args[k].value.fields[i].second);
    field.second = callDeclared(callable, std::move(parts), range);
    if (field.second.isError())
      return error();
  }
  return result;
}

Value Checker::callDeclared(const Callable &callable, std::vector<ArgValue> args, SourceRange range) {
  const ast::Function *decl = callable.decl;
  called.insert(decl);
  if (decl->role == ast::Role::Schedule && !args.empty() && args[0].value.isTensor() &&
      args[0].value.expr->type.rank() > 0) {
    diags.report(diag::ArgumentRank, args[0].range, decl->inputs[0]->name.text, "real", args[0].value.expr->type.str())
        .help("`" + decl->name.text + "` is a schedule: it gives a rate for the number of a step, and no layer");
    return error();
  }
  if (auto result = callLeafwise(callable, args, range))
    return *result;
  bool seesLoss = asksForLoss(decl) && args.size() == 1 && playerLoss;
  if (seesLoss)
    return callSchedule(callable, std::move(args), range);
  // A schedule gets the length of the training from the recipe.
  if (decl->role == ast::Role::Schedule && args.size() == 1 && decl->inputs.size() == 2) {
    auto *total = make<Ambient>({realHere(), std::nullopt, {}}, range);
    total->owner = nullptr;
    total->type.elem = Elem::I32;
    total->what = AmbientKind::TotalSteps;
    args.push_back({"", {}, Value::ofTensor(total), range});
  }
  std::vector<std::optional<ArgValue>> bound;
  if (!bindArguments(decl, decl->inputs, args, bound, range, false))
    return error();
  bool scalars = takesScalars(decl);
  for (auto &arg : bound) {
    if (!scalars || !arg || arg->value.kind != Value::Kind::List)
      continue;
    Expr *list = toTensor(arg->value, std::nullopt, arg->range);
    if (!list)
      return error();
    arg->value = Value::ofTensor(list); // its elements are scalars, too
  }
  bool inlined = false;
  for (auto &arg : bound)
    inlined |= arg && needsInlining(arg->value);
  for (auto &arg : bound)
    inlined |= !arg; // a default may depend on the other inputs
  for (auto &[name, hyper] : callable.hyper)
    inlined |= reachesOut(hyper);
  if (inlined)
    return callInline(callable, bound, range);

  Shape axes;
  SourceRange axesFrom;
  std::vector<Value> values;
  for (auto [arg, param] : llvm::zip(bound, decl->inputs)) {
    Value value = arg->value;
    value.range = arg->range;
    if (takesIndex(*param) && value.isTensor() && isInteger(value.expr->type.elem) && !value.expr->type.indexBound)
      value.expr->type.indexBound = smallestBound(value.expr);
    if (scalars && value.isTensor() && value.expr->type.rank() > 0) {
      if (!axes.empty() && shapesDiffer(axes, value.expr->type.axes)) {
        diags.report(diag::ShapesDiffer, range, sema::str(axes), value.expr->type.str())
            .label(axesFrom, sema::str(axes))
            .label(arg->range, value.expr->type.str());
        return error();
      }
      axes = value.expr->type.axes;
      axesFrom = arg->range;
    }
    values.push_back(value);
  }
  std::vector<Value> types = values;
  if (!axes.empty())
    for (Value &value : types)
      if (value.isTensor())
        value = mapLeaves(value, [&](Expr *leaf) {
          auto *element = program->make<Input>();
          element->type = leaf->type.withAxes({});
          element->range = leaf->range;
          return element;
        });
  for (size_t i = 0; i < types.size(); ++i)
    types[i].range = values[i].range;
  size_t before = diags.unrendered().size();
  Instantiation *instance = instantiate(callable, types, range);
  if (!instance || instance->result.isError()) {
    adviseSwap(before, decl, values);
    return error();
  }
  warnAboutLogits(decl, values);
  return finishCall(instance, values, axes, range);
}

Value Checker::finishCall(Instantiation *instance, llvm::ArrayRef<Value> args, const Shape &axes, SourceRange range) {
  llvm::SmallVector<Expr *> results;
  leaves(instance->result, results);
  if (results.empty() && instance->function->effects.empty())
    return instance->result; // known at compile time
  auto *node = program->make<Call>();
  node->callee = instance->function;
  node->axes = axes;
  node->range = range;
  node->owner = frame->function;
  for (const Value &arg : args) {
    llvm::SmallVector<Expr *> parts;
    leaves(arg, parts);
    for (Expr *part : parts)
      node->args.push_back(capture(part));
  }
  if (!instance->function->effects.empty()) {
    if (frame->indices) {
      refuse("state that changes inside an equation", range, "call the model outside of the equation");
      return error();
    }
    frame->function->effects.push_back({node, "", nullptr, nullptr, range});
  }
  unsigned position = 0;
  return mapLeaves(instance->result, [&](Expr *leaf) {
    TensorType type = leaf->type;
    type.axes.insert(type.axes.begin(), axes.begin(), axes.end());
    auto *result = make<CallResult>(std::move(type), range);
    result->call = node;
    result->result = position++;
    return result;
  });
}

// ---- calls without an instance

Value Checker::callInline(const Callable &callable, std::vector<std::optional<ArgValue>> &bound, SourceRange range) {
  const ast::Function *decl = callable.decl;
  bool intoLibrary = inLibrary(decl->range) && range.valid() && !inLibrary(range);
  llvm::SaveAndRestore savedSite(site, intoLibrary ? range : site);
  auto env = envFor(callable);
  std::vector<Value> given;
  for (auto &arg : bound)
    given.push_back(arg ? arg->value : Value());
  // A function whose inputs have no types works in the floats of the place.
  bool untyped = llvm::all_of(decl->inputs, [](const ast::Param *input) { return !input->type; });
  llvm::SaveAndRestore savedReal(frame->real, untyped ? frame->real : realOf(decl, given));
  llvm::SaveAndRestore savedSelf(frame->self, callable.instance ? callable.instance : frame->self);
  llvm::SaveAndRestore savedDecl(frame->decl, decl);
  auto savedResult = frame->result;
  auto savedName = frame->resultName;
  bool fits = true;
  for (size_t i = 0; i < bound.size() && fits; ++i) {
    const ast::Param &param = *decl->inputs[i];
    Value value = bound[i] ? bound[i]->value : eval(param.defaultValue, *env);
    SourceRange at = bound[i] ? bound[i]->range : param.range;
    fits = !value.isError() && matchInput(param, param.type, value, *env, at);
    value.range = at;
    env->names[param.name.text] = value;
    env->places[param.name.text] = param.name.range;
  }
  size_t effects = frame->function->effects.size();
  llvm::SaveAndRestore looking(still, still || !callable.peek.empty());
  Value value = fits ? evalBody(decl, *env, callable.peek) : error();
  if (still)
    frame->function->effects.resize(effects);
  frame->result = savedResult;
  frame->resultName = savedName;
  return value;
}

Value Checker::callLambda(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range) {
  const ast::Lambda *lambda = callable.lambda;
  if (args.size() != lambda->params.size()) {
    diags.report(diag::LambdaArity, range, int64_t(lambda->params.size()), int64_t(args.size()))
        .label(lambda->range, "the function is written here");
    return error();
  }
  auto env = callable.env->child();
  for (size_t i = 0; i < args.size(); ++i)
    env->names[lambda->params[i].text] = args[i].value;
  llvm::SaveAndRestore savedSelf(frame->self, callable.self);
  llvm::SaveAndRestore savedDecl(frame->decl, static_cast<const ast::Function *>(nullptr));
  return lambda->expr ? eval(lambda->expr, *env) : evalBlock(lambda->block, *env);
}

Value Checker::callChain(const Callable &callable, std::vector<ArgValue> args, SourceRange range) {
  if (args.empty()) {
    diags.report(diag::LambdaArity, range, int64_t(1), int64_t(0));
    return error();
  }
  for (const Value &link : callable.chain) {
    Value next = call(dropHyper(link, callable.site, range), args, callable.site, range);
    if (next.isError())
      return error();
    args[0].value = next;
  }
  return args[0].value;
}

// ---- reducers as functions

static ScalarOp combining(ast::Reducer reducer) {
  switch (reducer) {
  case ast::Reducer::Max:
    return ScalarOp::Max;
  case ast::Reducer::Min:
    return ScalarOp::Min;
  case ast::Reducer::Prod:
    return ScalarOp::Mul;
  case ast::Reducer::Any:
    return ScalarOp::Or;
  case ast::Reducer::All:
    return ScalarOp::And;
  default:
    return ScalarOp::Add;
  }
}

Value Checker::callReducer(ast::Reducer reducer, const std::vector<ArgValue> &args, SourceRange range) {
  bool binary = reducer == ast::Reducer::Max || reducer == ast::Reducer::Min;
  if (args.empty() || (args.size() > 1 && !binary)) {
    diags.report(diag::BuiltinArity, range, ast::spelling(reducer), "1 argument", int64_t(args.size()))
        .help("over one axis of several write an equation: `y[i] = " + std::string(ast::spelling(reducer)) +
              "[j] x[i, j]`");
    return error();
  }
  if (args.size() > 1) {
    Value result = args[0].value;
    for (size_t i = 1; i < args.size(); ++i)
      result = pointwise(combining(reducer), {result, args[i].value}, range);
    return result;
  }
  Value value = args[0].value;
  if (value.kind == Value::Kind::List) {
    Expr *tensor = toTensor(value, std::nullopt, range);
    if (!tensor)
      return error();
    value = Value::ofTensor(tensor);
  }
  if (value.isNumber())
    return value;
  llvm::SmallVector<Expr *> parts;
  leaves(value, parts);
  if (parts.empty() || (parts.size() > 1 && combining(reducer) == ScalarOp::Add && reducer != ast::Reducer::Sum)) {
    diags.report(diag::NotATensor, range, value.describe());
    return error();
  }
  bool logical = reducer == ast::Reducer::Any || reducer == ast::Reducer::All;
  Value total;
  for (Expr *part : parts) {
    part = capture(part);
    if (logical != (part->type.elem == Elem::Bool)) {
      diags.report(diag::ReducerElement, range, ast::spelling(reducer), part->type.str());
      return error();
    }
    if ((reducer == ast::Reducer::Mean || reducer == ast::Reducer::LogSumExp) && !isFloat(part->type.elem))
      part = cast(part, realHere());
    Expr *reduced = part;
    if (part->type.rank() > 0 || reducer == ast::Reducer::ArgMax || reducer == ast::Reducer::ArgMin) {
      llvm::SmallVector<IndexVar *> vars;
      llvm::SmallVector<Expr *> indices;
      Expr *row = nullptr;
      for (const Axis &axis : part->type.axes) {
        vars.push_back(newIndex("i" + std::to_string(vars.size()), axis.extent, range));
        vars.back()->batch = axis.batch;
        vars.back()->row = axis.extent.isOfRow() ? row : nullptr;
        indices.push_back(indexValue(vars.back()));
        row = axis.batch ? indices.back() : row;
      }
      reduced = reduceOver(reducer, vars, at(part, indices), range);
    }
    Value own = Value::ofTensor(reduced);
    total = total.isError() ? own : pointwise(combining(reducer), {total, own}, range);
  }
  return total;
}

} // namespace nn::sema

/// The program and its names: what stands at the top of a file, and where a name is looked for.
#include "Frontend/Sema/AtTop.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

#include <numbers>
#include <utility>

using namespace nn::checked;

namespace nn::sema {

Checker::Checker(const ast::File &file, const std::vector<const ast::File *> &prelude, DiagnosticEngine &diags,
                 const Options &options)
    : file(file), libraries(prelude), diags(diags), options(options), program(std::make_unique<Program>()) {
  program->name = options.programName;
  moduleEnv = itemEnv = std::make_shared<Env>();
  declareModules(prelude);
  // Data sets, settings, commands and `init` have symbols of their own: functions of these names get a number.
  for (Module &module : modules)
    for (auto &[name, item] : module.tops)
      if (auto *function = llvm::dyn_cast<ast::Function>(item); !function || function->role == ast::Role::Command)
        symbolNames[programName(item)] = 1;
  symbolNames["init"] = 1;
  auto init = std::make_unique<Function>();
  init->name = "init";
  program->init = init.get();
  program->functions.push_back(std::move(init));
  initFrame.function = program->init;
  initFrame.self = &program_;
  frame = &initFrame;
}

const ast::Name *nameOf(const ast::Item *item) {
  return llvm::TypeSwitch<const ast::Item *, const ast::Name *>(item)
      .Case<ast::Function, ast::Instance, ast::TypeAlias, ast::Group, ast::Data, ast::Experiment>(
          [](auto *top) { return &top->name; })
      .Case([](const ast::Bind *bind) { return bind->lhs.isTuple() ? nullptr : &bind->lhs.names[0]; })
      .Default(nullptr);
}

void Checker::declareTop(const ast::Item *item, Module &module) {
  const ast::Name *name = nameOf(item);
  if (!name)
    return;
  auto [at, isNew] = module.tops.insert({name->text, item});
  if (!isNew)
    diags.report(diag::DefinedTwice, name->range, name->text)
        .label(nameOf(at->second)->range, "`" + name->text + "` is first defined here");
}

std::unique_ptr<Program> Checker::run() {
  // Reports and experiments look at trainings, wherever these stand.
  auto isLate = [](const ast::Item *item) { return llvm::isa<ast::Report, ast::Experiment>(item); };
  for (bool late : {false, true})
    for (const ast::Item *item : file.items)
      if (isLate(item) == late)
        checkItem(item);
  addClaims();
  size_t functions = program->functions.size(), parameters = program->parameters.size(),
         states = program->states.size();
  for (const Module &module : modules)
    for (const ast::Item *item : module.file->items)
      if (auto *function = llvm::dyn_cast<ast::Function>(item);
          function && !called.count(function) && !inLibrary(function->range))
        checkUncalled(function);
  if (!diags.hasErrors())
    for (const ast::Item *item : file.items)
      if (auto *function = llvm::dyn_cast<ast::Function>(item))
        warnAboutUnused(function);
  program->functions.resize(functions);
  program->parameters.erase(program->parameters.begin() + parameters, program->parameters.end());
  parameterInits.resize(parameters);
  program->states.erase(program->states.begin() + states, program->states.end());
  stateInits.resize(states);
  finishInit();
  for (SettingVar &setting : program->settings)
    setting.pinned = settingsPinned.count(setting.name) != 0;
  for (Command &command : program->commands)
    for (Argument &argument : command.arguments)
      argument.fixed |= settingsPinned.count(argument.size) != 0;
  noteShortest();
  findTexts();
  return diags.hasErrors() ? nullptr : std::move(program);
}

void Checker::finishInit() {
  program->init->results.assign(parameterInits.begin(), parameterInits.end());
  program->init->results.insert(program->init->results.end(), stateInits.begin(), stateInits.end());
}

void Checker::checkItem(const ast::Item *item) {
  llvm::TypeSwitch<const ast::Item *>(item)
      .Case([&](const ast::Function *function) {
        if (function->role == ast::Role::Command)
          checkCommand(function);
      })
      .Case([&](const ast::Train *train) { checkTrain(train); })
      .Case<ast::Data, ast::Instance, ast::Bind>([&](auto *top) {
        if (const ast::Name *name = nameOf(top))
          lookupTop(name->text, *mainModule);
        else
          refuse("taking a record apart at the top of a file", top->range);
      })
      .Case<ast::SymmetryClaim, ast::ShapeClaim, ast::Group>([](auto *) {}) // `checkClaim`
      .Case([](const ast::TypeAlias *) {})                                  // checked where it is used
      .Case([&](const ast::Report *report) { checkReport(report); })
      .Case([&](const ast::Experiment *experiment) { checkExperiment(experiment); })
      .Case([](const ast::Use *) {}) // its file is read before anything is checked
      .Default([&](const ast::Item *other) { diags.report(diag::StatementAtTop, other->range); });
}

// ---- names

static bool isBuiltinWord(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name).Cases({"training", "batch_size", "example", "pi"}, true).Default(false);
}

const Value *Checker::lookup(llvm::StringRef name, SourceRange range, Env &env) {
  if (const Value *found = env.find(name))
    return found;
  size_t before = diags.errorCount();
  const Module &from = moduleAt(range);
  if (const Value *found = lookupTop(name, from, range))
    return found;
  if (diags.errorCount() != before)
    return nullptr;
  if (auto found = from.named.find(name.str()); found != from.named.end()) {
    Value &value = moduleValues[found->second];
    value.kind = Value::Kind::Module;
    value.module = found->second;
    value.text = name.str();
    return &value;
  }
  bool ofBatch = name == "example" || name == "batch_size" || name == "batch";
  if (ofBatch && recipeBatch == noBatch) {
    diags.report(diag::ExamplesAlone, range, name);
    return nullptr;
  }
  if (isBuiltinWord(name) || isBuiltin(name)) {
    Value &value = words[name.str()];
    value = builtinWord(name);
    return &value;
  }
  reportUnknown(name, range, env);
  return nullptr;
}

Value Checker::builtinWord(llvm::StringRef name) {
  if (name == "pi")
    return Value::ofReal(std::numbers::pi);
  if (!isBuiltinWord(name)) {
    auto callable = std::make_shared<Callable>();
    callable->builtin = name.str();
    return Value::ofCallable(callable);
  }
  auto *ambient = make<Ambient>({name == "training" ? Elem::Bool : Elem::I32, std::nullopt, {}}, SourceRange());
  ambient->owner = nullptr;
  ambient->what = name == "training"  ? AmbientKind::Training
                  : name == "example" ? AmbientKind::Row
                                      : AmbientKind::BatchSize;
  if (name == "example" && recipeBatch)
    ambient->type.indexBound = Dim(*recipeBatch);
  return Value::ofTensor(ambient);
}

void Checker::reportUnknown(llvm::StringRef name, SourceRange range, const Env &env) {
  std::vector<std::string> names;
  for (const Env *scope = &env; scope; scope = scope->parent.get())
    for (auto &[known, value] : scope->names)
      names.push_back(known);
  namesAt(moduleAt(range), names);
  for (auto &[known, function] : builtins())
    names.push_back(known);
  for (const char *known :
       {"exp", "log", "sqrt", "tanh", "sin", "cos", "erf", "abs", "training", "batch_size", "example"})
    names.push_back(known);
  llvm::append_range(names, nnrt::dataTransforms());
  if (withoutData && dataWithField(name) && std::exchange(saidWithoutData, withoutData) == withoutData)
    return; // one data set is missing, not each of its fields
  auto &report = diags.report(diag::UnknownName, range, name).oncePerFile();
  if (!adviseName(report, name, range))
    report.didYouMean(range, name, names);
}

void Checker::blameCall(size_t before, const ast::Function *callee, SourceRange call) {
  auto &reports = diags.unrendered();
  for (size_t i = before; i < reports.size(); ++i) {
    Diagnostic &report = reports[i];
    bool inside = inLibrary(report.primary);
    size_t labels = report.labels.size();
    llvm::erase_if(report.labels, [&](const Diagnostic::Label &label) { return inLibrary(label.range); });
    llvm::erase_if(report.fixes, [&](const Diagnostic::Fix &fix) { return inLibrary(fix.range); });
    SourceRange head = SourceRange::join(callee->roleRange,
                                         callee->inputs.empty() ? callee->name.range : callee->inputs.back()->range);
    std::string signature = diags.sources.text(head).str() + (callee->inputs.empty() ? "()" : ")");
    if (callee->result)
      signature += " -> " + diags.sources.text(callee->result->range).str();
    if (inside) {
      report.note("this happens inside `" + callee->name.text + "`, in `" +
                  diags.sources.text(report.primary).split('\n').first.str() + "`");
      report.primary = call;
    }
    if (inside || labels != report.labels.size())
      report.note("the standard library has `" + signature + "`");
  }
}

const Value *Checker::lookupTop(llvm::StringRef name, const Module &from, SourceRange range) {
  const ast::Item *item = findTop(name, from, range);
  return item ? topValue(item) : nullptr;
}

const Value *Checker::topValue(const ast::Item *item) {
  auto known = topValues.find(item);
  if (known != topValues.end())
    return &known->second;
  if (!topsInProgress.insert(item).second) {
    diags.report(diag::DefinedByItself, nameOf(item)->range, nameOf(item)->text);
    return &topValues[item];
  }
  Value value = makeTop(item);
  topsInProgress.erase(item);
  return &(topValues[item] = value);
}

static bool isLiteral(const ast::Expr *expr) {
  if (auto *unary = llvm::dyn_cast<ast::Unary>(expr))
    return unary->op == ast::UnaryOp::Neg && isLiteral(unary->operand);
  return llvm::isa<ast::IntLit, ast::FloatLit>(expr);
}

Value Checker::makeTop(const ast::Item *item) {
  AtTop atTop(*this);
  llvm::SaveAndRestore savedFrame(frame, &initFrame);
  if (auto *function = llvm::dyn_cast<ast::Function>(item)) {
    auto callable = std::make_shared<Callable>();
    callable->kind = Callable::Kind::Declared;
    callable->decl = function;
    callable->range = function->name.range;
    if (function->role == ast::Role::Model && !function->hasHyper)
      callable->instance = instanceAt(&program_, function, function, programName(function));
    Value value = Value::ofCallable(callable);
    value.range = function->name.range;
    return value;
  }
  if (auto *data = llvm::dyn_cast<ast::Data>(item))
    return checkData(data);
  if (auto *instance = llvm::dyn_cast<ast::Instance>(item))
    return instanceOf(instance, programName(instance));
  auto *bind = llvm::dyn_cast<ast::Bind>(item);
  if (!bind) {
    refuse("this name as a value", item->range);
    return error();
  }
  Value value = constantOf(bind, programName(bind));
  bool computed = value.kind == Value::Kind::Callable && value.callable->kind == Callable::Kind::Computed;
  if (!value.isError() && !computed && isLiteral(bind->value)) {
    value.setting = bind;
    value.settingName = programName(bind);
  }
  return value;
}

Value Checker::instanceOf(const ast::Instance *instance, llvm::StringRef name) {
  llvm::SaveAndRestore site(instanceSite, static_cast<const ast::Node *>(instance->value));
  llvm::SaveAndRestore own(instanceName, name.str());
  Value value = eval(instance->value, *itemEnv);
  if (value.isError() || (value.kind == Value::Kind::Callable && value.callable->instance))
    return value;
  refuse("a model made of other than one instantiation", instance->value->range);
  return error();
}

Value Checker::constantOf(const ast::Bind *bind, llvm::StringRef datasetName) {
  if (bind->isDrawn)
    return drawOnce(bind);
  // At a point of an experiment numbers are what its parameters are.
  std::optional<Elem> real =
      itemInstance == &program_ ? std::nullopt : floatOfParameters(*program, itemInstance->path + ".");
  Instantiation constant;
  std::unique_ptr<Function> function = computeConstant(bind, real.value_or(Elem::F32), constant);
  Value value = constant.result;
  if (value.kind == Value::Kind::Dataset)
    return declareDataset(*value.dataset, datasetName, programName(bind), bind->range) ? value : error();
  if (function->results.empty())
    return value;
  auto callable = std::make_shared<Callable>();
  callable->kind = Callable::Kind::Computed;
  callable->computed = bind;
  callable->env = itemEnv;
  callable->self = itemInstance;
  callable->range = bind->lhs.names[0].range;
  return Value::ofCallable(callable);
}

// ---- constants that code computes

/// Evaluates a constant as a function without inputs, in which numbers are of type `real`. The function has results
/// only if something has to be computed.
std::unique_ptr<Function> Checker::computeConstant(const ast::Bind *bind, Elem real, Instantiation &constant) {
  auto function = std::make_unique<Function>();
  function->range = bind->range;
  constant.function = function.get();
  Frame own;
  own.function = function.get();
  own.self = itemInstance;
  own.real = real;
  if (auto *named = llvm::dyn_cast_or_null<ast::NamedType>(bind->type))
    if (auto declared = elemNamed(named->name.text); declared && isFloat(*declared))
      own.real = computedAs(*declared);
  llvm::SaveAndRestore saved(frame, &own);
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>());
  auto env = itemEnv->child();
  env->isFunction = true;
  constant.result = bind->lhs.hasBinders ? evalEquation(bind, *env) : eval(bind->value, *env);
  if (bind->type && !constant.result.isError()) {
    TypeSpec spec = resolveType(bind->type, *env);
    if (!conform(spec, constant.result, bind->value->range, "`" + bind->lhs.names[0].text + "`"))
      constant.result = error();
  }
  llvm::SmallVector<Expr *> parts;
  leaves(constant.result, parts);
  if (llvm::any_of(parts, [](const Expr *part) { return part->owner != nullptr; }))
    function->results.assign(parts.begin(), parts.end());
  return function;
}

Value Checker::computedConstant(const Callable &known, SourceRange range) {
  auto &constant = constants[{known.computed, realHere(), known.self}];
  if (!constant) {
    llvm::SaveAndRestore scope(itemEnv, known.env);
    llvm::SaveAndRestore self(itemInstance, known.self);
    constant = std::make_unique<Instantiation>();
    std::unique_ptr<Function> function = computeConstant(known.computed, realHere(), *constant);
    std::string name = known.computed->lhs.names[0].text;
    unsigned count = symbolNames[name]++;
    function->name = count ? name + "$" + std::to_string(count) : name;
    program->functions.push_back(std::move(function));
  }
  return constant->result.isError() ? error() : finishCall(constant.get(), {}, {}, range);
}

// ---- functions that nobody calls

void Checker::openVariables(const ast::Type *type, Env &env) {
  type = writtenOut(type);
  if (auto *record = llvm::dyn_cast_or_null<ast::RecordType>(type))
    for (const ast::TypeField &field : record->fields)
      openVariables(field.type, env);
  auto *named = type ? llvm::dyn_cast<ast::NamedType>(type) : nullptr;
  if (!named)
    return;
  auto open = [&](const ast::Expr *expr) {
    auto *ref = expr ? llvm::dyn_cast<ast::NameRef>(expr) : nullptr;
    if (ref && !env.boundInFunction(ref->name)) {
      env.names[ref->name] = Value::ofInt(Dim::variable(ref->name));
      env.places[ref->name] = ref->range;
    }
  };
  open(named->arg);
  for (const ast::Dim &dim : named->dims) {
    if (dim.bound)
      bindLength(dim, env);
    open(dim.extent);
    if (dim.isRest && dim.rest && !env.find(dim.rest.text)) {
      Value shape;
      shape.kind = Value::Kind::Shape;
      shape.shape = {{Dim::variable(dim.rest.text), dim.rest.text, dim.range, false}};
      env.names[dim.rest.text] = shape;
    }
  }
}

Value Checker::openInput(const TypeSpec &spec, llvm::StringRef name, SourceRange range) {
  Value value;
  if (spec.kind == TypeSpec::Kind::Tensor) {
    auto *input = make<Input>(spec.tensor, range);
    input->name = name.str();
    value = Value::ofTensor(input);
  } else if (spec.kind == TypeSpec::Kind::Record) {
    value.kind = Value::Kind::Record;
    for (const NamedSpec &field : spec.fields) {
      value.fields.push_back({field.first, openInput(field.second, name, range)});
      if (value.fields.back().second.isError())
        return error();
    }
  }
  return value;
}

void Checker::checkUncalled(const ast::Function *function) {
  if (function->role == ast::Role::Command || function->role == ast::Role::Optimizer ||
      function->role == ast::Role::Schedule)
    return;
  Callable callable;
  callable.kind = Callable::Kind::Declared;
  callable.decl = function;
  Instance instance;
  instance.path = function->role == ast::Role::Model ? function->name.text : "";
  instance.model = function;
  callable.instance = &instance;
  Function body;
  Frame own;
  own.function = &body;
  own.decl = function;
  own.self = &instance;
  own.generic = true;
  llvm::SaveAndRestore saved(frame, &own);
  auto env = envFor(callable);
  for (const ast::Param *param : function->hyper) {
    auto *named = param->type ? llvm::dyn_cast<ast::NamedType>(param->type) : nullptr;
    Value value;
    if (named && !isTypeName(*named))
      resolveType(named, *env); // reports
    if (param->defaultValue)
      value = matchHyper(*param, eval(param->defaultValue, *env), *env, param->range);
    else if (named && named->name.text == "int")
      value = Value::ofInt(Dim::variable(param->name.text));
    else if (named && (elemNamed(named->name.text) || named->name.text == "real") && !named->hasDims &&
             named->name.text != "bool") {
      auto *input =
          make<Input>({computedAs(elemNamed(named->name.text).value_or(Elem::F32)), std::nullopt, {}}, param->range);
      value = Value::ofTensor(input);
    }
    value.range = param->range;
    env->names[param->name.text] = value;
    env->places[param->name.text] = param->name.range;
  }
  for (const ast::Param *param : function->inputs) {
    openVariables(param->type, *env);
    TypeSpec spec = param->type ? resolveType(param->type, *env) : TypeSpec();
    Value value = openInput(spec, param->name.text, param->range);
    if (spec.real)
      frame->real = Elem::F32;
    value.range = param->range;
    env->names[param->name.text] = value;
    env->places[param->name.text] = param->name.range;
  }
  for (const ast::Param *param : function->inputs)
    if (param->defaultValue)
      eval(param->defaultValue, *env);
  called.insert(function);
  Value result = evalBody(function, *env);
  for (const ast::Param *param : function->inputs) {
    llvm::SmallVector<Expr *> parts;
    leaves(env->names[param->name.text], parts);
    for (Expr *part : parts)
      if (auto *input = llvm::dyn_cast<Input>(part)) {
        input->position = body.inputs.size();
        body.inputs.push_back(input);
      }
  }
  checkRole(function, body, result);
}

std::unique_ptr<Program> check(const ast::File &file, const std::vector<const ast::File *> &prelude,
                               DiagnosticEngine &diags, const Options &options) {
  return Checker(file, prelude, diags, options).run();
}

bool isBuiltin(llvm::StringRef name) { return Checker::isBuiltin(name); }

} // namespace nn::sema

/// Statements: parameters, states, updates, named values, draws.
#include "Frontend/Sema/Invariant.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

void Checker::refuse(llvm::StringRef construct, SourceRange range, llvm::StringRef help) {
  auto &report = diags.report(diag::Unsupported, range, construct);
  if (!help.empty())
    report.help(help);
}

Value Checker::evalBlock(const ast::Block *block, Env &env) {
  Value value;
  bool hasValue = false;
  for (const ast::Stmt *stmt : block->statements) {
    hasValue = false;
    if (auto *expr = llvm::dyn_cast<ast::ExprStmt>(stmt)) {
      value = eval(expr->expr, env);
      hasValue = true;
      continue;
    }
    checkStmt(stmt, env);
  }
  return hasValue ? value : error(); // a block without a value has been reported by the parser
}

void Checker::checkStmt(const ast::Stmt *stmt, Env &env) {
  closedIndices.clear();
  llvm::TypeSwitch<const ast::Stmt *>(stmt)
      .Case([&](const ast::ParamDecl *decl) { checkParam(decl, env); })
      .Case([&](const ast::StateDecl *decl) { checkState(decl, env); })
      .Case([&](const ast::Update *update) { checkUpdate(update, env); })
      .Case([&](const ast::Bind *bind) { checkBind(bind, env); })
      .Case([&](const ast::Derivative *derivative) { checkOwnDerivative(derivative, env); })
      .Case([&](const ast::ExprStmt *expr) { eval(expr->expr, env); });
}

/// The tensors in a value, by name: `h`, `q.mu`.
static void nameParts(const Value &value, const std::string &name,
                      std::vector<std::pair<std::string, const Expr *>> &named) {
  if (value.isTensor())
    named.emplace_back(name, value.expr);
  if (value.kind == Value::Kind::Record)
    for (const auto &[field, part] : value.fields)
      nameParts(part, name + "." + field, named);
}

bool Checker::define(const ast::Name &name, Value value, Env &env, bool isEntry) {
  if (const SourceRange *place = env.boundInFunction(name.text)) {
    const Value *known = env.find(name.text);
    if (known && known->isError())
      return false; // the first of several such lines stands for all
    diags.report(diag::NameAlreadyBound, name.range, name.text)
        .label(*place, "`" + name.text + "` is bound here")
        .help(isEntry ? "entries keep their values; an equation makes new ones: `z[i] = if i == 0 then 1 else " +
                            name.text + "[i]`"
                      : "a name keeps its value; give the new one a name of its own, or none: `x |> f |> g`");
    env.names[name.text] = error(); // which of the two is meant below is not known
    return false;
  }
  if (value.isTensor() && value.expr->name.empty())
    value.expr->name = name.text;
  if (frame->function)
    nameParts(value, name.text, frame->function->named);
  value.range = name.range;
  env.names[name.text] = std::move(value);
  env.places[name.text] = name.range;
  return true;
}

void Checker::checkBind(const ast::Bind *bind, Env &env) {
  Value value;
  if (bind->lhs.hasBinders && bind->isDrawn) {
    refuse("a draw on a left-hand side with indices", bind->range,
           "write the shape as a type: `z: f32[n] ~ normal(0, 1)`");
  } else if (bind->lhs.hasBinders) {
    value = evalEquation(bind, env);
  } else {
    llvm::SaveAndRestore site(instanceSite, static_cast<const ast::Node *>(bind->value));
    llvm::SaveAndRestore name(instanceName, bind->lhs.names[0].text);
    value = eval(bind->value, env);
  }
  std::optional<TypeSpec> spec;
  if (bind->type)
    spec = resolveType(bind->type, env);
  if (!value.isError() && bind->isDrawn)
    value = drawn(value, spec, bind->value->range);
  if (!value.isError() && spec && !conform(*spec, value, bind->value->range, "`" + bind->lhs.names[0].text + "`"))
    value = error();
  if (!bind->lhs.isTuple()) {
    bool isEntry = llvm::any_of(bind->lhs.binders,
                                [](const ast::Binder *binder) { return binder->form == ast::Binder::Form::Position; });
    define(bind->lhs.names[0], value, env, isEntry);
    return;
  }
  if (!value.isError() && (value.kind != Value::Kind::Record || value.fields.size() != bind->lhs.names.size())) {
    diags.report(diag::TupleMismatch, bind->lhs.range, int64_t(bind->lhs.names.size()), value.describe())
        .label(bind->value->range, value.describe());
    value = error();
  }
  for (size_t i = 0; i < bind->lhs.names.size(); ++i)
    define(bind->lhs.names[i], value.isError() ? error() : value.fields[i].second, env);
}

// ---- a function's own derivatives

void Checker::checkOwnDerivative(const ast::Derivative *derivative, Env &env) {
  const ast::Function *decl = frame->decl;
  Value slope = eval(derivative->value, env);
  if (!decl || !takesScalars(decl)) {
    diags.report(diag::OwnDerivativeOutside, derivative->range)
        .help("write a function of scalars; it applies to tensors element by element");
    return;
  }
  bool isInput =
      llvm::any_of(decl->inputs, [&](const ast::Param *param) { return param->name.text == derivative->name.text; });
  if (!isInput) {
    std::vector<std::string> names;
    for (const ast::Param *param : decl->inputs)
      names.push_back(param->name.text);
    diags.report(diag::OwnDerivativeOfNoInput, derivative->name.range, derivative->name.text, decl->name.text)
        .didYouMean(derivative->name.range, derivative->name.text, names);
    return;
  }
  const Value *input = env.find(derivative->name.text);
  if (slope.isError() || !input || !input->isTensor())
    return;
  Expr *expr = toTensor(slope, input->expr->type.elem, derivative->value->range);
  if (!expr)
    return;
  if (!expr->type.isScalar() || !isFloat(input->expr->type.elem) || !isFloat(expr->type.elem)) {
    diags.report(diag::TypeMismatch, derivative->value->range, "the derivative by `" + derivative->name.text + "`",
                 "`" + input->expr->type.str() + "`", "`" + expr->type.str() + "`");
    return;
  }
  frame->slopes.push_back({input->expr, cast(expr, input->expr->type.elem)});
}

Value Checker::withSlopes(const ast::Function *decl, const Value &value, Env &env) {
  for (const ast::Param *param : decl->inputs) {
    const Value *input = env.find(param->name.text);
    bool given = input && llvm::any_of(frame->slopes, [&](auto &slope) { return slope.first == input->expr; });
    if (!input || !input->isTensor() || !isFloat(input->expr->type.elem) || given)
      continue;
    diags.report(diag::OwnDerivativeMissing, decl->name.range, decl->name.text, param->name.text)
        .help("add `derivative " + param->name.text + " = ...`");
    return error();
  }
  Expr *result = toTensor(value, frame->slopes[0].first->type.elem, value.range);
  if (!result)
    return error();
  llvm::SmallVector<Expr *> operands{cast(result, frame->slopes[0].first->type.elem)};
  for (auto &[input, slope] : frame->slopes)
    operands.push_back(input);
  for (auto &[input, slope] : frame->slopes)
    operands.push_back(slope);
  return Value::ofTensor(scalarOp(ScalarOp::WithSlopes, operands, result->range));
}

// ---- parameters

Expr *Checker::initialValue(const ast::ParamDecl *decl, const TensorType &type, Env &env, bool &isBias) {
  llvm::SaveAndRestore savedFrame(frame, &initFrame);
  llvm::SaveAndRestore savedReal(initFrame.real, std::optional<Elem>(type.elem));
  llvm::SaveAndRestore savedName(initialOf, decl->name.text);
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = type;
  spec.range = decl->range;
  auto *word = decl->init ? llvm::dyn_cast<ast::NameRef>(decl->init) : nullptr;
  if (decl->isDrawn && word && (word->name == "zeros" || word->name == "ones") && !env.find(word->name)) {
    isBias = true;
    return zerosLike(spec, word->name == "ones").expr;
  }
  Value value = eval(decl->init, env);
  if (!value.isError() && decl->isDrawn)
    value = drawn(value, spec, decl->init->range);
  if (!value.isError() && value.isNumber() && !type.axes.empty()) {
    isBias = !decl->isDrawn && value.describe() == "the integer 0";
    double fill = value.kind == Value::Kind::Int ? double(value.integer.constant().value_or(0)) : value.real;
    return zerosLike(spec, fill).expr;
  }
  if (value.isError() || !conform(spec, value, decl->init->range, "the initial value of `" + decl->name.text + "`"))
    return nullptr;
  return value.expr;
}

void Checker::checkParam(const ast::ParamDecl *decl, Env &env) {
  TypeSpec spec = resolveType(decl->type, env);
  bool inModel = frame->decl && frame->decl->role == ast::Role::Model;
  if (spec.kind != TypeSpec::Kind::Tensor || !inModel) {
    if (!inModel)
      diags.report(diag::OutsideModel, decl->range, "parameter", decl->name.text)
          .help("make the function around it a `model`");
    else if (spec.kind != TypeSpec::Kind::Error)
      refuse("a parameter that is no tensor", decl->type->range);
    define(decl->name, error(), env);
    return;
  }
  if (refuseLengths("parameter", decl->name.text, spec.tensor, decl->name.range)) {
    define(decl->name, error(), env);
    return;
  }
  auto isEmpty = [](const Axis &axis) { return axis.extent.constant() == 0; };
  if (auto empty = llvm::find_if(spec.tensor.axes, isEmpty); empty != spec.tensor.axes.end()) {
    auto &report = diags.report(diag::EmptyParameter, decl->name.range, decl->name.text, spec.tensor.str())
                       .help("what comes in has no entries: a window before it is larger than what it gets");
    if (empty->origin.valid())
      report.label(empty->origin, "0 comes from here");
    define(decl->name, error(), env);
    return;
  }
  auto invariances = parameterInvariances(decl, spec.tensor, env);
  if (!invariances) {
    define(decl->name, error(), env);
    return;
  }
  if (!decl->init && decl->invariances.empty()) {
    diags.report(diag::ParameterWithoutInit, decl->name.range, decl->name.text)
        .help("say what it starts from: `param " + decl->name.text + ": " + diags.sources.text(decl->type->range) +
              " ~ glorot_uniform`, or `= 0`");
    define(decl->name, error(), env);
    return;
  }
  std::string path = frame->self->path + "." + decl->name.text;
  bool isSymmetric = !invariances->empty();
  const SolvedParameter *solved = isSymmetric ? solveParameter(decl, path, spec.tensor, *invariances) : nullptr;
  if (isSymmetric && !solved) {
    define(decl->name, error(), env);
    return;
  }
  auto *read = make<Param>(solved ? solved->coefficients : spec.tensor, decl->name.range);
  read->owner = nullptr;
  read->path = path;
  read->name = decl->name.text;
  for (Axis &axis : read->type.axes)
    axis.batch = false;
  bool isBias = false;
  auto found = parameterIndex.find(path);
  if (frame->generic) {
    // Nothing is made of a function that nobody calls.
  } else if (found == parameterIndex.end()) {
    Expr *init = solved ? invariantStart(decl, *solved, env, isBias) : initialValue(decl, spec.tensor, env, isBias);
    if (!init) {
      define(decl->name, error(), env);
      return;
    }
    parameterIndex[path] = program->parameters.size();
    program->parameters.push_back(
        {path, read->type, isBias, decl->range, isOfPoint(path), spec.tensor, std::move(*invariances)});
    if (solved)
      program->parameters.back().solution = symmetry::describe(solved->form);
    parameterInits.push_back(init);
  } else if (const Parameter &known = program->parameters[found->second];
             !sameShape(known.declared.axes, spec.tensor.axes) || known.type.elem != spec.tensor.elem) {
    diags.report(diag::ParameterTwoShapes, decl->range, path, known.declared.str(), spec.tensor.str())
        .help("one written instantiation has one set of parameters; instantiate the model once for each shape");
    define(decl->name, error(), env);
    return;
  }
  if (initially && !frame->generic) {
    Expr *before = initialRead(program->parameters[parameterIndex.at(path)], decl->name.range);
    before->name = decl->name.text;
    define(decl->name, Value::ofTensor(solved ? expanded(*solved, before) : before), env);
    return;
  }
  define(decl->name, Value::ofTensor(solved ? expanded(*solved, read) : read), env);
}

// ---- states

void Checker::checkState(const ast::StateDecl *decl, Env &env) {
  Value init;
  std::optional<TypeSpec> spec;
  bool keeps = frame->decl && (frame->decl->role == ast::Role::Model || frame->decl->role == ast::Role::Optimizer ||
                               frame->decl->role == ast::Role::Schedule);
  if (!keeps) {
    diags.report(diag::OutsideModel, decl->range, "state", decl->name.text)
        .help("make the function around it a `model`");
    define(decl->name, error(), env);
    return;
  }
  if (decl->type)
    spec = resolveType(decl->type, env);
  {
    llvm::SaveAndRestore savedFrame(frame, &initFrame);
    llvm::SaveAndRestore savedName(initialOf, decl->name.text);
    init = eval(decl->init, env);
    if (!init.isError() && !spec) {
      Expr *expr = toTensor(init, std::nullopt, decl->init->range);
      spec.emplace();
      if (expr) {
        spec->kind = TypeSpec::Kind::Tensor;
        spec->tensor = expr->type;
        spec->range = decl->range;
      }
    }
    if (!init.isError() && init.isNumber() && spec->kind != TypeSpec::Kind::Error)
      init = zerosLike(*spec, init.kind == Value::Kind::Int ? double(init.integer.constant().value_or(0)) : init.real);
  }
  if (init.isError() || spec->kind == TypeSpec::Kind::Error ||
      !conform(*spec, init, decl->init->range, "the initial value of `" + decl->name.text + "`")) {
    define(decl->name, error(), env);
    return;
  }
  llvm::SmallVector<Expr *> parts;
  leaves(init, parts);
  for (const Expr *part : parts)
    if (refuseLengths("state", decl->name.text, part->type, decl->name.range)) {
      define(decl->name, error(), env);
      return;
    }
  // What a model begins with has a place of its own.
  std::string prefix = (initially ? "initial." : "") + (frame->self->path.empty() ? "" : frame->self->path + ".");
  define(decl->name, declareState(decl->name, init, prefix + decl->name.text), env);
}

/// Declares the state that starts from a value, unless it is known, and reads it. Records give one state a leaf, named
/// by the leaf.
Value Checker::declareState(const ast::Name &name, const Value &init, const std::string &path) {
  Value result = init;
  for (auto &[label, field] : result.fields)
    field = declareState(name, field, llvm::join_items(".", path, label));
  if (!init.isTensor())
    return result;
  auto *read = make<State>(init.expr->type, name.range);
  read->path = path;
  read->name = name.text;
  if (!frame->generic && !stateIndex.count(path)) {
    stateIndex[path] = program->states.size();
    bool ofOptimizer = frame->self->model && frame->self->model->role != ast::Role::Model;
    program->states.push_back({path, init.expr->type, ofOptimizer, isOfPoint(path)});
    stateInits.push_back(init.expr);
  }
  result.expr = read;
  return result;
}

/// A draw at the top of a file: drawn when the parameters are and kept beside them, as a state that nothing updates.
Value Checker::drawOnce(const ast::Bind *bind) {
  const ast::Name &name = bind->lhs.names[0];
  if (bind->lhs.hasBinders || bind->lhs.isTuple()) {
    refuse("a draw on a left-hand side like this", bind->range,
           "write one name, and the shape as a type: `z: f32[n] ~ normal(0, 1)`");
    return error();
  }
  std::optional<TypeSpec> spec;
  if (bind->type)
    spec = resolveType(bind->type, *itemEnv);
  bool isFloatTensor = spec && spec->kind == TypeSpec::Kind::Tensor && isFloat(spec->tensor.elem);
  llvm::SaveAndRestore real(initFrame.real, std::optional<Elem>(isFloatTensor ? spec->tensor.elem : Elem::F32));
  Value value = eval(bind->value, *itemEnv);
  if (!value.isError())
    value = drawn(value, spec, bind->value->range);
  if (value.isError() || (spec && !conform(*spec, value, bind->value->range, "`" + name.text + "`")))
    return error();
  value = declareState(name, value, itemInstance == &program_ ? name.text : itemInstance->path + "." + name.text);
  value = mapLeaves(value, [](Expr *leaf) {
    leaf->owner = nullptr; // every function may read it
    return leaf;
  });
  value.range = name.range;
  return value;
}

void Checker::checkUpdate(const ast::Update *update, Env &env) {
  const Value *target = lookup(update->name.text, update->name.range, env);
  Value value = eval(update->value, env);
  if (!target || target->isError() || value.isError())
    return;
  if (frame->indices) {
    refuse("state that changes inside an equation", update->range);
    return;
  }
  llvm::SmallVector<Expr *> states, values;
  leaves(*target, states);
  bool isState = !states.empty();
  for (Expr *state : states)
    isState &= llvm::isa<State>(state);
  if (!isState) {
    diags.report(diag::UpdateOfNoState, update->name.range, update->name.text)
        .help("declare it: `state " + update->name.text + ": ... = 0`");
    return;
  }
  if (!conform(specLike(*target, update->name.range), value, update->value->range,
               "the update of `" + update->name.text + "`"))
    return;
  leaves(value, values);
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string &path = llvm::cast<State>(states[i])->path;
    for (const Effect &effect : frame->function->effects)
      if (effect.path == path) {
        diags.report(diag::UpdateTwice, update->name.range, update->name.text)
            .label(effect.range, "the other update is here");
        return;
      }
    frame->function->effects.push_back({nullptr, path, values[i], states[i], update->value->range});
  }
}

} // namespace nn::sema

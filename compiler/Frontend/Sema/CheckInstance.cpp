/// Instances of functions: one for each set of argument types and parameters, checked once.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

// ---- what `real` stands for

Elem Checker::realHere() const {
  if (frame->real)
    return *frame->real;
  for (const Frame *around = frame; around; around = around->parent)
    if (around->function)
      for (const Input *input : around->function->inputs)
        if (isFloat(input->type.elem))
          return input->type.elem;
  bool declared = frame->result && frame->result->kind == TypeSpec::Kind::Tensor;
  return declared && isFloat(frame->result->tensor.elem) ? frame->result->tensor.elem : Elem::F32;
}

std::optional<Elem> Checker::realOf(const ast::Function *decl, llvm::ArrayRef<Value> args) const {
  // A result alone can be `real`: `identity(n)` has the type of the place that asks for it.
  auto *result = decl->result ? llvm::dyn_cast<ast::NamedType>(decl->result) : nullptr;
  bool anyReal = result && result->name.text == "real";
  for (auto [param, arg] : llvm::zip(decl->inputs, args)) {
    auto *named = param->type ? llvm::dyn_cast<ast::NamedType>(param->type) : nullptr;
    if (!named || named->name.text != "real")
      continue;
    anyReal = true;
    if (arg.isTensor() && isFloat(arg.expr->type.elem))
      return arg.expr->type.elem;
  }
  return anyReal ? std::optional(realHere()) : std::nullopt;
}

std::string Checker::keyOf(const Value &value) {
  switch (value.kind) {
  case Value::Kind::Int:
    return value.integer.key() + (value.setting ? "@" + value.settingName : "");
  case Value::Kind::Real: {
    char text[40];
    snprintf(text, sizeof text, "%a", value.real);
    return text + (value.setting ? "@" + value.settingName : "");
  }
  case Value::Kind::Bool:
    return value.truth ? "true" : "false";
  case Value::Kind::String:
    return "\"" + value.text + "\"";
  case Value::Kind::Tensor:
    return value.expr->type.key();
  case Value::Kind::Callable: {
    const Callable &callable = *value.callable;
    std::string text = "f" + std::to_string(reinterpret_cast<uintptr_t>(callable.decl)) + "/" +
                       std::to_string(reinterpret_cast<uintptr_t>(callable.lambda)) + callable.builtin + "/" +
                       std::to_string(int(callable.kind)) + "/" + std::to_string(int(callable.reducer));
    for (const Value &link : callable.chain)
      text += "+" + keyOf(link);
    for (auto &[name, hyper] : callable.hyper)
      text += "," + keyOf(hyper);
    if (callable.constant)
      text += keyOf(*callable.constant);
    if (callable.instance)
      text += "@" + callable.instance->path;
    text += (callable.initial ? "^." : ".") + callable.peek;
    return text;
  }
  default: {
    std::string text = "(";
    for (auto &[name, field] : value.fields)
      text += name + ":" + keyOf(field) + ",";
    return text + ")";
  }
  }
}

std::string Checker::keyOf(const Callable &callable, llvm::ArrayRef<Value> args) const {
  Instance *self = callable.instance ? callable.instance : inLibrary(callable.decl->range) ? nullptr : frame->self;
  std::string key = std::to_string(reinterpret_cast<uintptr_t>(callable.decl)) + (self ? "@" + self->path : "");
  for (auto &[name, value] : callable.hyper)
    key += "|" + keyOf(value);
  for (const Value &arg : args)
    key += ";" + keyOf(arg);
  if (!callable.peek.empty())
    key += "." + callable.peek;
  if (still)
    key += "!";
  if (initially)
    key += "^";
  if (recipeBatch)
    key += "#" + std::to_string(*recipeBatch);
  if (frame->generic)
    key += "?";
  if (auto real = realOf(callable.decl, args))
    key += "~" + spelling(*real).str();
  return key;
}

Instantiation *Checker::instantiate(const Callable &callable, std::vector<Value> &args, SourceRange range) {
  llvm::SaveAndRestore shared(site, SourceRange()); // other calls share it
  auto &slot = instances[keyOf(callable, args)];
  if (slot && slot->inProgress) {
    diags.report(diag::CallsItself, range, callable.decl->name.text)
        .help("functions do not call themselves; `scan`, `iterate` and `repeat` are loops");
    return nullptr;
  }
  if (slot)
    return slot.get();
  note(callable, args, range);
  slot = std::make_unique<Instantiation>();
  Instantiation *instance = slot.get();
  const ast::Function *decl = callable.decl;
  auto owned = std::make_unique<Function>();
  Function *function = instance->function = owned.get();
  std::string base = callable.instance && !callable.instance->path.empty() ? callable.instance->path : decl->name.text;
  unsigned count = symbolNames[base]++;
  function->name = count ? base + "$" + std::to_string(count) : base;
  function->range = decl->range;

  Frame own;
  own.function = function;
  own.decl = decl;
  own.self = callable.instance ? callable.instance : frame->self;
  own.generic = frame->generic;
  own.real = realOf(decl, args);
  llvm::SaveAndRestore saved(frame, &own);
  llvm::SaveAndRestore savedCopy(copy, int64_t(0));
  auto env = envFor(callable);
  bool fits = true;
  for (size_t i = 0; i < args.size() && fits; ++i) {
    const ast::Param &param = *decl->inputs[i];
    SourceRange at = args[i].range.valid() ? args[i].range : range;
    Value value = mapLeaves(args[i], [&](Expr *leaf) {
      auto *input = make<Input>(leaf->type, leaf->range);
      input->name = param.name.text;
      input->position = function->inputs.size();
      function->inputs.push_back(input);
      return input;
    });
    fits = matchInput(param, param.type, value, *env, at);
    labelAxes(param.type, value);
    value.range = at;
    env->names[param.name.text] = value;
    env->places[param.name.text] = param.name.range;
  }
  if (fits) {
    noteSizes(decl, *env);
    llvm::SaveAndRestore looking(still, still || !callable.peek.empty());
    instance->result = evalBody(decl, *env, callable.peek);
    if (still)
      function->effects.clear();
    if (instance->result.kind == Value::Kind::List)
      if (Expr *tensor = toTensor(instance->result, std::nullopt, decl->range))
        instance->result = Value::ofTensor(tensor);
    llvm::SmallVector<Expr *> results;
    leaves(instance->result, results);
    function->results.assign(results.begin(), results.end());
    checkRole(decl, *function, instance->result);
  }
  instance->inProgress = false;
  program->functions.push_back(std::move(owned));
  return instance;
}

void Checker::noteSizes(const ast::Function *decl, const Env &env) {
  if (frame->generic || usedSizes.count(decl))
    return;
  std::map<std::string, int64_t> &sizes = usedSizes[decl];
  for (const auto &[name, value] : env.names)
    if (value.kind == Value::Kind::Int)
      if (auto constant = value.integer.constant())
        sizes[name] = *constant;
}

/// A named value of a model whose body has been checked.
Value Checker::valueInside(const ast::Function *decl, llvm::StringRef name, Env &env) {
  auto found = env.names.find(name.str());
  Value value = found == env.names.end() ? error() : found->second;
  if (value.isTensor() || value.kind == Value::Kind::Record || value.isError())
    return value;
  refuse("a part of a model as a value", callSite,
         "`" + decl->name.text + "." + name.str() + "` is " + value.describe());
  return error();
}

void Checker::dropUnread(size_t first, const Value &result) {
  std::set<std::string> read;
  auto reach = [&](const Expr *value) {
    if (value)
      read.merge(reachedParameters(value));
  };
  llvm::SmallVector<Expr *> results;
  leaves(result, results);
  llvm::for_each(results, reach);
  for (const Effect &effect : frame->function->effects) {
    reach(effect.value);
    if (effect.call)
      llvm::for_each(effect.call->args, reach);
  }
  for (size_t i = program->parameters.size(); i-- > first;) {
    const std::string &path = program->parameters[i].path;
    if (llvm::StringRef(path).rsplit('.').first != frame->self->path || read.count(path))
      continue;
    parameterIndex.erase(path);
    parameterInits.erase(parameterInits.begin() + i);
    program->parameters.erase(program->parameters.begin() + i);
  }
  for (size_t i = first; i < program->parameters.size(); ++i)
    parameterIndex[program->parameters[i].path] = i;
}

Value Checker::evalBody(const ast::Function *decl, Env &env, llvm::StringRef peek) {
  size_t firstParameter = program->parameters.size();
  llvm::SaveAndRestore ended(closedIndices, {});
  frame->result.reset();
  frame->resultName.clear();
  llvm::SaveAndRestore ownSlopes(frame->slopes, {});
  if (decl->result) {
    frame->result = resolveType(decl->result, env);
    if (frame->result->kind == TypeSpec::Kind::Error)
      return error();
  }
  Value value;
  if (decl->expr) {
    value = eval(decl->expr, env);
  } else {
    if (!decl->block->statements.empty())
      if (auto *last = llvm::dyn_cast<ast::ExprStmt>(decl->block->statements.back()))
        if (auto *name = llvm::dyn_cast<ast::NameRef>(last->expr))
          frame->resultName = name->name;
    value = evalBlock(decl->block, env);
  }
  if (!value.isError() && !frame->slopes.empty())
    value = withSlopes(decl, value, env);
  if (value.isError())
    return error();
  startByUse(firstParameter, value);
  if (!peek.empty())
    return valueInside(decl, peek, env);
  if (decl->role == ast::Role::Model && value.kind != Value::Kind::Callable && !initially)
    dropUnread(firstParameter, value);
  if (decl->result) {
    SourceRange at = value.range.valid() ? value.range : decl->name.range;
    if (!conform(*frame->result, value, at, "the result of `" + decl->name.text + "`"))
      return error();
  }
  return value;
}

} // namespace nn::sema

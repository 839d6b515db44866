/// Commands: each becomes a function that the executable calls with what its user writes.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

void nameLeaves(const Value &value, const std::string &prefix, std::vector<std::string> &names) {
  if (value.isTensor())
    names.push_back(prefix.empty() ? "result" : prefix);
  for (const auto &[name, field] : value.fields)
    nameLeaves(field, prefix.empty() ? name : prefix + "." + name, names);
}

/// Makes a tensor of every number and every list in a value.
void Checker::toTensors(Value &value, SourceRange range) {
  if (value.range.valid())
    range = value.range;
  if (value.kind == Value::Kind::Record) {
    for (auto &[name, field] : value.fields)
      toTensors(field, range);
  } else if (!value.isError()) {
    Expr *tensor = toTensor(value, std::nullopt, range);
    value = tensor ? Value::ofTensor(tensor) : error();
  }
}

/// All numbers of a default, in order; false if it is not made of numbers.
bool Checker::defaultNumbers(const Value &value, std::vector<double> &numbers) {
  if (value.kind == Value::Kind::Bool)
    numbers.push_back(value.truth);
  else if (auto number = value.isNumber() ? value.asReal() : std::nullopt)
    numbers.push_back(*number);
  else if (value.kind != Value::Kind::List ||
           !llvm::all_of(value.fields, [&](const NamedValue &part) { return defaultNumbers(part.second, numbers); }))
    return false;
  return true;
}

// ---- arguments that are known at compile time

static bool isOfKind(const ast::Param *param, llvm::StringRef kind) {
  auto *named = llvm::dyn_cast_or_null<ast::NamedType>(param->type);
  return named && named->name.text == kind && !named->hasDims;
}
static bool isSize(const ast::Param *param) { return isOfKind(param, "int"); }
static bool isString(const ast::Param *param) { return isOfKind(param, "string"); }

static Value wordOf(llvm::StringRef text) {
  Value word;
  word.kind = Value::Kind::String;
  word.text = text.str();
  return word;
}

/// An argument that is known at compile time has no value to be compiled for.
void Checker::reportNoValue(const ast::Param *param, const std::string &setting) {
  const std::string &name = param->name.text;
  auto &report = diags.report(diag::SizeWithoutValue, param->range, name);
  report.help("give it a default, `" + name + (isSize(param) ? ": int = 16`" : ": string = \"..\"`") +
              ", or build with `--set " + setting + (isSize(param) ? "=16`" : "=..`"));
  if (isString(param))
    report.help("a text that a model reads is a sequence of its tokens, `" + name +
                ": index(v)[n <= 256]`; where the "
                "program reads a text of v different tokens, it is written as text");
}

std::vector<Value> Checker::choicesOf(const ast::Function *command, const ast::Param *param) {
  std::string name = command->name.text + "." + param->name.text;
  std::vector<Value> values;
  auto add = [&](Value value) {
    if (llvm::none_of(values, [&](const Value &own) { return own.text == value.text && own.integer == value.integer; }))
      values.push_back(std::move(value));
  };
  for (const auto &[setting, text] : options.settings) {
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::StringRef(text).split(parts, ',');
    for (llvm::StringRef part : setting == name ? parts : llvm::SmallVector<llvm::StringRef>()) {
      int64_t value;
      if (isString(param))
        add(wordOf(part.trim()));
      else if (part.trim().getAsInteger(10, value))
        diags.report(diag::BadSetting, {}, setting, text);
      else
        add(Value::ofInt(Dim(value)));
      program->sizes.insert(name);
    }
  }
  if (!values.empty())
    return values;
  if (!param->defaultValue) {
    reportNoValue(param, name);
    return {};
  }
  Value value = eval(param->defaultValue, *moduleEnv);
  if (isString(param) && value.kind == Value::Kind::String)
    return {wordOf(value.text)};
  auto integer = value.kind == Value::Kind::Int && isSize(param) ? integerOf(value) : std::nullopt;
  if (integer && integer->constant())
    return {Value::ofInt(*integer)};
  if (!value.isError())
    diags.report(diag::ArgumentKind, param->defaultValue->range, param->name.text, isString(param) ? "string" : "int",
                 value.describe());
  return {};
}

/// Tried out in silence: with the values that are known, where an argument decides something, it becomes a bounded
/// dimension, and if the command is right with these, too, it is compiled once for all values.
std::set<std::string> Checker::argumentsAsLengths(const ast::Function *command) {
  auto isRight = [&](const std::set<std::string> &lengths, std::set<std::string> &pinned) {
    DiagnosticEngine silent(diags.sources);
    Options quick = options;
    quick.measureData = false;
    Checker other(file, libraries, silent, quick);
    other.isTrial = true;
    other.lengthArguments = lengths;
    other.checkItem(command);
    pinned = other.settingsPinned;
    return !silent.hasErrors();
  };
  std::set<std::string> lengths, pinned;
  if (isTrial || survey)
    return lengthArguments;
  if (llvm::none_of(command->inputs, isSize) || !isRight({}, pinned))
    return {};
  for (const ast::Param *param : command->inputs)
    if (isSize(param) && pinned.count(command->name.text + "." + param->name.text))
      lengths.insert(param->name.text);
  return !lengths.empty() && isRight(lengths, pinned) ? lengths : std::set<std::string>();
}

void Checker::checkCommand(const ast::Function *function) {
  called.insert(function);
  if (function->hasHyper) {
    diags.report(diag::CommandTwoLists, function->name.range, function->name.text);
    return;
  }
  std::vector<Choice> choices(1);
  lengthArguments = argumentsAsLengths(function);
  for (const ast::Param *param : function->inputs) {
    std::vector<Choice> longer;
    if (!isSize(param) && !isString(param))
      continue;
    std::vector<Value> values = choicesOf(function, param);
    if (values.empty())
      return;
    int64_t &longest = longestValues[param->name.text] = 0;
    for (const Value &value : values)
      longest = std::max(longest, value.integer.constant().value_or(0));
    if (lengthArguments.count(param->name.text))
      values.resize(1);
    for (const Choice &choice : choices)
      for (const Value &value : values)
        longer.emplace_back(choice)[param->name.text] = value;
    choices = std::move(longer);
  }
  auto decides = [&](const ast::Param *param) {
    return isString(param) || settingsPinned.count(function->name.text + "." + param->name.text) != 0;
  };
  for (const Choice &choice : choices) {
    bool first = &choice == &choices.front();
    if (first || llvm::any_of(function->inputs, decides)) // otherwise one function takes all values
      checkCommandFor(function, choice, first);
  }
}

// ---- a command

/// Takes one argument of a command; false if its type is none that can be read (reported).
bool Checker::commandArgument(const ast::Param *param, const Choice &choice, Command &command, Env &env) {
  const std::string &name = param->name.text;
  env.places[name] = param->name.range;
  if (auto chosen = choice.find(name); chosen != choice.end()) {
    Value value = chosen->second;
    value.range = param->range;
    if (value.kind == Value::Kind::String) {
      command.arguments.push_back({name, {Elem::I32, std::nullopt, {}}, {}, {}, true});
      command.arguments.back().word = value.text;
      env.names[name] = value;
      return true;
    }
    double size = double(*value.integer.constant());
    if (int64_t most = longestValues[name]; lengthArguments.count(name) && most > 0) {
      value.integer = Dim::bounded(name, most);
      command.arguments.push_back({name, {Elem::I32, std::nullopt, {}}, {size}});
      command.arguments.back().length = value.integer;
      env.names[name] = value;
      return true;
    }
    value.setting = param;
    value.settingName = command.name + "." + name;
    command.arguments.push_back({name, {Elem::I32, std::nullopt, {}}, {size}, value.settingName, false});
    env.names[name] = value;
    return true;
  }
  TypeSpec spec = param->type ? resolveType(param->type, env) : TypeSpec();
  if (spec.kind != TypeSpec::Kind::Tensor) {
    if (!param->type)
      diags.report(diag::ArgumentNeedsType, param->range, name);
    else if (spec.kind != TypeSpec::Kind::Error)
      refuse("a command argument of this type", param->type->range);
    return false;
  }
  for (const Axis &axis : spec.tensor.axes)
    if (axis.extent.isBounded() && !axis.extent.asVariable()) {
      refuse("an argument with an axis of " + axis.extent.str() + " entries", param->type->range,
             "give it a bound of its own, such as `m <= " + std::to_string(axis.extent.storage()) + "`");
      return false;
    }
  Argument argument{name, spec.tensor, {}};
  if (param->defaultValue) {
    Value value = eval(param->defaultValue, env);
    int64_t elements = 1;
    for (const Axis &axis : spec.tensor.axes)
      elements *= axis.extent.constant().value_or(0);
    bool numbers = defaultNumbers(value, argument.defaultValue);
    if (!value.isError() && (!numbers || int64_t(argument.defaultValue.size()) != elements))
      diags.report(diag::ArgumentKind, param->defaultValue->range, name, spec.tensor.str(), value.describe());
  }
  command.arguments.push_back(argument);
  env.names[name] = addInput(name, spec.tensor, param->range, command.root);
  return true;
}

/// The element types that a declared result is stored in, leaf by leaf.
static void storageOf(const TypeSpec &spec, std::vector<Elem> &storage) {
  if (spec.kind == TypeSpec::Kind::Tensor)
    storage.push_back(spec.tensor.storage());
  for (auto &[name, field] : spec.fields)
    storageOf(field, storage);
}

void Checker::checkCommandFor(const ast::Function *function, const Choice &choice, bool first) {
  Command command;
  command.name = command.symbol = function->name.text;
  for (const auto &[name, value] : choice)
    if (!first)
      command.symbol += "." + name + (value.kind == Value::Kind::String ? value.text : value.integer.str());
  command.doc = function->doc;
  command.range = function->range;
  command.root.isCommand = true;
  auto own = rootFrame("command." + command.symbol, function->range);
  llvm::SaveAndRestore saved(frame, own.get());
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>(1));
  command.root.function = own->function;
  auto env = moduleEnv->child();
  env->isFunction = true;
  for (const ast::Param *param : function->inputs)
    if (!commandArgument(param, choice, command, *env)) {
      rootFunctions.clear();
      return;
    }
  own->decl = function;
  Value result = evalBody(function, *env);
  toTensors(result, function->name.range);
  llvm::SmallVector<Expr *> parts;
  leaves(result, parts);
  own->function->results.assign(parts.begin(), parts.end());
  if (own->result)
    storageOf(*own->result, own->function->storage);
  nameLeaves(result, "", command.root.results);
  command.ranking = result.ranking;
  command.classNames = result.classNames;
  program->functions.insert(program->functions.end(), std::make_move_iterator(rootFunctions.begin()),
                            std::make_move_iterator(rootFunctions.end()));
  rootFunctions.clear();
  program->commands.push_back(std::move(command));
}

} // namespace nn::sema

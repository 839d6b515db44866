/// Commands: each becomes a function that the executable calls with what its user writes.
#include "Frontend/Sema/Checker.h"

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

void Checker::checkCommand(const ast::Function *function) {
  called.insert(function);
  if (function->hasHyper) {
    diags.report(diag::CommandTwoLists, function->name.range, function->name.text);
    return;
  }
  Command command;
  command.name = function->name.text;
  command.doc = function->doc;
  command.range = function->range;
  command.root.isCommand = true;
  auto own = rootFrame("command." + command.name, function->range);
  llvm::SaveAndRestore saved(frame, own.get());
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>(1));
  command.root.function = own->function;
  auto env = moduleEnv->child();
  env->isFunction = true;
  for (const ast::Param *param : function->inputs) {
    TypeSpec spec = param->type ? resolveType(param->type, *env) : TypeSpec();
    if (spec.kind != TypeSpec::Kind::Tensor) {
      if (!param->type)
        diags.report(diag::ArgumentNeedsType, param->range, param->name.text);
      else if (spec.kind != TypeSpec::Kind::Error)
        refuse("a command argument of this type", param->type->range);
      rootFunctions.clear();
      return;
    }
    Argument argument{param->name.text, spec.tensor, std::nullopt};
    if (param->defaultValue) {
      Value value = eval(param->defaultValue, *env);
      if (value.isNumber())
        argument.defaultValue =
            value.kind == Value::Kind::Real ? value.real : double(value.integer.constant().value_or(0));
      else if (!value.isError())
        diags.report(diag::ArgumentKind, param->defaultValue->range, param->name.text, spec.tensor.str(),
                     value.describe());
    }
    command.arguments.push_back(argument);
    env->names[param->name.text] = addInput(param->name.text, spec.tensor, param->range, command.root);
    env->places[param->name.text] = param->name.range;
  }
  own->decl = function;
  Value result = evalBody(function, *env);
  toTensors(result, function->name.range);
  llvm::SmallVector<Expr *> parts;
  leaves(result, parts);
  own->function->results.assign(parts.begin(), parts.end());
  nameLeaves(result, "", command.root.results);
  command.ranking = result.ranking;
  command.classNames = result.classNames;
  program->functions.insert(program->functions.end(), std::make_move_iterator(rootFunctions.begin()),
                            std::make_move_iterator(rootFunctions.end()));
  rootFunctions.clear();
  program->commands.push_back(std::move(command));
}

} // namespace nn::sema

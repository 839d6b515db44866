/// What models are called with, wherever in the program: for those whose parameters are asked for before.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::checked;

namespace nn::sema {

static bool isKnown(const Value &value) {
  if (value.kind == Value::Kind::Record)
    return llvm::all_of(value.fields, [](const NamedValue &field) { return isKnown(field.second); });
  return value.isTensor() && llvm::all_of(value.expr->type.axes, [](const Axis &axis) {
           return axis.extent.isConstant() || axis.extent.isBounded();
         });
}

void Checker::note(const Callable &callable, const std::vector<Value> &args, SourceRange range) {
  if (!survey || !callable.instance || !llvm::all_of(args, isKnown))
    return;
  std::vector<TypeSpec> types;
  for (const Value &arg : args)
    types.push_back(specLike(arg, range));
  survey->insert({callable.instance->path, std::move(types)});
}

/// The whole program is checked once more, by itself and in silence: a call may stand behind the place that asks, in
/// the same line even.
const std::vector<TypeSpec> *Checker::calledWith(const Instance &instance) {
  if (survey)
    return nullptr;
  if (!surveyed) {
    surveyed.emplace();
    DiagnosticEngine silent(diags.sources);
    Options quick = options;
    quick.measureData = false;
    Checker other(file, libraries, silent, quick);
    other.survey = &*surveyed;
    other.run();
  }
  auto found = surveyed->find(instance.path);
  return found == surveyed->end() ? nullptr : &found->second;
}

/// Inputs of a model as its declaration has them, or else as some call gives them; nothing if neither says all of it.
std::optional<std::vector<Value>> Checker::knownInputs(const Callable &model) {
  std::vector<Value> inputs;
  auto env = envFor(model);
  for (const ast::Param *param : model.decl->inputs) {
    openVariables(param->type, *env);
    TypeSpec spec = param->type ? resolveType(param->type, *env) : TypeSpec();
    if (param->type && spec.kind == TypeSpec::Kind::Error)
      return std::nullopt; // reported
    inputs.push_back(openInput(spec, param->name.text, param->range));
  }
  if (llvm::all_of(inputs, isKnown))
    return inputs;
  const std::vector<TypeSpec> *types = calledWith(*model.instance);
  if (!types)
    return std::vector<Value>();
  inputs.clear();
  for (auto [spec, param] : llvm::zip(*types, model.decl->inputs))
    inputs.push_back(openInput(spec, param->name.text, param->range));
  return inputs;
}

bool Checker::makeParameters(const Callable &model, SourceRange range) {
  std::optional<std::vector<Value>> inputs = knownInputs(model);
  if (!inputs)
    return false;
  if (inputs->size() != model.decl->inputs.size()) {
    auto &report = diags.report(diag::ParametersUnknown, range, model.instance->path);
    if (!inLibrary(model.decl->range))
      report.label(model.decl->inputs[0]->range, "a number in each dimension would say it, too");
    report.help("call the model somewhere in the program, in `train` for example");
    return false;
  }
  Instantiation *instance = instantiate(model, *inputs, range);
  return instance && !instance->result.isError();
}

} // namespace nn::sema

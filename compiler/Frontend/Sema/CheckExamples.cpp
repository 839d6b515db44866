/// `examples(n, k => record)`: a data set whose examples the program computes itself.
#include "Frontend/Sema/Checker.h"

#include "noether/abi.h"
#include "noether/data.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// Examples that one call of the generator computes at most.
static constexpr int64_t mostAtOnce = 256;

/// The arguments by their roles; null where one is missing or wrong (reported).
const ast::Arg *Checker::examplesArgument(const ast::Call *call, llvm::StringRef label, size_t position) {
  size_t unlabelled = 0;
  for (const ast::Arg &arg : call->args) {
    if (arg.label ? arg.label.text == label : unlabelled == position && label.empty())
      return &arg;
    unlabelled += !arg.label;
  }
  return nullptr;
}

std::optional<int64_t> Checker::examplesNumber(const ast::Arg &arg, Env &env, int64_t least) {
  Value value = eval(arg.value, env);
  if (value.isError())
    return std::nullopt;
  auto integer = value.isNumber() ? integerOf(value) : std::nullopt;
  auto number = integer ? integer->constant() : std::nullopt;
  if (number && *number >= least && *number <= UINT32_MAX)
    return number;
  diags.report(diag::DataOption, arg.value->range,
               (least ? "the number of examples is a positive integer" : "a seed is an integer from 0") +
                   std::string(" known at compile time, not ") + value.describe());
  return std::nullopt;
}

/// The floats that a field is declared with, if it is.
std::optional<Elem> Checker::declaredFloat(llvm::StringRef name) const {
  for (const nnrt::DeclaredField &field : declaredFields)
    if (field.name == name && field.kind == nnrt::DeclaredField::Kind::Float &&
        (field.dtype == NN_F32 || field.dtype == NN_F64))
      return field.dtype == NN_F64 ? Elem::F64 : Elem::F32;
  return std::nullopt;
}

/// What one example is made of: a record of tensors that depend on nothing that training changes.
bool Checker::examplesFields(const Value &record, const ast::Arg &maker, Dataset &dataset) {
  bool named = record.kind == Value::Kind::Record && !record.fields.empty() &&
               llvm::none_of(record.fields, [](const NamedValue &field) { return llvm::isDigit(field.first[0]); });
  if (!named) {
    diags.report(diag::ExamplesNotRecord, maker.value->range, record.describe())
        .help("for example `examples(1000, k => (x: .., y: ..))`");
    return false;
  }
  Function *function = dataset.generator.function;
  for (const auto &[name, part] : record.fields) {
    SourceRange at = part.range.valid() ? part.range : maker.value->range;
    Expr *field = part.isTensor() ? part.expr : toTensor(part, std::nullopt, at);
    if (!field)
      return false;
    if (auto wanted = declaredFloat(name))
      field = cast(field, *wanted);
    if (!reachedParameters(field).empty() || !function->effects.empty()) {
      diags.report(diag::ExamplesDepend, at, name, function->effects.empty() ? "parameters" : "the state of a model");
      return false;
    }
    nnrt::DeclaredField declared;
    declared.name = name;
    declared.kind = fieldKind(field->type);
    declared.dtype = fieldDtype(field->type.elem);
    for (const Axis &axis : field->type.axes)
      declared.shape.push_back(axis.extent.constant().value_or(0));
    if (field->type.indexBound)
      declared.classes = field->type.indexBound->constant().value_or(0);
    dataset.declared.push_back(std::move(declared));
    dataset.generator.results.push_back(name);
    function->results.push_back(field);
  }
  return true;
}

Value Checker::evalExamples(const ast::Call *call, Env &env) {
  const ast::Arg *count = examplesArgument(call, "", 0), *maker = examplesArgument(call, "", 1),
                 *seed = examplesArgument(call, "seed", 0);
  for (const ast::Arg &arg : call->args)
    if (&arg != count && &arg != maker && &arg != seed) {
      diags.report(diag::DataOption, arg.range, "`examples` has no such argument")
          .help("it takes how many there are, a function of the position, and `seed`");
      return error();
    }
  if (!count || !maker) {
    diags
        .report(diag::DataOption, call->range,
                "`examples` takes how many there are and a function that makes the one at a position")
        .help("for example `examples(1000, k => (x: .., y: ..))`");
    return error();
  }
  auto rows = examplesNumber(*count, env, 1), start = seed ? examplesNumber(*seed, env, 0) : std::optional<int64_t>(0);
  Value made = eval(maker->value, env);
  if (!rows || !start || made.isError())
    return error();
  auto *dataset = program->make<Dataset>();
  dataset->range = call->range;
  dataset->computed = *rows;
  DataStage stage;
  stage.what = {"examples", "", {{"rows", std::to_string(*rows)}, {"seed", std::to_string(*start)}}};
  stage.range = call->range;
  stage.labels = stage.values = {count->range, seed ? seed->range : call->range};
  dataset->stages.push_back(std::move(stage));

  auto function = std::make_unique<Function>();
  function->name = "examples." + std::to_string(++generators);
  function->isRoot = true;
  function->range = call->range;
  Root &root = dataset->generator;
  root.function = function.get();
  root.makesData = true;
  root.batch = std::min(*rows, mostAtOnce);
  Frame own;
  own.function = function.get();
  own.self = &program_;
  if (llvm::any_of(declaredFields, [](const nnrt::DeclaredField &field) { return field.dtype == NN_F64; }))
    own.real = Elem::F64;
  llvm::SaveAndRestore saved(frame, &own);
  llvm::SaveAndRestore alone(recipeBatch, std::optional<int64_t>(noBatch));
  Value k = addInput("k", {Elem::I32, Dim(*rows), {}}, maker->range, root);
  Value record = this->call(made, {{"", {}, k, maker->range}}, call, maker->value->range);
  if (record.isError() || !examplesFields(record, *maker, *dataset))
    return error();
  program->functions.push_back(std::move(function));
  Value value;
  value.kind = Value::Kind::Dataset;
  value.dataset = dataset;
  return value;
}

} // namespace nn::sema

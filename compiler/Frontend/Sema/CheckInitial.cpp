/// Models as they were before training: what their parameters and states began with has a place of its own, which
/// nothing changes.
#include "Frontend/Sema/Checker.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

Value Checker::biInitial(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  if (!arity("initial", args, 1, 1, range))
    return error();
  Value model = dropHyper(args[0].value, site, args[0].range);
  if (model.isError())
    return error();
  if (model.kind != Value::Kind::Callable || !model.callable->instance) {
    diags.report(diag::NotAModel, args[0].range, model.describe())
        .help("`initial(M)` takes a model: `M` or `net` after `model net = M(64)`");
    return error();
  }
  auto before = std::make_shared<Callable>(*model.callable);
  before->initial = true;
  return Value::ofCallable(before);
}

Expr *Checker::initialRead(const Parameter &parameter, SourceRange range) {
  std::string path = "initial." + parameter.path;
  if (!stateIndex.count(path)) {
    stateIndex[path] = program->states.size();
    program->states.push_back({path, parameter.type, false, parameter.ofExperiment});
    stateInits.push_back(parameterInits[parameterIndex.at(parameter.path)]);
  }
  auto *read = make<State>(parameter.type, range);
  read->owner = nullptr; // nothing updates it, so it is the same everywhere
  read->path = path;
  return read;
}

Expr *Checker::parameterRead(const Parameter &parameter, bool initial, SourceRange range) {
  if (initial)
    return initialRead(parameter, range);
  auto *read = make<Param>(parameter.type, range);
  read->owner = nullptr;
  read->path = parameter.path;
  return read;
}

Value Checker::callInitial(const Callable &callable, const std::vector<ArgValue> &args, const ast::Node *site,
                           SourceRange range) {
  llvm::SaveAndRestore looking(still, true);
  Callable now = callable;
  now.initial = false;
  // The model as it is says which parameters there are.
  size_t before = diags.errorCount();
  dispatch(Value::ofCallable(std::make_shared<Callable>(now)), args, site, range);
  if (diags.errorCount() != before)
    return error();
  llvm::SaveAndRestore past(initially, true);
  return dispatch(Value::ofCallable(std::make_shared<Callable>(callable)), args, site, range);
}

} // namespace nn::sema

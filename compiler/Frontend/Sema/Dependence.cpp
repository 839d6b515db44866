/// What a value is computed from, and updates of values that differ from example to example.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace nn::checked;

namespace nn::sema {

void operandsOf(const Expr *expr, llvm::function_ref<void(const Expr *)> visit) {
  auto all = [&](const std::vector<Expr *> &exprs) {
    for (const Expr *part : exprs)
      visit(part);
  };
  llvm::TypeSwitch<const Expr *>(expr)
      .Case([&](const Pointwise *op) { all(op->operands); })
      .Case([&](const Access *access) {
        visit(access->base);
        for (const Sub &sub : access->subs)
          if (sub.index)
            visit(sub.index);
      })
      .Case([&](const Reduce *reduce) {
        visit(reduce->body);
        if (reduce->where)
          visit(reduce->where);
      })
      .Case([&](const Equation *equation) { visit(equation->body); })
      .Case([&](const CallResult *result) { all(result->call->args); })
      .Case([&](const DerivativeResult *result) {
        visit(result->derivative->y);
        all(result->derivative->wrt);
        if (result->derivative->tangent)
          visit(result->derivative->tangent);
      })
      .Case([&](const LoopResult *result) {
        all(result->loop->inits);
        all(result->loop->xs);
        all(result->loop->captured);
        all(result->loop->untilCaptured);
      })
      .Case([&](const Batch *batch) { visit(batch->input); })
      .Case([&](const Stop *stop) { visit(stop->input); })
      .Case([&](const RoutineResult *result) { all(result->routine->operands); })
      .Case([&](const Reshape *reshape) { visit(reshape->input); });
}

namespace {

/// Walks everything that a value is computed from, through calls and loops.
class Reach {
public:
  std::set<const void *> seen;
  std::set<std::string> parameters, states;
  std::set<const Function *> owners; ///< functions whose inputs are reached

  void visit(const Expr *expr) {
    if (!seen.insert(expr).second)
      return;
    if (auto *param = llvm::dyn_cast<Param>(expr))
      parameters.insert(param->path);
    if (auto *state = llvm::dyn_cast<State>(expr))
      states.insert(state->path);
    if (llvm::isa<Input>(expr))
      owners.insert(expr->owner);
    operandsOf(expr, [&](const Expr *part) { visit(part); });
    if (auto *result = llvm::dyn_cast<CallResult>(expr))
      visitFunction(result->call->callee);
    if (auto *result = llvm::dyn_cast<LoopResult>(expr))
      visitFunction(result->loop->body);
  }

private:
  void visitFunction(const Function *function) {
    if (!seen.insert(function).second)
      return;
    for (const Expr *result : function->results)
      visit(result);
  }
};

} // namespace

std::set<std::string> reachedParameters(const Expr *value) {
  Reach reach;
  reach.visit(value);
  return reach.parameters;
}

namespace {

/// Follows only what has a slope. Of a call it follows the results that are asked for, and of its arguments those that
/// these read with a slope.
class Slopes {
public:
  std::set<std::string> parameters;

  void visit(const Expr *expr) {
    if (!isFloat(expr->type.elem) || !seen.insert(expr).second)
      return;
    if (auto *param = llvm::dyn_cast<Param>(expr))
      parameters.insert(param->path);
    if (auto *input = llvm::dyn_cast<Input>(expr))
      inputs.insert(input);
    if (auto *op = llvm::dyn_cast<Pointwise>(expr)) {
      if (op->op == ScalarOp::Floor || op->op == ScalarOp::Sign)
        return;
      for (const Expr *operand : llvm::ArrayRef(op->operands).drop_front(op->op == ScalarOp::Select))
        visit(operand);
    } else if (auto *access = llvm::dyn_cast<Access>(expr)) {
      visit(access->base);
    } else if (auto *reduce = llvm::dyn_cast<Reduce>(expr)) {
      if (reduce->reducer != ast::Reducer::ArgMax && reduce->reducer != ast::Reducer::ArgMin)
        visit(reduce->body);
    } else if (auto *result = llvm::dyn_cast<CallResult>(expr)) {
      visitCall(*result->call, result->result);
    } else if (!llvm::isa<Stop>(expr)) {
      operandsOf(expr, [&](const Expr *part) { visit(part); });
      if (auto *loop = llvm::dyn_cast<LoopResult>(expr))
        for (const Expr *result : loop->loop->body->results)
          visit(result);
    }
  }

private:
  void visitCall(const Call &call, unsigned position) {
    const Function &callee = *call.callee;
    if (position >= callee.results.size()) {
      for (const Expr *arg : call.args)
        visit(arg);
      return;
    }
    visit(callee.results[position]);
    for (size_t i = 0; i < callee.inputs.size() && i < call.args.size(); ++i)
      if (inputs.count(callee.inputs[i]))
        visit(call.args[i]);
  }

  std::set<const Expr *> seen;
  std::set<const Input *> inputs; ///< that are read with a slope
};

} // namespace

std::set<std::string> movingParameters(const Expr *value) {
  Slopes slopes;
  slopes.visit(value);
  return slopes.parameters;
}

bool dependsOn(const Expr *value, const Expr *on) {
  Reach reach;
  reach.visit(value);
  if (auto *param = llvm::dyn_cast<Param>(on))
    return reach.parameters.count(param->path) != 0;
  if (auto *state = llvm::dyn_cast<State>(on))
    return reach.states.count(state->path) != 0;
  if (reach.seen.count(on))
    return true;
  // Of two inputs the caller may have computed one from the other; those of a recipe or a command are given.
  return llvm::isa<Input>(on) && on->owner && !on->owner->isRoot && reach.owners.count(on->owner) != 0;
}

// ---- what differs from example to example

namespace {

/// Whether the value is made of as many entries as my example has.
bool ofMyLength(const Expr *expr) {
  auto mine = [](const Dim &extent) { return extent.isBounded() && !extent.isOfRow(); };
  auto *reduce = llvm::dyn_cast<Reduce>(expr);
  return llvm::any_of(expr->type.axes, [&](const Axis &axis) { return mine(axis.extent); }) ||
         (reduce && llvm::any_of(reduce->vars, [&](const IndexVar *var) { return mine(*var->extent); }));
}

/// Follows one call of a function whose inputs are known to differ between examples or not.
class ExampleWalk {
public:
  ExampleWalk(const Function &function, std::vector<bool> inputs, llvm::function_ref<void(const Effect &)> report)
      : inputs(std::move(inputs)), report(report) {
    for (const Effect &effect : function.effects)
      if (effect.call)
        resultsOf(effect.call);
      else if (differs(effect.value))
        report(effect);
    for (const Expr *result : function.results)
      results.push_back(differs(result));
  }

  std::vector<bool> results;

private:
  bool differs(const Expr *expr) {
    auto known = values.find(expr);
    if (known != values.end())
      return known->second;
    return values[expr] = compute(expr);
  }

  bool compute(const Expr *expr) {
    if (auto *input = llvm::dyn_cast<Input>(expr))
      return input->position < inputs.size() && inputs[input->position];
    if (llvm::isa<Sample, Length>(expr) || ofMyLength(expr))
      return true;
    if (auto *word = llvm::dyn_cast<Ambient>(expr))
      return word->what == AmbientKind::Row;
    if (llvm::isa<Batch>(expr))
      return false;
    if (auto *result = llvm::dyn_cast<CallResult>(expr))
      return resultsOf(result->call)[result->result];
    bool any = false;
    operandsOf(expr, [&](const Expr *part) { any |= differs(part); });
    // A loop whose body draws differs too.
    if (auto *result = llvm::dyn_cast<LoopResult>(expr)) {
      std::vector<bool> shared(result->loop->body->inputs.size(), any);
      any |= llvm::is_contained(ExampleWalk(*result->loop->body, shared, report).results, true);
    }
    return any;
  }

  const std::vector<bool> &resultsOf(const Call *call) {
    auto known = calls.find(call);
    if (known != calls.end())
      return known->second;
    std::vector<bool> args;
    args.reserve(call->args.size());
    for (const Expr *arg : call->args)
      args.push_back(differs(arg));
    return calls[call] = ExampleWalk(*call->callee, args, report).results;
  }

  std::vector<bool> inputs;
  llvm::function_ref<void(const Effect &)> report;
  std::map<const Expr *, bool> values;
  std::map<const Call *, std::vector<bool>> calls;
};

} // namespace

void Checker::checkUpdates(const Root &step) {
  std::set<std::string> reported;
  ExampleWalk(*step.function, std::vector<bool>(step.function->inputs.size(), true), [&](const Effect &effect) {
    if (!reported.insert(effect.path).second)
      return;
    bool isState = stateIndex.count(effect.path) != 0;
    SourceRange at = inLibrary(effect.range) ? step.function->range : effect.range;
    diags.report(diag::UpdatePerExample, at, effect.path)
        .help(isState ? "`X = batch(x)` stacks the values of all examples, and `mean[b] X[b]` is one for all"
                      : "a draw is one for each example; `Z = batch(z)` stacks those of all, and "
                        "`sum[b where b == 0] Z[b]` is that of the first one");
  });
}

} // namespace nn::sema

/// What the standard library cannot write: derivatives, batches, parameters.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

const std::map<std::string, Checker::BuiltinFn> &Checker::builtins() {
  static const std::map<std::string, BuiltinFn> table = {
      {"grad", &Checker::biGrad},       {"jacobian", &Checker::biJacobian},   {"jvp", &Checker::biJvp},
      {"hessian", &Checker::biHessian}, {"laplacian", &Checker::biLaplacian}, {"hvp", &Checker::biHvp},
      {"batch", &Checker::biBatch},     {"stop_gradient", &Checker::biStop},  {"params", &Checker::biParams},
      {"weights", &Checker::biWeights}, {"reshape", &Checker::biReshape},     {"zeros", &Checker::biZeros},
      {"ones", &Checker::biOnes},       {"size", &Checker::biSize},           {"length", &Checker::biLength},
      {"fan_in", &Checker::biFanIn},    {"fan_out", &Checker::biFanOut},      {"normal", &Checker::biNormal},
      {"uniform", &Checker::biUniform}, {"bernoulli", &Checker::biBernoulli}, {"categorical", &Checker::biCategorical},
      {"beta", &Checker::biBeta},       {"log_prob", &Checker::biLogProb},    {"kl", &Checker::biKl},
      {"scan", &Checker::biScan},       {"iterate", &Checker::biIterate},     {"unroll", &Checker::biUnroll},
      {"repeat", &Checker::biRepeat},   {"copies", &Checker::biCopies},       {"range", &Checker::biRange},
      {"top", &Checker::biTop},         {"concat", &Checker::biConcat},       {"flat", &Checker::biFlat},
      {"pad", &Checker::biPad},         {"primitive", &Checker::biPrimitive}, {"recompute", &Checker::biRecompute},
      {"grid", &Checker::biGrid},       {"error", &Checker::biError},         {"div", &Checker::biDiv},
      {"initial", &Checker::biInitial}, {"symmetrize", &Checker::biAverage},
  };
  return table;
}

std::optional<ScalarOp> Checker::scalarBuiltin(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<ScalarOp>>(name)
      .Case("exp", ScalarOp::Exp)
      .Case("log", ScalarOp::Log)
      .Case("sqrt", ScalarOp::Sqrt)
      .Case("tanh", ScalarOp::Tanh)
      .Case("sin", ScalarOp::Sin)
      .Case("cos", ScalarOp::Cos)
      .Case("erf", ScalarOp::Erf)
      .Case("abs", ScalarOp::Abs)
      .Case("floor", ScalarOp::Floor)
      .Case("log1p", ScalarOp::Log1p)
      .Case("expm1", ScalarOp::Expm1)
      .Case("sign", ScalarOp::Sign)
      .Case("atan2", ScalarOp::Atan2)
      .Default(std::nullopt);
}

bool Checker::arity(llvm::StringRef name, const std::vector<ArgValue> &args, unsigned least, unsigned most,
                    SourceRange range) {
  if (args.size() >= least && args.size() <= most)
    return true;
  std::string expected = std::to_string(least);
  if (most > 1000)
    expected = "at least " + expected;
  else if (most != least)
    expected += " to " + std::to_string(most);
  auto &report = diags.report(diag::BuiltinArity, range, name,
                              expected + (expected == "1" ? " argument" : " arguments"), int64_t(args.size()));
  if (name == "grad" || name == "jacobian" || name == "hessian" || name == "laplacian")
    report.help("`" + name + "(y, x)` differentiates the value y by the value x that it is computed from");
  return false;
}

Value Checker::callBuiltin(const std::string &name, const std::vector<ArgValue> &args, const ast::Node *site,
                           SourceRange range) {
  if (auto op = scalarBuiltin(name)) {
    unsigned count = *op == ScalarOp::Atan2 ? 2 : 1;
    if (!arity(name, args, count, count, range))
      return error();
    llvm::SmallVector<Value, 2> operands;
    for (auto &arg : args) {
      operands.push_back(arg.value);
      operands.back().range = arg.range;
    }
    return pointwise(*op, operands, range);
  }
  return (this->*builtins().at(name))(args, site, range);
}

// ---- derivatives

Value Checker::derivative(DerivativeKind kind, const std::vector<ArgValue> &args, SourceRange range) {
  Expr *y = toTensor(args[0].value, std::nullopt, args[0].range);
  if (!y)
    return error();
  if (!isFloat(y->type.elem) || (kind == DerivativeKind::Grad && !y->type.isScalar())) {
    auto &report = diags.report(diag::GradOfNonScalar, args[0].range, y->type.str());
    if (isFloat(y->type.elem))
      report.help("`jacobian(y, x)` differentiates tensors; `sum(y)` makes a scalar");
    return error();
  }
  llvm::SmallVector<Expr *> wrt;
  leaves(args[1].value, wrt);
  if (wrt.empty() || args[1].value.isNumber()) {
    diags.report(diag::GradByConstant, args[1].range, args[1].value.describe());
    return error();
  }
  auto *node = program->make<Derivative>();
  node->kind = kind;
  node->y = y;
  node->range = range;
  node->owner = frame->function;
  for (Expr *x : wrt) {
    if (!isFloat(x->type.elem)) {
      diags.report(diag::GradByInteger, args[1].range, x->type.str());
      return error();
    }
    node->wrt.push_back(capture(x));
    node->wrt.back()->isVariable = true;
  }
  if (kind == DerivativeKind::Jvp) {
    node->tangent = toTensor(args[2].value, wrt[0]->type.elem, args[2].range);
    if (!node->tangent)
      return error();
    if (shapesDiffer(node->tangent->type.axes, wrt[0]->type.axes)) {
      diags.report(diag::ShapesDiffer, range, wrt[0]->type.str(), node->tangent->type.str());
      return error();
    }
  }
  if (llvm::none_of(node->wrt, [&](const Expr *x) { return dependsOn(y, x); })) {
    auto text = [&](const ArgValue &arg) { return diags.sources.text(arg.range).str(); };
    diags.report(diag::GradIndependent, args[0].range, text(args[0]), text(args[1]))
        .label(args[1].range, "differentiated by this")
        .help("derivatives are taken by the name that the value was computed from");
    return error();
  }
  unsigned position = 0;
  Value result = mapLeaves(args[1].value, [&](Expr *x) {
    TensorType type = kind == DerivativeKind::Jvp ? y->type : x->type;
    if (kind == DerivativeKind::Jacobian)
      type.axes.insert(type.axes.begin(), y->type.axes.begin(), y->type.axes.end());
    auto *own = make<DerivativeResult>(std::move(type), range);
    own->derivative = node;
    own->result = position++;
    return own;
  });
  return result;
}

Value Checker::biGrad(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("grad", args, 2, 2, range) ? derivative(DerivativeKind::Grad, args, range) : error();
}

Value Checker::biJacobian(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("jacobian", args, 2, 2, range) ? derivative(DerivativeKind::Jacobian, args, range) : error();
}

Value Checker::biJvp(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("jvp", args, 3, 3, range) ? derivative(DerivativeKind::Jvp, args, range) : error();
}

/// The gradient as the value that is differentiated once more.
Value Checker::gradientArgument(const std::vector<ArgValue> &args, SourceRange range, std::vector<ArgValue> &outer) {
  Value gradient = derivative(DerivativeKind::Grad, {args[0], args[1]}, range);
  if (!gradient.isError() && !gradient.isTensor()) {
    refuse("a second derivative by a record", args[1].range, "differentiate by one of its tensors");
    return error();
  }
  outer = args;
  outer[0].value = gradient;
  return gradient;
}

Value Checker::biHessian(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  std::vector<ArgValue> outer;
  if (!arity("hessian", args, 2, 2, range) || gradientArgument(args, range, outer).isError())
    return error();
  return derivative(DerivativeKind::Jacobian, outer, range);
}

Value Checker::biHvp(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  std::vector<ArgValue> outer;
  if (!arity("hvp", args, 3, 3, range) || gradientArgument(args, range, outer).isError())
    return error();
  return derivative(DerivativeKind::Jvp, outer, range);
}

/// The trace of the Hessian.
Value Checker::biLaplacian(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  if (!arity("laplacian", args, 2, 2, range))
    return error();
  Value hessian = biHessian(args, site, range);
  if (hessian.isError())
    return error();
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> place;
  for (const Axis &axis : args[1].value.expr->type.axes) {
    vars.push_back(newIndex("i" + std::to_string(vars.size()), axis.extent, range));
    place.push_back(indexValue(vars.back()));
  }
  if (vars.empty())
    return hessian;
  place.append(place.begin(), place.end());
  return Value::ofTensor(reduceOver(ast::Reducer::Sum, vars, at(hessian.expr, place), range));
}

Value Checker::biStop(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("stop_gradient", args, 1, 1, range))
    return error();
  return mapLeaves(args[0].value, [&](Expr *leaf) -> Expr * {
    auto *stop = make<Stop>(leaf->type, range);
    stop->input = capture(leaf);
    return stop;
  });
}

// ---- batches

Dim Checker::batchExtent() const { return recipeBatch ? Dim(*recipeBatch) : Dim::variable("batch"); }

Value Checker::biBatch(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("batch", args, 1, 1, range))
    return error();
  Axis rows{batchExtent(), "batch", range, true};
  return mapLeaves(args[0].value, [&](Expr *leaf) -> Expr * {
    TensorType type = leaf->type;
    for (Axis &axis : type.axes)
      axis.extent = axis.extent.ofRow(recipeBatch.value_or(1));
    type.axes.insert(type.axes.begin(), rows);
    auto *stack = make<Batch>(std::move(type), range);
    stack->what = BatchKind::Stack;
    stack->input = capture(leaf);
    return stack;
  });
}

bool Checker::isValidRow(const Expr *expr) const {
  if (auto *index = llvm::dyn_cast<Index>(expr))
    return !index->var->given;
  if (auto *word = llvm::dyn_cast<Ambient>(expr))
    return word->what == AmbientKind::Row;
  if (auto *access = llvm::dyn_cast<Access>(expr))
    return isValidRow(access->base);
  if (auto *equation = llvm::dyn_cast<Equation>(expr))
    return isValidRow(equation->body);
  if (auto *input = llvm::dyn_cast<Input>(expr)) {
    // Inside a loop: what was taken from outside.
    for (const Frame *inner = frame; inner; inner = inner->parent)
      for (auto &[outer, own] : inner->captures)
        if (own == input)
          return isValidRow(outer);
    return false;
  }
  auto *op = llvm::dyn_cast<Pointwise>(expr);
  if (op && op->op == ScalarOp::Select)
    return isValidRow(op->operands[1]) && isValidRow(op->operands[2]);
  auto *divisor = op && op->op == ScalarOp::Mod ? llvm::dyn_cast<Ambient>(op->operands[1]) : nullptr;
  return divisor && divisor->what == AmbientKind::BatchSize;
}

bool Checker::refuseBatch(llvm::StringRef construct, const Expr *expr, SourceRange range) {
  bool any = llvm::any_of(expr->type.axes, [](const Axis &axis) { return axis.batch; });
  if (any)
    refuse(construct, range, "not every row of a batch need hold an example: work on one, then take `batch(...)`");
  return any;
}

// ---- parameters of a model

Value Checker::parametersOf(const Value &model, bool weightsOnly, SourceRange range) {
  const Callable *callable = model.kind == Value::Kind::Callable ? model.callable.get() : nullptr;
  if (!callable || !callable->instance) {
    diags.report(diag::NotAModel, range, model.describe())
        .help("`params(M)` takes a model: `M` or `net` after `model net = M(64)`");
    return error();
  }
  std::string prefix = callable->instance->path + ".";
  auto collect = [&] {
    Value record;
    record.kind = Value::Kind::Record;
    for (const Parameter &parameter : program->parameters) {
      if (!llvm::StringRef(parameter.path).starts_with(prefix) || (weightsOnly && parameter.isBias))
        continue;
      Expr *read = parameterRead(parameter, callable->initial, range);
      record.fields.push_back({parameter.path, Value::ofTensor(read)});
    }
    return record;
  };
  Value record = collect();
  if (record.fields.empty() && callable->decl) {
    if (!makeParameters(*callable, range))
      return error();
    record = collect();
  }
  if (record.fields.empty())
    diags.report(diag::NoParameters, range, callable->instance->path, weightsOnly ? "weights" : "parameters");
  return record.fields.empty() ? error() : record;
}

Value Checker::biParams(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("params", args, 1, 1, range) ? parametersOf(args[0].value, false, args[0].range) : error();
}

Value Checker::biWeights(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("weights", args, 1, 1, range) ? parametersOf(args[0].value, true, args[0].range) : error();
}

// ---- numbers

std::optional<Dim> Checker::integerOf(const Value &value) {
  if (value.kind != Value::Kind::Int)
    return std::nullopt;
  if (value.setting)
    settingsPinned.insert(value.settingName);
  return value.integer;
}

Value Checker::biDiv(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("div", args, 2, 2, range))
    return error();
  return pointwise(ScalarOp::FloorDiv, {args[0].value, args[1].value}, range);
}

/// What a compile-time choice has left to say about the arguments of a call.
Value Checker::biError(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("error", args, 1, 1, range))
    return error();
  if (args[0].value.kind != Value::Kind::String) {
    diags.report(diag::TextExpected, args[0].range, args[0].value.describe());
    return error();
  }
  diags.report(diag::LibraryError, inLibrary(range) ? callSite : range, args[0].value.text);
  return error();
}

// ---- the best of a list

Value Checker::biTop(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  const ArgValue *names = nullptr;
  std::vector<ArgValue> plain;
  for (auto &arg : args)
    if (arg.label == "names")
      names = &arg;
    else
      plain.push_back(arg);
  if (!arity("top", plain, 2, 2, range))
    return error();
  const Value *ranking = lookupTop("ranking", prelude);
  if (!ranking)
    return error();
  Value chosen = call(*ranking, {plain[0]}, site, range);
  if (chosen.isError())
    return error();
  Value result = call(chosen, {plain[1]}, site, range);
  result.ranking = true;
  if (!names || result.isError())
    return result;
  for (auto &[label, name] : names->value.fields)
    result.classNames.push_back(name.text);
  Expr *scores = plain[1].value.isTensor() ? plain[1].value.expr : nullptr;
  auto classes = scores ? scores->type.axes[0].extent.constant() : std::nullopt;
  if (names->value.kind != Value::Kind::List || (classes && *classes != int64_t(result.classNames.size()))) {
    auto &report = diags.report(diag::NamesCount, names->range, int64_t(result.classNames.size()), classes.value_or(0));
    if (result.classNames.empty())
      report.help("a data set has names if its reader is given them: `idx(\"fashion-mnist\", names: \"classes.txt\")`");
    return error();
  }
  return result;
}

} // namespace nn::sema

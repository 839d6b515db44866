/// What the standard library cannot write: derivatives, batches, parameters, loops, shapes, distributions.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

const std::map<std::string, Checker::BuiltinFn> &Checker::builtins() {
  static const std::map<std::string, BuiltinFn> table = {
      {"grad", &Checker::biGrad},
      {"jacobian", &Checker::biJacobian},
      {"jvp", &Checker::biJvp},
      {"batch", &Checker::biBatch},
      {"stop_gradient", &Checker::biStop},
      {"params", &Checker::biParams},
      {"weights", &Checker::biWeights},
      {"reshape", &Checker::biReshape},
      {"zeros", &Checker::biZeros},
      {"ones", &Checker::biOnes},
      {"size", &Checker::biSize},
      {"fan_in", &Checker::biFanIn},
      {"fan_out", &Checker::biFanOut},
      {"normal", &Checker::biNormal},
      {"uniform", &Checker::biUniform},
      {"scan", &Checker::biScan},
      {"iterate", &Checker::biIterate},
      {"repeat", &Checker::biRepeat},
      {"range", &Checker::biRange},
      {"top", &Checker::biTop},
      {"concat", &Checker::biConcat},
      {"div", &Checker::biDiv},
  };
  return table;
}

std::optional<ScalarOp> Checker::scalarBuiltin(llvm::StringRef name) const {
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
  diags.report(diag::BuiltinArity, range, name, expected + (expected == "1" ? " argument" : " arguments"),
               int64_t(args.size()));
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

Value Checker::biBatch(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("batch", args, 1, 1, range))
    return error();
  if (frame->indices) {
    refuse("`batch` inside an equation", range, "name it on a line of its own: `X = batch(x)`");
    return error();
  }
  Axis rows{recipeBatch ? Dim(*recipeBatch) : Dim::variable("batch"), "batch", range, true};
  return mapLeaves(args[0].value, [&](Expr *leaf) -> Expr * {
    TensorType type = leaf->type;
    type.axes.insert(type.axes.begin(), rows);
    auto *stack = make<Batch>(std::move(type), range);
    stack->what = BatchKind::Stack;
    stack->input = capture(leaf);
    return stack;
  });
}

bool Checker::refuseBatch(llvm::StringRef construct, const Expr *expr, SourceRange range) {
  bool any = llvm::any_of(expr->type.axes, [](const Axis &axis) { return axis.batch; });
  if (any)
    refuse(construct, range, "not every row of a batch need hold an example: work on one, then take `batch(...)`");
  return any;
}

// ---- parameters of a model

bool Checker::makeParameters(const Callable &model, SourceRange range) {
  std::vector<Value> inputs;
  auto env = envFor(model);
  for (const ast::Param *param : model.decl->inputs) {
    openVariables(param->type, *env);
    TypeSpec spec = param->type ? resolveType(param->type, *env) : TypeSpec();
    bool known = spec.kind == TypeSpec::Kind::Tensor;
    for (const Axis &axis : spec.tensor.axes)
      known &= axis.extent.isConstant();
    if (!known) {
      if (spec.kind != TypeSpec::Kind::Error || !param->type)
        refuse("asking for the parameters of a model before a call says what its inputs are", range);
      return false;
    }
    inputs.push_back(Value::ofTensor(make<Input>(spec.tensor, param->range)));
  }
  Instantiation *instance = instantiate(model, inputs, range);
  return instance && !instance->result.isError();
}

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
      auto *read = make<Param>(parameter.type, range);
      read->owner = nullptr;
      read->path = parameter.path;
      record.fields.push_back({parameter.path, Value::ofTensor(read)});
    }
    return record;
  };
  Value record = collect();
  if (record.fields.empty()) {
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

// ---- shapes

std::optional<Dim> Checker::integerOf(const Value &value) {
  if (value.kind != Value::Kind::Int)
    return std::nullopt;
  if (value.setting)
    settingsPinned.insert(value.settingName);
  return value.integer;
}

Value Checker::biSize(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("size", args, 1, 1, range))
    return error();
  const Value &value = args[0].value;
  if (value.kind == Value::Kind::Shape)
    return Value::ofInt(elementCount(value.shape));
  if (value.isNumber())
    return Value::ofInt(1);
  llvm::SmallVector<Expr *> parts;
  if (value.kind == Value::Kind::List) {
    Expr *tensor = toTensor(value, std::nullopt, args[0].range);
    if (!tensor)
      return error();
    parts.push_back(tensor);
  } else {
    leaves(value, parts);
  }
  if (parts.empty()) {
    diags.report(diag::NotATensor, args[0].range, value.describe());
    return error();
  }
  Dim total;
  if (llvm::any_of(parts, [&](const Expr *part) { return refuseBatch("the size of a batch", part, range); }))
    return error();
  for (Expr *part : parts)
    total = total + elementCount(part->type.axes);
  return Value::ofInt(total);
}

/// A weight is [out, in, kernel ...]: what one output sees, and what one input feeds.
static Dim fan(const Shape &axes, bool in) {
  if (axes.empty())
    return Dim(1);
  Dim product = in && axes.size() == 1 ? axes[0].extent : Dim(1);
  for (size_t i = 0; i < axes.size(); ++i)
    if (i >= 2 || i == (in ? 1 : 0))
      product = product * axes[i].extent;
  return product;
}

Value Checker::biFanIn(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("fan_in", args, 1, 1, range) || !args[0].value.isTensor())
    return error();
  return Value::ofInt(fan(args[0].value.expr->type.axes, true));
}

Value Checker::biFanOut(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("fan_out", args, 1, 1, range) || !args[0].value.isTensor())
    return error();
  return Value::ofInt(fan(args[0].value.expr->type.axes, false));
}

std::optional<Shape> Checker::shapeFrom(const std::vector<Value> &extents) {
  Shape shape;
  for (const Value &extent : extents) {
    if (extent.kind == Value::Kind::Shape) {
      shape.insert(shape.end(), extent.shape.begin(), extent.shape.end());
      continue;
    }
    auto integer = integerOf(extent);
    if (!integer)
      return std::nullopt;
    shape.push_back({*integer, "", inLibrary(extent.range) ? callSite : extent.range, false});
  }
  return shape;
}

Value Checker::biReshape(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("reshape", args, 2, 2, range))
    return error();
  Expr *input = toTensor(args[0].value, std::nullopt, args[0].range);
  if (!input)
    return error();
  std::vector<Value> extents;
  for (auto &[name, extent] : args[1].value.fields)
    extents.push_back(extent);
  auto shape = args[1].value.kind == Value::Kind::List ? shapeFrom(extents) : std::nullopt;
  if (!shape) {
    diags.report(diag::ShapeExpected, args[1].range, args[1].value.describe())
        .help("a shape is a list of integers: `[28, 28]`");
    return error();
  }
  if (refuseBatch("another shape of a batch", input, range))
    return error();
  Dim before = elementCount(input->type.axes), after = elementCount(*shape);
  if (before.differs(after)) {
    diags.report(diag::ReshapeCount, range, input->type.str(), before.str(), str(*shape), after.str())
        .label(args[0].range, input->type.str());
    return error();
  }
  return Value::ofTensor(reshape(capture(input), *shape, range));
}

Value Checker::filled(const std::vector<ArgValue> &args, double value, SourceRange range) {
  std::vector<Value> extents;
  extents.reserve(args.size());
  for (auto &arg : args)
    extents.push_back(arg.value);
  auto shape = shapeFrom(extents);
  if (!shape) {
    diags.report(diag::ShapeExpected, range, args[0].value.describe()).help("give the extents: `zeros(3, 4)`");
    return error();
  }
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = {realHere(), std::nullopt, *shape};
  spec.range = range;
  return zerosLike(spec, value);
}

Value Checker::biZeros(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return filled(args, 0, range);
}
Value Checker::biOnes(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return filled(args, 1, range);
}

Value Checker::biRange(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("range", args, 1, 1, range))
    return error();
  auto integer = integerOf(args[0].value);
  if (integer && !integer->isConstant()) { // nobody calls the function: the index itself
    IndexVar *var = newIndex("i", *integer, range);
    return Value::ofTensor(equation(var, indexValue(var), range));
  }
  auto count = integer ? integer->constant() : std::nullopt;
  if (!count || *count < 1) {
    diags.report(diag::ShapeExpected, args[0].range, args[0].value.describe());
    return error();
  }
  constexpr int64_t longest = 1 << 20;
  if (*count > longest) {
    refuse("a `range` of more than " + std::to_string(longest) + " numbers", range);
    return error();
  }
  auto *constant = make<Constant>({Elem::I32, Dim(*count), {{Dim(*count), "", range, false}}}, range);
  constant->owner = nullptr;
  for (int64_t i = 0; i < *count; ++i)
    constant->values.push_back(double(i));
  return Value::ofTensor(constant);
}

Value Checker::biConcat(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("concat", args, 1, 1u << 20, range))
    return error();
  llvm::SmallVector<Expr *> parts;
  llvm::SmallVector<Value, 2> tensors;
  for (auto &arg : args) {
    Expr *part = toTensor(arg.value, std::nullopt, arg.range);
    if (!part)
      return error();
    tensors.push_back(Value::ofTensor(part));
    tensors.back().range = arg.range;
  }
  auto elem = commonElem(ScalarOp::Add, tensors, range);
  if (!elem)
    return error();
  Dim total;
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    Expr *part = cast(capture(tensor.expr), *elem);
    Shape rest = part->type.rank() ? Shape(part->type.axes.begin() + 1, part->type.axes.end()) : Shape();
    Shape first = parts.empty() || !parts[0]->type.rank()
                      ? Shape()
                      : Shape(parts[0]->type.axes.begin() + 1, parts[0]->type.axes.end());
    if (part->type.rank() > 0 && part->type.axes[0].batch && refuseBatch("joining batches", part, range))
      return error();
    if (part->type.rank() == 0 || (!parts.empty() && shapesDiffer(rest, first))) {
      diags
          .report(diag::ConcatShapes, args[i].range, parts.empty() ? part->type.str() : parts[0]->type.str(),
                  part->type.str())
          .label(args[0].range, tensors[0].expr->type.str())
          .label(args[i].range, part->type.str());
      return error();
    }
    total = total + part->type.axes[0].extent;
    parts.push_back(part);
  }
  IndexVar *var = newIndex("i", total, range);
  var->extentOrigin = range;
  Elem integer = Elem::I32;
  auto dimNumber = [&](const Dim &dim) {
    Expr *literal = number(double(dim.constant().value_or(0)), integer, range);
    if (!dim.isConstant())
      llvm::cast<Number>(literal)->open = dim;
    return literal;
  };
  // Piece p covers [start, start + n): read at i - start, held inside the piece.
  Expr *chosen = nullptr;
  Dim end = total;
  for (size_t p = parts.size(); p-- > 0;) {
    Dim extent = parts[p]->type.axes[0].extent, start = end - extent;
    Expr *local = scalarOp(ScalarOp::Sub, {indexValue(var), dimNumber(start)}, range);
    local = scalarOp(ScalarOp::Max, {local, number(0, integer, range)}, range);
    local = scalarOp(ScalarOp::Min, {local, dimNumber(extent - Dim(1))}, range);
    Expr *piece = at(parts[p], local);
    chosen = chosen ? scalarOp(ScalarOp::Select,
                               {scalarOp(ScalarOp::Lt, {indexValue(var), dimNumber(end)}, range), piece, chosen}, range)
                    : piece;
    end = start;
  }
  return Value::ofTensor(equation(var, chosen, range));
}

Value Checker::biDiv(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("div", args, 2, 2, range))
    return error();
  return pointwise(ScalarOp::FloorDiv, {args[0].value, args[1].value}, range);
}

// ---- distributions

static Value distribution(const char *law, const Value &a, const Value &b) {
  Value value;
  value.kind = Value::Kind::Distribution;
  value.text = law;
  value.fields = {{"a", a}, {"b", b}};
  return value;
}

Value Checker::biNormal(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("normal", args, 2, 2, range) ? distribution("normal", args[0].value, args[1].value) : error();
}

Value Checker::biUniform(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("uniform", args, 2, 2, range) ? distribution("uniform", args[0].value, args[1].value) : error();
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
  const Value *ranking = lookupTop("ranking", true);
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

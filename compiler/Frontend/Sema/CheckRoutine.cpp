/// What the library's linear algebra is made of, and values that the backward pass computes again.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

// ---- routines

namespace {
/// What a routine takes: how many operands, whether vectors or matrices, and which axes have to agree.
struct RoutineShape {
  llvm::StringRef operands; ///< for the message
  unsigned count, rank;
  bool square, complex;
};
} // namespace

static std::optional<RoutineShape> routineShape(llvm::StringRef kind) {
  return llvm::StringSwitch<std::optional<RoutineShape>>(kind)
      .Case("solve", RoutineShape{"a square matrix and right-hand sides with as many rows", 2, 2, true, false})
      .Cases({"cholesky", "eigh"}, RoutineShape{"a square matrix", 1, 2, true, false})
      .Case("svd", RoutineShape{"a matrix", 1, 2, false, false})
      .Cases({"fft", "fft_inverse"}, RoutineShape{"complex numbers, in two columns", 1, 2, false, true})
      .Case("order", RoutineShape{"a vector", 1, 1, false, false})
      .Default(std::nullopt);
}

static bool fitsRoutine(llvm::StringRef kind, const RoutineShape &shape, const std::vector<Expr *> &operands) {
  const Shape &first = operands[0]->type.axes;
  if (first.size() != shape.rank || (shape.square && first[0].extent.differs(first[1].extent)) ||
      (shape.complex && first[1].extent.differs(Dim(2))))
    return false;
  if (kind != "solve")
    return true;
  const Shape &sides = operands[1]->type.axes;
  return !sides.empty() && !sides[0].extent.differs(first[0].extent) &&
         operands[0]->type.elem == operands[1]->type.elem;
}

/// The types of the results and their names; one result has none.
static std::vector<std::pair<std::string, TensorType>> routineResults(llvm::StringRef kind,
                                                                      const std::vector<Expr *> &operands) {
  const TensorType &type = operands[0]->type;
  const Shape &axes = type.axes;
  if (kind == "solve")
    return {{"", operands[1]->type}};
  if (kind == "eigh")
    return {{"values", type.withAxes({axes[0]})}, {"vectors", type}};
  if (kind == "svd") {
    auto m = axes[0].extent.constant(), n = axes[1].extent.constant();
    Axis least = m && n && *m < *n ? axes[0] : axes[1];
    return {
        {"u", type.withAxes({axes[0], least})}, {"s", type.withAxes({least})}, {"v", type.withAxes({axes[1], least})}};
  }
  if (kind == "order") {
    TensorType places = type.withElem(Elem::I32);
    places.indexBound = axes[0].extent;
    return {{"", places}};
  }
  return {{"", type}};
}

/// `primitive("solve", A, b)`: one of the algorithms that are no equations.
Value Checker::biPrimitive(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  std::string kind = args.empty() || args[0].value.kind != Value::Kind::String ? "" : args[0].value.text;
  std::optional<RoutineShape> shape = routineShape(kind);
  if (!shape) {
    diags.report(diag::UnknownPrimitive, args.empty() ? range : args[0].range, kind);
    return error();
  }
  auto *routine = program->make<Routine>();
  routine->kind = kind;
  routine->range = range;
  routine->owner = frame->function;
  for (const ArgValue &arg : llvm::ArrayRef(args).drop_front()) {
    Expr *operand = toTensor(arg.value, realHere(), arg.range);
    if (!operand)
      return error();
    routine->operands.push_back(capture(operand));
  }
  bool floats = llvm::all_of(routine->operands, [](const Expr *operand) {
    return operand->type.elem == Elem::F32 || operand->type.elem == Elem::F64;
  });
  if (!floats || routine->operands.size() != shape->count || !fitsRoutine(kind, *shape, routine->operands)) {
    diags.report(diag::PrimitiveOperands, range, kind, shape->operands);
    return error();
  }
  for (const Expr *operand : routine->operands)
    if (refuseBatch("`" + kind + "` over a batch", operand, range))
      return error();
  Value record;
  record.kind = Value::Kind::Record;
  for (auto &[name, type] : routineResults(kind, routine->operands)) {
    auto *result = make<RoutineResult>(type, range);
    result->routine = routine;
    result->result = record.fields.size();
    record.fields.push_back({name, Value::ofTensor(result)});
  }
  return record.fields.size() == 1 ? record.fields[0].second : record;
}

// ---- values that are computed again

/// `recompute(block)`: the same block, whose inner values are not kept for the backward pass.
Value Checker::biRecompute(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  if (!arity("recompute", args, 1, 1, range))
    return error();
  if (args[0].value.kind != Value::Kind::Callable) {
    diags.report(diag::NotAFunction, args[0].range, args[0].value.describe())
        .help("`recompute(block)(x)` computes the values inside of `block` again where derivatives need them");
    return error();
  }
  auto block = std::make_shared<Callable>();
  block->kind = Callable::Kind::Recompute;
  block->chain = {args[0].value};
  block->site = site;
  block->range = range;
  return Value::ofCallable(block);
}

Value Checker::callRecompute(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range) {
  std::vector<Value> inputs;
  for (const ArgValue &arg : args) {
    inputs.push_back(arg.value);
    toTensors(inputs.back(), arg.range);
    if (inputs.back().isError())
      return error();
  }
  Value result;
  Function *body = bodyOf(*callable.chain[0].callable, inputs, {}, result, range);
  if (!body)
    return error();
  toTensors(result, range);
  llvm::SmallVector<Expr *> results;
  leaves(result, results);
  body->results.assign(results.begin(), results.end());
  auto *node = program->make<Call>();
  node->callee = body;
  node->recompute = true;
  node->range = range;
  node->owner = frame->function;
  for (const Value &input : inputs) {
    llvm::SmallVector<Expr *> parts;
    leaves(input, parts);
    for (Expr *part : parts)
      node->args.push_back(capture(part));
  }
  for (Expr *outer : body->captured)
    node->args.push_back(outer);
  if (!body->effects.empty())
    frame->function->effects.push_back({node, "", nullptr, nullptr, range});
  unsigned position = 0;
  return mapLeaves(result, [&](Expr *leaf) {
    auto *own = make<CallResult>(leaf->type, range);
    own->call = node;
    own->result = position++;
    return own;
  });
}

} // namespace nn::sema

/// `f(x, over: a)`: a function of vectors, applied along one axis of a tensor.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::checked;

namespace nn::sema {

const ast::Arg *Checker::overArgument(const ast::Call *call, const Value &callee) const {
  auto found = llvm::find_if(call->args, [](const ast::Arg &arg) { return arg.label.text == "over"; });
  if (found == call->args.end() || callee.kind != Value::Kind::Callable)
    return nullptr;
  const ast::Function *decl = callee.callable->decl;
  auto isOver = [](const ast::Param *param) { return param->name.text == "over"; };
  bool isOwn = decl && (llvm::any_of(decl->inputs, isOver) || llvm::any_of(decl->hyper, isOver));
  return isOwn ? nullptr : &*found;
}

/// "`i`, `j`": what the axes are called, or where they stand.
static std::string namesOf(const Shape &axes) {
  std::string names;
  for (auto [k, axis] : llvm::enumerate(axes))
    names += (k ? ", `" : "`") + (axis.label.empty() ? std::to_string(k) : axis.label) + "`";
  return names;
}

void Checker::labelAxes(const ast::Type *type, const Value &input) {
  auto *named = llvm::dyn_cast_or_null<ast::NamedType>(type);
  if (!named || !input.isTensor())
    return;
  Shape &axes = input.expr->type.axes;
  size_t count = named->dims.size(), axis = 0;
  for (const ast::Dim &dim : named->dims) {
    if (dim.isRest) {
      axis += axes.size() + 1 - count;
      continue;
    }
    auto *variable = llvm::dyn_cast_or_null<ast::NameRef>(dim.extent);
    if (axis < axes.size())
      axes[axis].label = dim.label ? dim.label.text : variable ? variable->name : "";
    ++axis;
  }
}

std::optional<unsigned> Checker::axisNamed(const ast::Expr *name, const Expr *tensor) {
  const Shape &axes = tensor->type.axes;
  if (auto *number = llvm::dyn_cast<ast::IntLit>(name))
    if (uint64_t position = number->value; position < axes.size())
      return unsigned(position);
  llvm::SmallVector<unsigned> found;
  if (auto *ref = llvm::dyn_cast<ast::NameRef>(name))
    for (auto [k, axis] : llvm::enumerate(axes))
      if (axis.label == ref->name)
        found.push_back(k);
  if (found.size() == 1)
    return found[0];
  auto &report = diags.report(diag::NoSuchAxis, name->range, diags.sources.text(name->range),
                              found.empty() ? "no axis" : "more than one axis", tensor->type.str());
  report.label(tensor->range, "its axes are " + namesOf(axes));
  if (!found.empty())
    report.help("say which one by its position: `over: " + std::to_string(found[0]) + "`");
  return std::nullopt;
}

/// The same tensor with its axes in another order.
Expr *Checker::reordered(Expr *tensor, llvm::ArrayRef<unsigned> order, SourceRange range) {
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> places(order.size());
  for (unsigned axis : order) {
    vars.push_back(axisIndex(tensor->type.axes[axis], range));
    places[axis] = indexValue(vars.back());
  }
  return equation(vars, at(tensor, places), range);
}

IndexVar *Checker::axisIndex(const Axis &axis, SourceRange range) {
  IndexVar *var = newIndex(axis.label, axis.extent, range);
  var->extentOrigin = axis.origin;
  var->batch = axis.batch;
  return var;
}

Value Checker::callOver(const Value &callee, std::vector<ArgValue> args, const ast::Expr *name, const ast::Node *site,
                        SourceRange range) {
  Expr *tensor = args.empty() ? nullptr : toTensor(args[0].value, std::nullopt, args[0].range);
  if (!tensor) {
    if (args.empty())
      diags.report(diag::OverNothing, range);
    return error();
  }
  tensor = capture(tensor);
  auto axis = axisNamed(name, tensor);
  if (!axis)
    return error();
  unsigned rank = tensor->type.rank();
  llvm::SmallVector<unsigned> others;
  for (unsigned k = 0; k < rank; ++k)
    if (k != *axis)
      others.push_back(k);
  llvm::SmallVector<unsigned> order(others);
  order.push_back(*axis);
  Expr *vectors = reordered(tensor, order, range);
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> places;
  for (unsigned k : others) {
    vars.push_back(axisIndex(tensor->type.axes[k], range));
    places.push_back(indexValue(vars.back()));
  }
  Value result;
  bool fine = withIndices([&] {
    args[0].value = Value::ofTensor(places.empty() ? vectors : at(vectors, places));
    result = call(callee, args, site, range);
    return !result.isError();
  });
  if (!fine)
    return error();
  return mapLeaves(result, [&](Expr *leaf) {
    unsigned own = leaf->type.rank();
    Expr *all = vars.empty() ? leaf : equation(vars, leaf, range);
    // What the function gives takes the place of the axis.
    llvm::SmallVector<unsigned> back;
    for (unsigned k = 0; k < others.size(); ++k)
      back.push_back(k);
    for (unsigned k = 0; k < own; ++k)
      back.insert(back.begin() + *axis + k, others.size() + k);
    return own == 0 || *axis == others.size() ? all : reordered(all, back, range);
  });
}

} // namespace nn::sema

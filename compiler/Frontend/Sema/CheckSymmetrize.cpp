/// `symmetrize(f, G on x.n -> output.n)`: the mean over a group, as one equation over its elements.
///
/// y[g] = f(g x) is f for every element at once, with an axis for the elements, and the value is the mean of g^-1 y[g].
/// Moving x by h permutes this axis, which is how a proof sees that the mean is invariant.
#include "Frontend/Sema/GroupAction.h"
#include "Frontend/Sema/Moved.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// How many elements, or nodes of a quadrature, a function is averaged over.
static constexpr int64_t mostElements = 4096;

/// The elements that a function is averaged over, and what they move.
struct Checker::Orbit {
  symmetry::GroupRef group;
  std::vector<symmetry::Node> nodes;
  ClaimedAction action;
  SourceRange range;

  Dim size() const { return Dim(int64_t(nodes.size())); }
  std::vector<symmetry::Word> words(bool inverse) const {
    std::vector<symmetry::Word> all;
    for (const symmetry::Node &node : nodes)
      all.push_back(inverse ? symmetry::inverse(*group, node.word) : node.word);
    return all;
  }
};

Value Checker::noAverage(SourceRange at, llvm::StringRef why) {
  diags.report(diag::SymmetrizeWrong, at, why);
  return error();
}

Value Checker::biAverage(const std::vector<ArgValue> &, const ast::Node *, SourceRange range) {
  return noAverage(range, "takes its function and its group in parentheses: `symmetrize(f, C(4) on image.(1, 2))`");
}

Value Checker::evalSymmetrize(const ast::Call *call, Env &env) {
  std::vector<const ast::Arg *> plain;
  int degree = 3;
  for (const ast::Arg &arg : call->args) {
    if (!arg.label) {
      plain.push_back(&arg);
      continue;
    }
    Value value = arg.label.text == "degree" ? eval(arg.value, env) : error();
    auto number = integerOf(value);
    if (!number || !number->constant() || *number->constant() < 1 || *number->constant() > 64)
      return value.isError() && arg.label.text == "degree"
                 ? error()
                 : noAverage(arg.range, "has one option, the degree of its quadrature: `degree: 5`");
    degree = int(*number->constant());
  }
  if (plain.size() != 2 || plain[0]->action)
    return noAverage(call->range, "takes a function and a group: `symmetrize(f, C(4) on image.(1, 2))`");
  Value function = eval(plain[0]->value, env);
  function = function.isError() ? function : dropHyper(function, call, plain[0]->value->range);
  if (function.isError())
    return error();
  if (function.kind != Value::Kind::Callable || (!function.callable->decl && !function.callable->lambda))
    return noAverage(plain[0]->range, "averages a function with named inputs, not " + function.describe());
  auto made = std::make_shared<Callable>();
  made->kind = Callable::Kind::Symmetrized;
  made->chain = {function};
  made->group = plain[1];
  made->degree = degree;
  made->env = env.shared_from_this();
  made->range = call->range;
  return Value::ofCallable(made);
}

/// A tensor moved by every element: with an axis for them in front, or as it is if none moves it. With `perElement` it
/// has that axis already.
Expr *Checker::movedOver(const Orbit &orbit, unsigned leaf, bool inverse, Expr *tensor, bool perElement) {
  std::vector<MovedSpace> spaces;
  for (const MovedSpace &space : orbit.action.spaces)
    if (space.leaf == leaf && space.ofResult == inverse)
      spaces.push_back(space);
  for (auto [k, space] : llvm::enumerate(spaces)) {
    // Equations of their own have indices of their own.
    IndexVar *element = newIndex("g", orbit.size(), orbit.range);
    GroupAction act(*this, orbit.group, orbit.range);
    act.choose(orbit.words(inverse), orbit.nodes.size() > 1 ? indexValue(element) : nullptr);
    Expr *own = perElement ? at(tensor, indexValue(element)) : tensor;
    auto moved = space.values ? act.movedValues(own, space.by) : act.moved(own, space.axes, space.by);
    if (!moved) {
      noAverage(orbit.range, "cannot move `" + tensor->type.str() + "`: " + llvm::toString(moved.takeError()));
      return nullptr;
    }
    if (*moved == own)
      continue;
    std::vector<IndexVar *> vars{element};
    Expr *body = *moved;
    if (auto *equation = llvm::dyn_cast<Equation>(body)) {
      vars.insert(vars.end(), equation->vars.begin(), equation->vars.end());
      body = equation->body;
    }
    std::optional<Dim> bound = (*moved)->type.indexBound;
    tensor = equation(vars, body, orbit.range);
    tensor->type.indexBound = bound;
    // An input still moves along the spaces that are left; what is moved back does along those that have been.
    ClaimedAction still = orbit.action;
    still.spaces.assign(inverse ? spaces.begin() : spaces.begin() + k + 1,
                        inverse ? spaces.begin() + k + 1 : spaces.end());
    for (MovedSpace &other : still.spaces)
      for (unsigned &axis : other.axes)
        ++axis;
    llvm::cast<Equation>(tensor)->orbit = {still};
    perElement = true;
  }
  return tensor;
}

/// The mean over the leading axis of every tensor of a value, by the weights of the elements.
Value Checker::meanOver(const Orbit &orbit, const Value &perElement) {
  bool alike =
      llvm::all_of(orbit.nodes, [&](const symmetry::Node &node) { return node.weight == orbit.nodes.front().weight; });
  return mapLeaves(perElement, [&](Expr *tensor) {
    IndexVar *element = newIndex("g", orbit.size(), orbit.range);
    llvm::SmallVector<Expr *> places{indexValue(element)};
    llvm::SmallVector<IndexVar *> vars;
    for (const Axis &axis : llvm::drop_begin(tensor->type.axes)) {
      vars.push_back(newIndex("i" + std::to_string(vars.size()), axis.extent, orbit.range));
      vars.back()->extentOrigin = axis.origin;
      places.push_back(indexValue(vars.back()));
    }
    Expr *value = at(tensor, places);
    if (!alike) {
      auto *weights =
          make<Constant>({value->type.elem, std::nullopt, {Axis{orbit.size(), "", orbit.range, false}}}, orbit.range);
      weights->owner = nullptr;
      for (const symmetry::Node &node : orbit.nodes)
        weights->values.push_back(node.weight);
      value = scalarOp(ScalarOp::Mul, {at(weights, places[0]), value}, orbit.range);
    }
    Expr *mean = reduceOver(alike ? ast::Reducer::Mean : ast::Reducer::Sum, element, value, orbit.range);
    return vars.empty() ? mean : equation(vars, mean, orbit.range);
  });
}

/// What the inputs of a function are called, and their types as they are written; null where there is none.
static std::vector<std::pair<std::string, const ast::Type *>> inputsOf(const Callable &function) {
  std::vector<std::pair<std::string, const ast::Type *>> inputs;
  if (function.decl)
    for (const ast::Param *param : function.decl->inputs)
      inputs.push_back({param->name.text, param->type});
  else
    for (const ast::Name &name : function.lambda->params)
      inputs.push_back({name.text, nullptr});
  return inputs;
}

Value Checker::callSymmetrized(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range) {
  const Value &function = callable.chain[0];
  auto inputs = inputsOf(*function.callable);
  std::vector<MovableLeaf> leavesIn, leavesOut;
  std::vector<ArgValue> given = args;
  size_t position = 0;
  for (ArgValue &arg : given) {
    auto named = llvm::find_if(inputs, [&](const auto &input) { return input.first == arg.label; });
    size_t number = arg.label.empty() ? position++ : size_t(named - inputs.begin());
    toTensors(arg.value, arg.range);
    if (arg.value.isError())
      return error();
    if (number < inputs.size()) // what is too much is for the call to report
      movableLeaves(arg.value, inputs[number].second, inputs[number].first, /*ofResult=*/false, leavesIn);
  }
  const ast::Arg &written = *callable.group;
  ast::Action bare(written.range, written.value, false, {}, false, {});
  const ast::Action *action = written.action ? written.action : &bare;
  auto text = groupText(written.value, *callable.env);
  if (!text)
    return error();
  auto group = symmetry::parseGroup(*text);
  auto nodes = group ? symmetry::orbitNodes(**group, callable.degree, mostElements) : group.takeError();
  if (!nodes)
    return noAverage(written.range, "has no mean over this group: " + llvm::toString(nodes.takeError()));
  Orbit orbit{*group, std::move(*nodes), {}, callable.range};

  // What the output looks like is known once the function has been called; what moves the inputs, before.
  ast::Action ofInputs(action->range, action->group, action->hasOn, action->on, false, {});
  auto before = resolveAction(&ofInputs, leavesIn, {}, /*equivariant=*/false, "what is averaged", *callable.env);
  if (!before)
    return error();
  orbit.action = *before;

  IndexVar *element = newIndex("g", orbit.size(), callable.range);
  Value result;
  bool fine = withIndices([&] {
    frame->indices->vars.push_back(element);
    unsigned leaf = 0;
    bool known = true;
    for (ArgValue &arg : given)
      arg.value = mapLeaves(arg.value, [&](Expr *tensor) -> Expr * {
        Expr *own = capture(tensor);
        Expr *moved = movedOver(orbit, leaf++, /*inverse=*/false, own, /*perElement=*/false);
        known &= moved != nullptr;
        return !moved || moved == own ? own : at(moved, indexValue(element));
      });
    if (!known)
      return false;
    result = call(function, given, callable.site, range);
    toTensors(result, range);
    return !result.isError();
  });
  if (!fine)
    return error();
  movableLeaves(result, function.callable->decl ? function.callable->decl->result : nullptr, "output", true, leavesOut);
  if (action->hasOutput) {
    auto whole = resolveAction(action, leavesIn, leavesOut, /*equivariant=*/true, "what is averaged", *callable.env);
    if (!whole)
      return error();
    orbit.action = *whole;
  }
  unsigned leaf = 0;
  bool known = true;
  Value moved = mapLeaves(result, [&](Expr *tensor) {
    Expr *all = equation({element}, tensor, callable.range);
    Expr *back = movedOver(orbit, leaf++, /*inverse=*/true, all, /*perElement=*/true);
    known &= back != nullptr;
    return back ? back : all;
  });
  return known ? meanOver(orbit, moved) : error();
}

} // namespace nn::sema

/// How a parameter is used, read off the values that a model computes.
#include "Frontend/Sema/FanIn.h"
#include "Frontend/Sema/Dependence.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>

using namespace nn::checked;

namespace nn::sema {

namespace {

/// A tensor that is the parameter with its axes moved, or times something.
struct Alias {
  std::vector<int> axes; ///< the parameter's axis behind each of its own; -1: none
  bool multiplied = false;
};

/// Walks what values are computed from. Callees' inputs that turn out to be the parameter ask for another walk.
class UseWalk {
public:
  UseWalk(llvm::function_ref<bool(const Expr *)> isRead, unsigned rank) : isRead(isRead), rank(rank) {}

  std::optional<double> largest;

  void run(llvm::ArrayRef<Expr *> values) {
    for (size_t known = ~size_t(0); known != inputs.size();) {
      known = inputs.size();
      seen.clear();
      for (const Expr *value : values)
        visit(value);
    }
  }

private:
  /// What is around a scalar: indices that are summed over, and whether it is a factor.
  struct Around {
    std::set<const IndexVar *> summed;
    bool factor = false;
  };

  std::optional<Alias> aliasOf(const Expr *expr);
  std::optional<Alias> aliasOfEquation(const Equation *equation);
  std::optional<Alias> aliasOfPointwise(const Pointwise *op);
  void visit(const Expr *expr);
  void visitCall(const Call &call);
  void walk(const Expr *expr, const Around &around);
  void note(const Alias &alias, const std::vector<Sub> &subs, const Around &around);

  llvm::function_ref<bool(const Expr *)> isRead;
  unsigned rank;
  std::map<const Input *, Alias> inputs;
  std::set<const void *> seen;
};

} // namespace

std::optional<Alias> UseWalk::aliasOf(const Expr *expr) {
  if (isRead(expr)) {
    Alias alias;
    for (unsigned axis = 0; axis < rank; ++axis)
      alias.axes.push_back(int(axis));
    return alias;
  }
  using Found = std::optional<Alias>;
  return llvm::TypeSwitch<const Expr *, Found>(expr)
      .Case([&](const Input *input) -> Found {
        auto found = inputs.find(input);
        return found == inputs.end() ? Found() : Found(found->second);
      })
      .Case([&](const Equation *equation) { return aliasOfEquation(equation); })
      .Case([&](const Pointwise *op) { return aliasOfPointwise(op); })
      .Case([&](const CallResult *result) -> Found {
        const std::vector<Expr *> &results = result->call->callee->results;
        bool plain = result->call->axes.empty() && result->result < results.size();
        return plain ? aliasOf(results[result->result]) : Found();
      })
      .Default([](const Expr *) { return Found(); });
}

/// `y[j, i] = W[i, j]`.
std::optional<Alias> UseWalk::aliasOfEquation(const Equation *equation) {
  auto *access = llvm::dyn_cast<Access>(equation->body);
  std::optional<Alias> base = access ? aliasOf(access->base) : std::nullopt;
  if (!base || !access->type.isScalar())
    return std::nullopt;
  Alias alias{std::vector<int>(equation->vars.size(), -1), base->multiplied};
  for (auto [sub, axis] : llvm::zip(access->subs, base->axes))
    if (auto *index = llvm::dyn_cast_or_null<Index>(sub.index))
      for (auto [place, var] : llvm::enumerate(equation->vars))
        if (var == index->var)
          alias.axes[place] = axis;
  return alias;
}

/// A cast, the opposite, a product or a quotient by something.
std::optional<Alias> UseWalk::aliasOfPointwise(const Pointwise *op) {
  bool isProduct = op->op == ScalarOp::Mul || op->op == ScalarOp::Div;
  if (!isProduct && op->op != ScalarOp::Cast && op->op != ScalarOp::Neg)
    return std::nullopt;
  for (const Expr *operand : op->operands)
    if (operand->type.rank() == op->type.rank())
      if (auto alias = aliasOf(operand)) {
        alias->multiplied |= isProduct && llvm::none_of(op->operands, llvm::IsaPred<Number>);
        return alias;
      }
  return std::nullopt;
}

void UseWalk::note(const Alias &alias, const std::vector<Sub> &subs, const Around &around) {
  if (!around.factor && !alias.multiplied)
    return;
  std::set<const IndexVar *> own;
  std::function<void(const Expr *)> collect = [&](const Expr *expr) {
    if (auto *index = llvm::dyn_cast<Index>(expr); index && around.summed.count(index->var))
      own.insert(index->var);
    if (auto *op = llvm::dyn_cast<Pointwise>(expr))
      llvm::for_each(op->operands, collect);
  };
  for (auto [sub, axis] : llvm::zip(subs, alias.axes))
    if (sub.index && axis >= 0)
      collect(sub.index);
  double count = 1;
  for (const IndexVar *var : own)
    count *= double(var->extent ? var->extent->storage() : 1);
  largest = std::max(largest.value_or(1), count);
}

/// The inside of an equation. A sum of products is one of factors; what a sum adds by itself is not multiplied.
void UseWalk::walk(const Expr *expr, const Around &around) {
  if (auto *access = llvm::dyn_cast<Access>(expr)) {
    if (auto alias = aliasOf(access->base))
      note(*alias, access->subs, around);
    visit(access->base);
    for (const Sub &sub : access->subs)
      if (sub.index)
        walk(sub.index, {});
    return;
  }
  if (auto *reduce = llvm::dyn_cast<Reduce>(expr)) {
    Around inside{around.summed, around.factor};
    if (reduce->reducer == ast::Reducer::Sum || reduce->reducer == ast::Reducer::Mean)
      inside.summed.insert(reduce->vars.begin(), reduce->vars.end());
    return walk(reduce->body, inside);
  }
  if (auto *op = llvm::dyn_cast<Pointwise>(expr)) {
    Around inside = around;
    if (op->op == ScalarOp::Mul)
      inside.factor = true;
    else if ((op->op == ScalarOp::Add || op->op == ScalarOp::Sub) && inside.summed.empty())
      inside.factor = false; // (W x + b) times something: b is added
    for (const Expr *operand : op->operands) {
      if (auto alias = operand->type.isScalar() ? std::nullopt : aliasOf(operand))
        note(*alias, {}, inside);
      walk(operand, inside);
    }
    return;
  }
  visit(expr);
}

void UseWalk::visitCall(const Call &call) {
  const Function &callee = *call.callee;
  for (auto [input, arg] : llvm::zip(callee.inputs, call.args))
    if (auto alias = aliasOf(arg))
      inputs.try_emplace(input, *alias);
  if (seen.insert(&callee).second)
    for (const Expr *result : callee.results)
      visit(result);
}

void UseWalk::visit(const Expr *expr) {
  if (!seen.insert(expr).second || isRead(expr))
    return;
  if (auto *equation = llvm::dyn_cast<Equation>(expr))
    return walk(equation->body, {});
  if (llvm::isa<Access, Reduce, Pointwise>(expr))
    return walk(expr, {});
  if (auto *result = llvm::dyn_cast<CallResult>(expr))
    visitCall(*result->call);
  if (auto *result = llvm::dyn_cast<LoopResult>(expr)) {
    const Loop &loop = *result->loop;
    size_t before = loop.inits.size() + loop.xs.size();
    for (auto [input, captured] : llvm::zip(llvm::drop_begin(loop.body->inputs, before), loop.captured))
      if (auto alias = aliasOf(captured))
        inputs.try_emplace(input, *alias);
    for (const Expr *inside : loop.body->results)
      visit(inside);
  }
  operandsOf(expr, [&](const Expr *part) { visit(part); });
}

std::optional<double> fanIn(llvm::ArrayRef<Expr *> values, llvm::function_ref<bool(const Expr *)> isRead,
                            unsigned rank) {
  UseWalk uses(isRead, rank);
  uses.run(values);
  return uses.largest;
}

} // namespace nn::sema

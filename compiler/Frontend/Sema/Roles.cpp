/// What a `loss` and a `regularizer` have to be: one number that changes smoothly almost everywhere, and has a lowest
/// value where that can be told. Of the library's own, tests know this.
#include "Frontend/Sema/Checker.h"
#include "Frontend/Sema/Ranges.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace nn::checked;

namespace nn::sema {

namespace {

/// Whether the derivative of a value by one of the inputs can be other than 0: a way from one to the other through
/// nothing that is constant between jumps.
class SmoothPath {
public:
  SmoothPath(std::vector<bool> inputs) : inputs(std::move(inputs)) {}

  bool to(const Expr *expr) {
    auto found = known.find(expr);
    return found != known.end() ? found->second : known[expr] = compute(expr);
  }

private:
  static bool jumps(ScalarOp op) {
    return (op >= ScalarOp::Eq && op <= ScalarOp::Not) || op == ScalarOp::Floor || op == ScalarOp::Sign ||
           op == ScalarOp::FloorDiv;
  }

  bool any(llvm::ArrayRef<Expr *> parts) {
    return llvm::any_of(parts, [&](const Expr *part) { return to(part); });
  }

  bool compute(const Expr *expr) {
    if (auto *input = llvm::dyn_cast<Input>(expr))
      return input->position < inputs.size() && inputs[input->position];
    if (!isFloat(expr->type.elem) || llvm::isa<Stop>(expr))
      return false;
    return llvm::TypeSwitch<const Expr *, bool>(expr)
        .Case([&](const Pointwise *op) {
          llvm::ArrayRef<Expr *> operands = op->operands;
          return !jumps(op->op) && any(op->op == ScalarOp::Select ? operands.drop_front() : operands);
        })
        .Case([&](const Access *access) { return to(access->base); })
        .Case([&](const Reduce *reduce) { return to(reduce->body); })
        .Case([&](const Equation *equation) { return to(equation->body); })
        .Case([&](const Reshape *reshape) { return to(reshape->input); })
        .Case([&](const Batch *batch) { return to(batch->input); })
        .Case([&](const CallResult *result) {
          std::vector<bool> args;
          for (const Expr *arg : result->call->args)
            args.push_back(to(arg));
          return SmoothPath(args).to(result->call->callee->results[result->result]);
        })
        // Parameters of a model that the loss calls, derivatives and loops: not looked into.
        .Case<Param, DerivativeResult, LoopResult>([](auto *) { return true; })
        .Default([](const Expr *) { return false; });
  }

  std::vector<bool> inputs;
  std::map<const Expr *, bool> known;
};

} // namespace

bool Checker::isOneNumber(const ast::Function *decl, const Value &result) {
  bool fits =
      result.isNumber() || (result.isTensor() && result.expr->type.isScalar() && isFloat(result.expr->type.elem));
  if (fits)
    return true;
  auto &report = diags.report(diag::RoleNotScalar, result.range.valid() ? result.range : decl->name.range,
                              ast::spelling(decl->role), decl->name.text, result.describe());
  if (result.isTensor() && !result.expr->type.isScalar())
    report.help("`sum(...)` adds its elements, `mean(...)` averages them");
  return false;
}

bool Checker::changesSmoothly(const ast::Function *decl, const Function &function, const Expr *result) {
  std::vector<bool> floats;
  for (const Input *input : function.inputs)
    floats.push_back(isFloat(input->type.elem));
  auto first = llvm::find(floats, true);
  // Of a loss the output comes first, and that is what moves.
  if (decl->role == ast::Role::Loss && first != floats.end())
    std::fill(std::next(first), floats.end(), false);
  if (first == floats.end() || SmoothPath(floats).to(result))
    return true;
  diags
      .report(diag::RoleFlat, decl->name.range, ast::spelling(decl->role), decl->name.text,
              function.inputs[first - floats.begin()]->name)
      .help("an `fn` can be reported; a loss needs a value that gets better little by little");
  return false;
}

/// The value where the inputs are what they are at a point; nothing if it is not known exactly enough.
static Range valueAt(const Expr *result, const std::vector<double> &point) {
  std::vector<Range> inputs;
  for (double value : point)
    inputs.push_back(Range::of(value));
  return Ranges(inputs).of(result);
}

/// A loss of an output and a target of one shape that is lower for the opposite of each target than for the target.
static bool rewardsDisagreement(const Expr *result) {
  for (double target : {-1.0, 1.0})
    for (double size : {0.25, 1.0, 4.0}) {
      Range agreeing = valueAt(result, {size * target, target}), opposite = valueAt(result, {-size * target, target});
      if (!(agreeing.low > opposite.high))
        return false;
    }
  return true;
}

/// The place of the first input, far out, where the value is below all bounds: it fell on the way there.
static std::optional<std::pair<double, double>> runsAway(const Expr *result, size_t inputs) {
  constexpr double near = 1e3, far = 1e6;
  for (double side : {1.0, -1.0})
    for (double other : {1.0, -1.0}) {
      std::vector<double> point(inputs, other);
      point[0] = side * near;
      double before = valueAt(result, point).high;
      point[0] = side * far;
      double after = valueAt(result, point).high;
      if (after < -near && after < 2 * before)
        return std::pair(point[0], after);
    }
  return std::nullopt;
}

void Checker::checkLowest(const ast::Function *decl, const Function &function, const Expr *result) {
  llvm::ArrayRef<Input *> inputs = function.inputs;
  if (inputs.empty() || llvm::any_of(inputs, [](const Input *input) { return !isFloat(input->type.elem); }))
    return;
  bool pair = decl->role == ast::Role::Loss && inputs.size() == 2 && decl->inputs.size() == 2 &&
              sameShape(inputs[0]->type.axes, inputs[1]->type.axes);
  if (pair && rewardsDisagreement(result)) {
    diags.report(diag::LossRewardsDisagreement, decl->name.range, decl->name.text, inputs[0]->name, inputs[1]->name)
        .help("is a sign missing? A loss is lowest where the two agree");
    return;
  }
  auto away = runsAway(result, inputs.size());
  if (!away)
    return;
  auto text = [](double value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%g", value);
    return std::string(digits);
  };
  diags.report(diag::RoleUnbounded, decl->name.range, ast::spelling(decl->role), decl->name.text, text(away->second),
               inputs[0]->name, text(away->first));
}

void Checker::checkRole(const ast::Function *decl, const Function &function, const Value &result) {
  bool hasRole = decl->role == ast::Role::Loss || decl->role == ast::Role::Regularizer;
  if (!hasRole || result.isError() || inLibrary(decl->name.range) || !rolesSeen.insert(decl).second)
    return;
  if (!isOneNumber(decl, result))
    return;
  RoleInfo info{std::string(ast::spelling(decl->role)), decl->name.text, result.asReal(), decl->range};
  if (result.isTensor() && changesSmoothly(decl, function, result.expr)) {
    checkLowest(decl, function, result.expr);
    double least = Ranges({}).of(result.expr).low;
    if (std::isfinite(least))
      info.least = least;
  }
  auto before = [](const RoleInfo &a, const RoleInfo &b) {
    return std::pair(a.range.file, a.range.begin) < std::pair(b.range.file, b.range.begin);
  };
  program->roles.insert(llvm::upper_bound(program->roles, info, before), info);
}

} // namespace nn::sema

// Every function of the standard library: its values and its derivatives, at every stage.
#include "Harness.h"
#include "Signatures.h"

#include "Dialect/NN/IR/NN.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Casting.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;

namespace {

/// All declarations of the library.
std::vector<const ast::Function *> declarations() {
  std::vector<const ast::Function *> all;
  for (auto *files : {&library(), &libraryModules()})
    for (auto &file : *files)
      for (const ast::Item *item : file->items)
        if (auto *function = llvm::dyn_cast<ast::Function>(item))
          all.push_back(function);
  return all;
}

std::vector<std::string> namesWhere(llvm::function_ref<bool(const ast::Function &)> holds) {
  std::vector<std::string> names;
  for (const ast::Function *function : declarations())
    if (holds(*function))
      names.push_back(function->name.text);
  return names;
}

const ast::Function &declared(const std::string &name) {
  for (const ast::Function *function : declarations())
    if (function->name.text == name)
      return *function;
  llvm_unreachable("declarations are listed by name");
}

/// What asks for an objective, the loss of a step or a history is tried by the optimizers that call it, and in
/// test/Stdlib against other implementations.
bool isOfTraining(const ast::Function &function) {
  bool asks = llvm::any_of(function.inputs, [](const ast::Param *input) {
    return input->name.text == "objective" || (input->name.text == "loss" && !input->type);
  });
  return asks || function.name.text == "two_loop";
}

bool isCalled(const ast::Function &function) {
  return function.role != ast::Role::Optimizer && !isOfTraining(function);
}

std::string nameOf(const testing::TestParamInfo<std::string> &info) { return info.param; }

/// Instances of several calls in one program get names of their own.
void number(Call &call, size_t k) {
  if (call.instance.empty())
    return;
  std::string own = call.instance + std::to_string(k);
  for (std::string *text : {&call.top, &call.expression})
    text->replace(text->find(call.instance), call.instance.size(), own);
  call.instance = own;
}

std::vector<Call> numberedCalls(const std::string &name) {
  std::string problem;
  std::vector<Call> calls = callsOf(declared(name), problem);
  EXPECT_FALSE(calls.empty()) << "`" << name << "` is not tested: " << problem;
  for (size_t k = 0; k < calls.size(); ++k)
    number(calls[k], k);
  for (auto &file : libraryModules())
    if (declared(name).range.file == file->file && !calls.empty())
      calls[0].top = "use " + moduleName(file->file) + "\n" + calls[0].top;
  return calls;
}

std::string programOf(const std::vector<Call> &calls) {
  std::string text;
  for (size_t k = 0; k < calls.size(); ++k)
    text += calls[k].top + commandOf(calls[k], "c" + std::to_string(k));
  return text;
}

mlir::func::FuncOp rootOf(mlir::ModuleOp module, size_t k) {
  return module.lookupSymbol<mlir::func::FuncOp>("command.c" + std::to_string(k));
}

bool couplesExamples(mlir::ModuleOp module) {
  return module.walk([](BatchStackOp) { return mlir::WalkResult::interrupt(); }).wasInterrupted();
}

/// `f64[5, 3]`.
std::string spell(mlir::Type type) {
  auto shaped = llvm::cast<mlir::ShapedType>(type);
  std::string text = shaped.getElementType().isF32() ? "f32" : "f64";
  for (int64_t axis = 0; axis < shaped.getRank(); ++axis)
    text += (axis ? ", " : "[") + std::to_string(shaped.getDimSize(axis));
  return shaped.getRank() ? text + "]" : text;
}

/// What couples examples is trained: its inputs are draws, which become fields.
std::string recipeOf(const Call &call, mlir::Type result, int64_t batch) {
  std::string arguments, draws, type = spell(result);
  for (const Call::Argument &argument : call.arguments) {
    arguments += (arguments.empty() ? "" : ", ") + argument.name;
    draws += "  " + argument.name + ": " + argument.type + " ~ uniform(-2, 2)\n";
  }
  return call.top + "model Whole(" + argumentList(call) + ") -> " + type +
         " {\n  param scale: f64 ~ normal(1, 0.1)\n  scale * " + call.expression + "\n}\ntrain Whole {\n" + draws +
         "  r: " + type + " ~ normal(0, 1)\n  y = Whole(" + arguments +
         ")\n  minimize sum(r * y) over Whole\n  minimize sum(r * y ^ 2) over " +
         (call.instance.empty() ? "Whole" : call.instance) + "\n  using gd(0.1)\n  for 3 steps in batches of " +
         std::to_string(batch) + "\n  report sum(r * y)\n}\n";
}

void checkCoupled(const std::vector<Call> &calls, mlir::ModuleOp module) {
  for (size_t k = 0; k < calls.size(); ++k)
    for (int64_t batch : {1, 7, 64}) {
      Trial trial;
      trial.batches = {{batch, batch}};
      if (batch == 64)
        trial.batches.push_back({64, 7});
      trial.drawsAreFields = true;
      trial.steps = 3;
      trial.seed = unsigned(k + 1);
      trial.isas = {std::array{ISA::AVX512, ISA::AVX2, ISA::Baseline}[k % 3]};
      mlir::Type result = rootOf(module, k).getResultTypes()[0];
      if (!agrees(recipeOf(calls[k], result, batch), trial))
        return;
    }
}

class Values : public testing::TestWithParam<std::string> {};
class Optimizers : public testing::TestWithParam<std::string> {};
class Derivatives : public testing::TestWithParam<std::string> {};

} // namespace

TEST_P(Values, AgreeAtEveryStage) {
  std::vector<Call> calls = numberedCalls(GetParam());
  std::string text = programOf(calls), failure;
  auto module = translate(text, failure);
  ASSERT_TRUE(module) << failure << text;
  if (couplesExamples(*module)) {
    checkCoupled(calls, *module);
    return;
  }
  Trial trial;
  trial.batches = {{0, 0}, {1, 1}};
  trial.isas = {ISA::Baseline, ISA::AVX2};
  if (!agrees(text, trial))
    return;
  trial.batches = {{7, 7}, {64, 64}, {64, 7}};
  trial.training = true;
  trial.isas = {ISA::AVX512};
  trial.seed = 2;
  agrees(text, trial);
}

INSTANTIATE_TEST_SUITE_P(Stdlib, Values, testing::ValuesIn(namesWhere(isCalled)), nameOf);

// ---- optimizers

static std::string trainedBy(const std::string &optimizer) {
  return R"(
model Net() -> f64 {
  param a: f64[3]    ~ normal(0, 1)
  param b: f64[2, 5] ~ normal(0, 1)
  z: f64[3] ~ normal(0, 1)
  sum((a - z) ^ 2) + sum(b ^ 4) + sum(b) * a[1]
}
train Net {
  minimize Net()
  using )" +
         optimizer + R"(
  for 3 steps in batches of 7
}
)";
}

TEST_P(Optimizers, AgreeForThreeSteps) {
  std::string problem;
  const ast::Function &declaration = declared(GetParam());
  std::vector<std::string> lists = hyperparametersOf(declaration, problem);
  ASSERT_FALSE(lists.empty()) << "`" << GetParam() << "` is not tested: " << problem;
  std::vector<std::string> optimizers;
  for (const std::string &list : lists)
    optimizers.push_back(GetParam() + list);
  std::string scheduled = optimizers[0];
  if (size_t rate = scheduled.find("0.1"); rate != std::string::npos)
    scheduled.replace(rate, 3, "cosine(0.1, warmup: 2)");
  optimizers.push_back("clip_norm(0.5) |> " + scheduled);
  for (const std::string &optimizer : optimizers) {
    Trial trial;
    trial.batches = {{7, 7}, {7, 3}};
    trial.steps = 3;
    if (!agrees(trainedBy(optimizer), trial))
      return;
  }
}

INSTANTIATE_TEST_SUITE_P(Stdlib, Optimizers, testing::ValuesIn(namesWhere([](const ast::Function &f) {
                           return f.role == ast::Role::Optimizer;
                         })),
                         nameOf);

// ---- derivatives

namespace {

/// The results of a command that differentiates a call, in their order.
struct DerivativeProgram {
  std::string text;
  /// Of the call: positions among the results of the float leaves.
  std::vector<unsigned> leaves;
  std::vector<std::string> variables;
  bool hasParameters = false;
};

/// Values, projections s, and for each leaf and variable the gradient of s and the derivative of the leaf along v.
/// Nothing if there is no variable.
std::string derivativeCommand(const Call &call, mlir::func::FuncOp values, size_t k) {
  if (call.instance.empty() && llvm::none_of(call.arguments, [](auto &argument) { return argument.isFloat; }))
    return "";
  std::string arguments = argumentList(call), body = "  y = " + call.expression + "\n", results;
  auto result = [&](const std::string &value) {
    results += (results.empty() ? "" : ", ") +
               ("r" + std::to_string(std::count(results.begin(), results.end(), ':')) + ": " + value);
  };
  for (const Call::Argument &argument : call.arguments)
    if (argument.isFloat)
      arguments += ", v_" + argument.name + ": " + argument.type;
  unsigned count = values.getNumResults();
  for (unsigned leaf = 0; leaf < count; ++leaf) {
    mlir::Type type = values.getResultTypes()[leaf];
    if (!llvm::isa<mlir::FloatType>(llvm::cast<mlir::ShapedType>(type).getElementType()))
      continue;
    std::string n = std::to_string(leaf);
    arguments += ", q" + n + ": " + spell(type);
    body += "  y" + n + " = " + (count > 1 ? "y." + n : "y") + "\n  s" + n + " = sum(q" + n + " * y" + n + ")\n";
    result("y" + n);
    result("s" + n);
    for (const Call::Argument &argument : call.arguments)
      if (argument.isFloat) {
        result("grad(s" + n + ", " + argument.name + ")");
        result("jvp(y" + n + ", " + argument.name + ", v_" + argument.name + ")");
      }
    if (!call.instance.empty())
      result("grad(s" + n + ", params(" + call.instance + "))");
  }
  if (results.empty())
    return "";
  return call.top + "command c" + std::to_string(k) + "(" + arguments + ") {\n" + body + "  (" + results + ")\n}\n";
}

double dot(const Tensor &a, const Tensor &b) {
  double sum = 0;
  for (size_t k = 0; k < a.floats.size(); ++k)
    sum += a.floats[k] * b.floats[k];
  return sum;
}

Tensor moved(const Tensor &x, const Tensor &v, double h) {
  Tensor result = x;
  for (size_t k = 0; k < x.floats.size(); ++k)
    result.floats[k] += h * v.floats[k];
  return result;
}

/// Central differences of everything that a command returns.
class Differences {
public:
  Differences(mlir::ModuleOp module, mlir::func::FuncOp root, unsigned seed) : module(module), root(root) {
    Trial trial;
    trial.generic = true;
    trial.seed = seed;
    inputs = randomInputs(module, root, {}, trial);
    outputs = run(inputs);
  }
  void check(const Call &call, mlir::func::FuncOp values);
  int64_t compared = 0;

private:
  std::vector<Tensor> run(const interpreter::Inputs &at) {
    interpreter::Options options;
    options.training = true;
    auto result = interpreter::interpret(module, root.getName(), at, options);
    EXPECT_TRUE(mlir::succeeded(result));
    return mlir::succeeded(result) ? result->results : std::vector<Tensor>();
  }
  /// (f(x + h v) - f(x - h v)) / 2 h of result `k`, as `move` moves the inputs.
  Tensor along(unsigned k, llvm::function_ref<void(interpreter::Inputs &, double)> move);
  void compare(const std::string &what, double actual, double expected);

  mlir::ModuleOp module;
  mlir::func::FuncOp root;
  interpreter::Inputs inputs;
  std::vector<Tensor> outputs;
};

Tensor Differences::along(unsigned k, llvm::function_ref<void(interpreter::Inputs &, double)> move) {
  constexpr double h = 1e-6;
  interpreter::Inputs up = inputs, down = inputs;
  move(up, h);
  move(down, -h);
  Tensor above = run(up)[k], below = run(down)[k];
  for (size_t e = 0; e < above.floats.size(); ++e)
    above.floats[e] = (above.floats[e] - below.floats[e]) / (2 * h);
  return above;
}

void Differences::compare(const std::string &what, double actual, double expected) {
  constexpr double tolerance = 1e-6;
  if (!std::isfinite(expected))
    return;
  ++compared;
  EXPECT_NEAR(actual, expected, tolerance * (1 + std::fabs(expected))) << what << " of " << root.getName().str();
}

void Differences::check(const Call &call, mlir::func::FuncOp values) {
  unsigned next = 0;
  for (mlir::Type type : values.getResultTypes()) {
    if (!llvm::isa<mlir::FloatType>(llvm::cast<mlir::ShapedType>(type).getElementType()))
      continue;
    unsigned y = next++, s = next++;
    for (const Call::Argument &argument : call.arguments) {
      if (!argument.isFloat)
        continue;
      const Tensor &v = inputs.arguments.at("v_" + argument.name);
      auto move = [&](interpreter::Inputs &at, double h) {
        at.arguments[argument.name] = moved(at.arguments[argument.name], v, h);
      };
      compare("the gradient by " + argument.name, dot(outputs[next++], v), along(s, move).floats[0]);
      Tensor tangent = outputs[next++], expected = along(y, move);
      for (size_t e = 0; e < expected.floats.size(); ++e)
        compare("the derivative along " + argument.name, tangent.floats[e], expected.floats[e]);
    }
    if (call.instance.empty())
      continue;
    std::mt19937 chance(7);
    std::map<std::string, Tensor> directions;
    double sum = 0;
    for (ParameterOp parameter : module.getOps<ParameterOp>()) {
      if (!parameter.getSymName().starts_with(call.instance + "."))
        continue;
      std::string path = parameter.getSymName().str();
      Tensor v = inputs.parameters.at(path);
      for (double &number : v.floats)
        number = std::uniform_real_distribution<double>(-1, 1)(chance);
      sum += dot(outputs[next++], v);
      directions[path] = v;
    }
    Tensor expected = along(s, [&](interpreter::Inputs &at, double h) {
      for (auto &[path, v] : directions)
        at.parameters[path] = moved(at.parameters[path], v, h);
    });
    compare("the gradient by parameters", sum, expected.floats[0]);
  }
}

} // namespace

TEST_P(Derivatives, AgreeWithDifferencesAndCompiled) {
  std::vector<Call> calls = numberedCalls(GetParam());
  std::string failure, text;
  auto values = translate(programOf(calls), failure);
  ASSERT_TRUE(values) << failure;
  for (size_t k = 0; k < calls.size(); ++k)
    text += derivativeCommand(calls[k], rootOf(*values, k), k);
  if (text.empty())
    GTEST_SKIP() << "no result or no input is a float";
  auto module = translate(text, failure);
  ASSERT_TRUE(module) << failure << text;
  int64_t compared = 0;
  for (size_t k = 0; k < calls.size(); ++k) {
    if (!rootOf(*module, k))
      continue;
    Differences differences(*module, rootOf(*module, k), unsigned(k + 1));
    differences.check(calls[k], rootOf(*values, k));
    compared += differences.compared;
    ASSERT_FALSE(HasFailure()) << text;
  }
  EXPECT_GT(compared, 0) << "nothing was finite";
  if (couplesExamples(*values))
    return;
  Trial trial;
  trial.generic = true;
  trial.batches = {{0, 0}, {7, 7}};
  trial.isas = {ISA::AVX512};
  if (!agrees(text, trial))
    return;
  trial.batches = {{64, 7}};
  trial.training = true;
  trial.isas = {ISA::AVX2};
  agrees(text, trial);
}

INSTANTIATE_TEST_SUITE_P(Stdlib, Derivatives, testing::ValuesIn(namesWhere([](const ast::Function &f) {
                           return isCalled(f) && isDifferentiable(f);
                         })),
                         nameOf);

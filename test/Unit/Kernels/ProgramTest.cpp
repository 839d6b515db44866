// Kernel passes against the interpreter: random programs mean the same before, after each pass on tensors, and
// compiled.
#include "../Support/Loaded.h"
#include "RandomProgram.h"

#include "Interpreter/Interpreter.h"
#include "Kernels/Passes.h"

#include "noether/routines.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;

/// What compiled code calls, linked in. Code for AVX2 and above has a name of its own for it.
extern "C" __attribute__((visibility("default"))) void nnrt_group_avx2(const nn_routine *routine, void *const *buffers,
                                                                       int64_t begin, int64_t end, void *workspace) {
  nnrt_group(routine, buffers, begin, end, workspace);
}

namespace {

std::string textOf(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

Tensor randomTensor(mlir::ShapedType type, std::mt19937 &chance) {
  Tensor tensor;
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  tensor.isFloat = type.getElementType().isF64();
  for (int64_t k = 0; k < type.getNumElements(); ++k)
    if (tensor.isFloat)
      tensor.floats.push_back((double(chance() % 33) - 16) / 8);
    else
      tensor.integers.push_back(type.getRank() ? chance() % tableBound : chance() % 9);
  return tensor;
}

interpreter::Inputs randomInputs(mlir::func::FuncOp root, unsigned seed) {
  interpreter::Inputs inputs;
  std::mt19937 chance(seed);
  for (unsigned k = 0; k < root.getNumArguments(); ++k) {
    auto bind = llvm::cast<BindAttr>(root.getArgAttr(k, bindingAttrName));
    auto &list = bind.getKind() == Binding::state ? inputs.states : inputs.arguments;
    list[bind.getName().str()] = randomTensor(llvm::cast<mlir::ShapedType>(root.getArgumentTypes()[k]), chance);
  }
  return inputs;
}

/// One value against the truth, whose magnitude bounds the sum of the absolute terms in it.
bool agrees(double actual, double truth, double magnitude) {
  if (std::isnan(truth) || !std::isfinite(magnitude))
    return true;
  return actual == truth || std::fabs(actual - truth) <= 1e-11 * (magnitude + 1e-3);
}

void compare(const Tensor &truth, const double *actual, const std::string &what) {
  for (size_t k = 0; k < truth.floats.size(); ++k)
    ASSERT_TRUE(agrees(actual[k], truth.floats[k], truth.magnitudes.empty() ? 1 : truth.magnitudes[k]))
        << what << " cell " << k << ": " << actual[k] << " instead of " << truth.floats[k];
}

void runPass(mlir::ModuleOp module, std::unique_ptr<mlir::Pass> pass) {
  mlir::PassManager manager(module.getContext());
  manager.addPass(std::move(pass));
  ASSERT_TRUE(mlir::succeeded(manager.run(module)));
}

/// Interprets again and compares with the first run.
void interpretAgain(mlir::ModuleOp module, const interpreter::Inputs &inputs, const interpreter::Outputs &truth,
                    const std::string &stage) {
  auto outputs = interpreter::interpret(module, "f", inputs);
  ASSERT_TRUE(mlir::succeeded(outputs)) << stage;
  for (size_t k = 0; k < truth.results.size(); ++k)
    compare(truth.results[k], outputs->results[k].floats.data(), stage + " result " + std::to_string(k));
}

const Tensor &inputOf(const interpreter::Inputs &inputs, BindAttr bind) {
  return inputs.arguments.at(bind.getName().str());
}

/// The state as it lies in memory, or, with `back`, memory in logical order.
std::vector<double> reorder(StateVarOp state, llvm::ArrayRef<double> from, bool back) {
  auto shape = llvm::cast<mlir::ShapedType>(state.getType()).getShape();
  auto layout = state->getAttrOfType<mlir::DenseI64ArrayAttr>("nn.layout");
  std::vector<double> to(from.size());
  for (int64_t logical = 0; logical < int64_t(from.size()); ++logical) {
    llvm::SmallVector<int64_t> index(shape.size());
    for (int64_t rest = logical, axis = shape.size(); axis-- > 0; rest /= shape[axis])
      index[axis] = rest % shape[axis];
    int64_t stored = 0;
    for (size_t k = 0; k < shape.size(); ++k) {
      int64_t axis = layout ? layout[k] : k;
      stored = stored * shape[axis] + index[axis];
    }
    to[back ? logical : stored] = from[back ? stored : logical];
  }
  return to;
}

/// Plans, compiles and runs the module, and compares what lies in its io block and its state.
void runCompiled(mlir::ModuleOp module, const interpreter::Inputs &inputs, const interpreter::Outputs &truth,
                 unsigned seed) {
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module.getBody());
  CommandOp::create(builder, module.getLoc(), "c", "f", builder.getArrayAttr({}), "tensor", mlir::ArrayAttr(),
                    mlir::StringAttr());
  std::string failure;
  auto loaded = Loaded::fromModule(module, seed % 4 ? hostISA() : ISA::AVX2, failure);
  ASSERT_TRUE(loaded) << failure;
  const nn_function *function = loaded->function("f");
  Block persistent(loaded->program().persistent_bytes + 64), settings(64), io(function->io_bytes);
  auto root = module.lookupSymbol<mlir::func::FuncOp>("f");
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.arguments").getAsRange<mlir::DictionaryAttr>()) {
    const Tensor &tensor = inputOf(inputs, entry.getAs<BindAttr>("bind"));
    int64_t offset = entry.getAs<mlir::IntegerAttr>("offset").getInt();
    std::copy(tensor.floats.begin(), tensor.floats.end(), io.as<double>(offset));
    std::copy(tensor.integers.begin(), tensor.integers.end(), io.as<int32_t>(offset));
  }
  auto variable = *module.getOps<StateVarOp>().begin();
  std::vector<double> stored = reorder(variable, inputs.states.at("s").floats, false);
  std::copy(stored.begin(), stored.end(), persistent.as<double>());
  loaded->run(*function, persistent, settings, io, 1 + seed % 3);
  size_t next = 1;
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.results").getAsRange<mlir::DictionaryAttr>()) {
    compare(truth.results[next], io.as<double>(entry.getAs<mlir::IntegerAttr>("offset").getInt()),
            "compiled result " + std::to_string(next));
    ++next;
  }
  stored = reorder(variable, {persistent.as<double>(), stored.size()}, true);
  compare(truth.results[0], stored.data(), "compiled state");
}

/// With `sorts` all scattered writes are sums over groups.
void checkProgram(unsigned seed, bool sorts) {
  auto context = makeContext();
  context->loadAllAvailableDialects();
  auto module = randomProgram(*context, seed);
  ASSERT_TRUE(mlir::succeeded(mlir::verify(*module))) << textOf(*module);
  std::string text = textOf(*module);
  interpreter::Inputs inputs = randomInputs(module->lookupSymbol<mlir::func::FuncOp>("f"), seed);
  interpreter::Options options;
  options.magnitudes = true;
  auto truth = interpreter::interpret(*module, "f", inputs, options);
  ASSERT_TRUE(mlir::succeeded(truth)) << text;
  runPass(*module, createSplitIndicesPass());
  interpretAgain(*module, inputs, *truth, "split-indices");
  runPass(*module, sorts ? createSortedPullFormPass() : createPullFormPass());
  interpretAgain(*module, inputs, *truth, "pull-form");
  runPass(*module, createChooseSavedPass());
  interpretAgain(*module, inputs, *truth, "choose-saved");
  runPass(*module, createPushMasksPass());
  interpretAgain(*module, inputs, *truth, "push-masks");
  runPass(*module, createPackOperandsPass());
  interpretAgain(*module, inputs, *truth, "pack-operands");
  runPass(*module, createPackPanelsPass());
  interpretAgain(*module, inputs, *truth, "pack-panels");
  ASSERT_FALSE(testing::Test::HasFatalFailure()) << text << textOf(*module);
  for (auto make : {createFormKernelsPass, createAssignLayoutsPass, createOutlineDedupPass, createPlanStepPass})
    runPass(*module, make());
  ASSERT_FALSE(testing::Test::HasFatalFailure()) << text;
  runCompiled(*module, inputs, *truth, seed);
  ASSERT_FALSE(testing::Test::HasFatalFailure()) << text << textOf(*module);
}

class RandomPrograms : public testing::TestWithParam<unsigned> {};

} // namespace

TEST_P(RandomPrograms, MeanTheSameCompiled) {
  for (unsigned k = 0; k < 10; ++k) {
    checkProgram(GetParam() * 10 + k, false);
    if (HasFatalFailure())
      FAIL() << "seed " << GetParam() * 10 + k;
  }
}

TEST_P(RandomPrograms, MeanTheSameWithSortedTables) {
  for (unsigned k = 0; k < 10; ++k) {
    checkProgram(GetParam() * 10 + k, true);
    if (HasFatalFailure())
      FAIL() << "seed " << GetParam() * 10 + k;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range(0u, 6u));

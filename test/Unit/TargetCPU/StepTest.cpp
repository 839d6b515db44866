// Flat functions on tensors through the kernel passes and emission, against the f64 interpreter of the same functions.
#include "../Support/Loaded.h"
#include "Interpreter/Interpreter.h"
#include "Kernels/Passes.h"
#include "Reference.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <regex>

using namespace nn;
using namespace nn::test;

namespace {

using interpreter::Tensor;

Tensor randomTensor(mlir::ShapedType type, std::mt19937 &chance, int64_t bound, double low) {
  Tensor result;
  result.shape.assign(type.getShape().begin(), type.getShape().end());
  result.isFloat = llvm::isa<mlir::FloatType>(type.getElementType());
  std::uniform_real_distribution<double> uniform(low, 1);
  for (int64_t k = 0; k < type.getNumElements(); ++k) {
    if (result.isFloat)
      result.floats.push_back(uniform(chance));
    else
      result.integers.push_back(int64_t(chance() % uint64_t(bound)));
  }
  return result;
}

std::vector<double> numbersOf(const Tensor &tensor) {
  return tensor.isFloat ? tensor.floats : std::vector<double>(tensor.integers.begin(), tensor.integers.end());
}

/// A root function compiled to f64 code and the same function interpreted.
class Step {
public:
  Step(std::string text, const char *name, unsigned seed) : chance(seed), name(name) {
    context = makeContext();
    tensors = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  }
  void run(int64_t batchSize);

private:
  void prepareInputs(int64_t batchSize);
  void compile();
  void writeInputs(Block &persistent, Block &settings, Block &io, int64_t batchSize);
  void compare(llvm::StringRef what, const std::vector<double> &actual, const Tensor &expected);

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> tensors, planned;
  std::mt19937 chance;
  std::string name;
  interpreter::Inputs inputs;
  std::unique_ptr<Loaded> loaded;
};

void Step::prepareInputs(int64_t batchSize) {
  inputs.seed = 7;
  inputs.step = 3;
  inputs.totalSteps = 10;
  inputs.batchSize = batchSize;
  auto root = tensors->lookupSymbol<mlir::func::FuncOp>(name);
  for (unsigned k = 0; k < root.getNumArguments(); ++k) {
    auto bind = root.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    auto type = llvm::cast<mlir::ShapedType>(root.getArgument(k).getType());
    std::string path = bind.getName().str();
    if (bind.getKind() == Binding::param)
      inputs.parameters[path] = randomTensor(type, chance, 1, -1);
    if (bind.getKind() == Binding::state)
      inputs.states[path] = randomTensor(type, chance, 1, 0.25);
    if (bind.getKind() == Binding::setting)
      inputs.settings[path] = randomTensor(type, chance, 1, 0);
    if (bind.getKind() == Binding::field)
      inputs.arguments[path] = randomTensor(type, chance, 10, 0);
  }
}

void Step::compile() {
  planned = tensors->clone();
  // Program operations for what the function binds, so that the descriptor lists it.
  auto root = planned->lookupSymbol<mlir::func::FuncOp>(name);
  mlir::OpBuilder b(root);
  for (unsigned k = 0; k < root.getNumArguments(); ++k) {
    auto bind = root.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    auto path = b.getStringAttr(bind.getName());
    auto type = mlir::TypeAttr::get(root.getArgument(k).getType());
    if (planned->lookupSymbol(path))
      continue;
    if (bind.getKind() == Binding::param)
      ParameterOp::create(b, root.getLoc(), path, type, b.getStringAttr("weight"));
    if (bind.getKind() == Binding::state)
      StateVarOp::create(b, root.getLoc(), path, type, b.getStringAttr("optimizer"));
    if (bind.getKind() == Binding::setting)
      SettingOp::create(b, root.getLoc(), path, b.getF64FloatAttr(0));
  }
  auto step = mlir::FlatSymbolRefAttr::get(root.getSymNameAttr());
  RecipeOp::create(b, root.getLoc(), b.getStringAttr("recipe"), mlir::ArrayAttr(), mlir::ArrayAttr(), step, step,
                   b.getI64IntegerAttr(1), b.getStringAttr("epochs"), b.getI64IntegerAttr(64), b.getArrayAttr({}));
  mlir::PassManager passes(context.get());
  buildKernelPipeline(passes);
  ASSERT_TRUE(mlir::succeeded(passes.run(*planned)));
  std::string failure;
  loaded = Loaded::fromModule(*planned, hostISA(), failure);
  ASSERT_TRUE(loaded) << failure;
}

void Step::writeInputs(Block &persistent, Block &settings, Block &io, int64_t batchSize) {
  const nn_program &program = loaded->program();
  for (int64_t k = 0; k < program.tensor_count; ++k) {
    const nn_tensor &tensor = program.tensors[k];
    auto &from = inputs.parameters.count(tensor.path) ? inputs.parameters : inputs.states;
    auto places = storedPlaces(tensor);
    for (size_t e = 0; e < places.size(); ++e)
      persistent.as<double>(tensor.offset)[places[e]] = from[tensor.path].floats[e];
  }
  for (int64_t k = 0; k < program.setting_count; ++k)
    settings.as<double>(program.settings[k].offset)[0] = inputs.settings[program.settings[k].name].floats[0];
  auto root = planned->lookupSymbol<mlir::func::FuncOp>(name);
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.arguments").getAsRange<mlir::DictionaryAttr>()) {
    auto bind = entry.getAs<BindAttr>("bind");
    auto type = llvm::cast<mlir::ShapedType>(entry.getAs<mlir::TypeAttr>("type").getValue());
    char *at = io.data() + entry.getAs<mlir::IntegerAttr>("offset").getInt();
    std::vector<double> values;
    if (bind.getKind() == Binding::field)
      values = numbersOf(inputs.arguments[bind.getName().str()]);
    else if (bind.getKind() == Binding::key)
      for (int64_t row = 0; row < type.getNumElements() / 4; ++row)
        values.insert(values.end(), {double(inputs.seed), 0, double(inputs.step), double(row)});
    else
      values = {double(bind.getKind() == Binding::batch_size ? batchSize
                       : bind.getKind() == Binding::step     ? inputs.step
                                                             : inputs.totalSteps)};
    writeElements(at, type, values);
  }
}

void Step::compare(llvm::StringRef what, const std::vector<double> &actual, const Tensor &expected) {
  auto values = numbersOf(expected);
  ASSERT_EQ(actual.size(), values.size()) << what.str();
  for (size_t k = 0; k < values.size(); ++k) {
    double scale = expected.magnitudes.empty() ? std::fabs(values[k]) + 1 : expected.magnitudes[k];
    ASSERT_LE(std::fabs(actual[k] - values[k]), 1e-12 * scale + 1e-300)
        << what.str() << "[" << k << "]: " << actual[k] << " instead of " << values[k];
  }
}

void Step::run(int64_t batchSize) {
  ASSERT_TRUE(tensors);
  prepareInputs(batchSize);
  interpreter::Options options;
  options.magnitudes = true;
  auto truth = interpreter::interpret(*tensors, name, inputs, options);
  ASSERT_TRUE(mlir::succeeded(truth));
  compile();
  if (testing::Test::HasFatalFailure())
    return;
  const nn_program &program = loaded->program();
  const nn_function *function = loaded->function(name);
  Block persistent(program.persistent_bytes), settings(program.settings_bytes), io(function->io_bytes);
  writeInputs(persistent, settings, io, batchSize);
  loaded->run(*function, persistent, settings, io, 2);
  for (int64_t k = 0; k < program.tensor_count; ++k) {
    const nn_tensor &tensor = program.tensors[k];
    std::vector<double> actual;
    for (int64_t place : storedPlaces(tensor))
      actual.push_back(persistent.as<double>(tensor.offset)[place]);
    auto &results = truth->parameters.count(tensor.path) ? truth->parameters : truth->states;
    compare(tensor.path, actual, results[tensor.path]);
  }
  for (int64_t k = 0; k < function->result_count; ++k)
    compare("result", {io.as<double>(function->results[k].offset)[0]}, truth->results[k]);
}

/// The file with every f32 made f64.
std::string inDoubles(const char *path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(bool(file));
  return file ? std::regex_replace((*file)->getBuffer().str(), std::regex("f32"), "f64") : "";
}

} // namespace

TEST(Step, ClassifierAgreesWithTheInterpreter) {
  std::string text = inDoubles(NOETHER_SOURCE_DIR "/test/Kernels/Inputs/digits-step.mlir");
  Step(text, "train.step", 1).run(64);
}

TEST(Step, LastPartialBatchAgreesWithTheInterpreter) {
  std::string text = inDoubles(NOETHER_SOURCE_DIR "/test/Kernels/Inputs/digits-step.mlir");
  Step(text, "train.step", 2).run(7);
}

/// The step of a weight matrix by its gradient and a moment: maps of a contraction's cells. Neither rows nor columns
/// are whole tiles, and the last examples are missing.
TEST(Step, MapsOfResultsAgreeWithTheInterpreter) {
  Step(R"mlir(
    #bk = affine_map<(b, k, o)[s] -> (b, k)>
    #bo = affine_map<(b, k, o)[s] -> (b, o)>
    #ko = affine_map<(b, k, o)[s] -> (k, o)>
    #here = affine_map<(k, o) -> (k, o)>
    #row = affine_map<(k, o) -> (o)>
    func.func @step(
        %x: tensor<40x75xf64> {nn.binding = #nn.bind<field, "x">, nn.per_example},
        %g: tensor<40x107xf64> {nn.binding = #nn.bind<field, "g">, nn.per_example},
        %w: tensor<75x107xf64> {nn.binding = #nn.bind<param, "w">},
        %c: tensor<107xf64> {nn.binding = #nn.bind<param, "c">},
        %v: tensor<75x107xf64> {nn.binding = #nn.bind<state, "v">},
        %size: tensor<i32> {nn.binding = #nn.bind<batch_size, "">})
        -> (tensor<75x107xf64> {nn.binding = #nn.bind<param, "w">}, tensor<75x107xf64> {nn.binding = #nn.bind<state, "v">},
            tensor<107xf64> {nn.binding = #nn.bind<param, "c">}) {
      %d = nn.equation sum [40, 75, 107] reads(%x, %g) [#bk, #bo] tables(%size) [affine_map<(b, k, o)[s] -> ()>] writes #ko
          where affine_set<(b, k, o)[s] : (s - b - 1 >= 0)> {
      ^bb0(%a: f64, %e: f64):
        %p = arith.mulf %a, %e : f64
        nn.yield %p : f64
      } : (tensor<40x75xf64>, tensor<40x107xf64>, tensor<i32>) -> tensor<75x107xf64>
      %v1 = nn.equation map [75, 107] reads(%v, %d, %c) [#here, #here, #row] writes #here {
      ^bb0(%a: f64, %e: f64, %h: f64):
        %decay = arith.constant 0.9 : f64
        %p = arith.mulf %a, %decay : f64
        %q = arith.addf %p, %e : f64
        %r = arith.addf %q, %h : f64
        nn.yield %r : f64
      } : (tensor<75x107xf64>, tensor<75x107xf64>, tensor<107xf64>) -> tensor<75x107xf64>
      %w1 = nn.equation map [75, 107] reads(%w, %v1, %d) [#here, #here, #here] writes #here {
      ^bb0(%a: f64, %e: f64, %f: f64):
        %p = arith.mulf %e, %f : f64
        %q = arith.subf %a, %p : f64
        nn.yield %q : f64
      } : (tensor<75x107xf64>, tensor<75x107xf64>, tensor<75x107xf64>) -> tensor<75x107xf64>
      return %w1, %v1, %c : tensor<75x107xf64>, tensor<75x107xf64>, tensor<107xf64>
    })mlir",
       "step", 3)
      .run(33);
}

// --nn-interpret: runs every function that says on what (`nn.run`), and compares with what it expects or prints the
// answer.
//
// `nn.run` is a dictionary, or an array of them, all entries optional: `args` (values of arguments without a binding,
// in order), `parameters`, `states`, `settings`, `arguments` (dictionaries by path or name), `seed`, `step`,
// `total_steps`, `batch_size`, `rows` (integers), `examples` (a tensor of i32), `training` (a bool), `expect` (values
// of the results), `updated` (a dictionary: values of parameters and states afterwards). Values are dense elements; a
// per-example one has a leading axis of the rows.
#include "Interpreter/InterpretPass.h"

#include "Interpreter/Interpreter.h"

#include "mlir/Pass/Pass.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace nn;
using namespace nn::interpreter;

static Tensor tensorOf(DenseElementsAttr elements) {
  Tensor tensor;
  ArrayRef<int64_t> shape = elements.getType().getShape();
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.isFloat = isa<FloatType>(elements.getElementType());
  if (!tensor.isFloat) {
    bool isFlag = elements.getElementType().isInteger(1);
    for (const APInt &x : elements.getValues<APInt>())
      tensor.integers.push_back(isFlag ? static_cast<int64_t>(x.getZExtValue()) : x.getSExtValue());
    return tensor;
  }
  for (APFloat x : elements.getValues<APFloat>()) {
    bool loses;
    x.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
    tensor.floats.push_back(x.convertToDouble());
  }
  return tensor;
}

static std::map<std::string, Tensor> tensorsOf(DictionaryAttr run, StringRef name) {
  std::map<std::string, Tensor> tensors;
  if (auto entries = run.getAs<DictionaryAttr>(name))
    for (NamedAttribute entry : entries)
      if (auto elements = dyn_cast<DenseElementsAttr>(entry.getValue()))
        tensors[entry.getName().str()] = tensorOf(elements);
  return tensors;
}

static std::vector<Tensor> listOf(DictionaryAttr run, StringRef name) {
  std::vector<Tensor> tensors;
  if (auto entries = run.getAs<ArrayAttr>(name))
    for (auto elements : entries.getAsRange<DenseElementsAttr>())
      tensors.push_back(tensorOf(elements));
  return tensors;
}

static void print(const Tensor &tensor, StringRef name) {
  llvm::outs() << name << " = [";
  llvm::interleaveComma(tensor.shape, llvm::outs());
  llvm::outs() << "]";
  for (double x : tensor.floats)
    llvm::outs() << " " << llvm::format("%.9g", x);
  for (int64_t x : tensor.integers)
    llvm::outs() << " " << x;
  llvm::outs() << "\n";
}

/// Equal up to rounding; infinities and NaN like themselves.
static bool agree(double x, double y) {
  constexpr double tolerance = 1e-9;
  if (std::isnan(x) || std::isnan(y))
    return std::isnan(x) && std::isnan(y);
  return x == y || std::fabs(x - y) <= tolerance * (1 + std::fabs(y));
}

static LogicalResult compare(Location loc, const Tensor &found, const Tensor &expected, const Twine &what) {
  if (found.shape != expected.shape || found.isFloat != expected.isFloat)
    return emitError(loc) << what << " has another shape or kind of element than expected";
  auto differ = [&](size_t element, double x, double y) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.17g at element %zu, expected %.17g", x, element, y);
    return emitError(loc) << what << " is " << text;
  };
  for (size_t e = 0; e < found.floats.size(); ++e)
    if (!agree(found.floats[e], expected.floats[e]))
      return differ(e, found.floats[e], expected.floats[e]);
  for (size_t e = 0; e < found.integers.size(); ++e)
    if (found.integers[e] != expected.integers[e])
      return differ(e, found.integers[e], expected.integers[e]);
  return success();
}

static Inputs inputsOf(DictionaryAttr run, Options &options) {
  Inputs inputs;
  auto integer = [&](StringRef name, int64_t otherwise) {
    auto attr = run.getAs<IntegerAttr>(name);
    return attr ? attr.getInt() : otherwise;
  };
  inputs.positional = listOf(run, "args");
  inputs.parameters = tensorsOf(run, "parameters");
  inputs.states = tensorsOf(run, "states");
  inputs.settings = tensorsOf(run, "settings");
  inputs.arguments = tensorsOf(run, "arguments");
  inputs.seed = integer("seed", 0);
  inputs.step = integer("step", 1);
  inputs.totalSteps = integer("total_steps", 1);
  inputs.batchSize = integer("batch_size", -1);
  if (auto examples = run.getAs<DenseElementsAttr>("examples"))
    for (int64_t place : tensorOf(examples).integers)
      inputs.examples.push_back(static_cast<int32_t>(place));
  options.rows = integer("rows", 0);
  if (auto training = run.getAs<BoolAttr>("training"))
    options.training = training.getValue();
  return inputs;
}

static LogicalResult runCase(ModuleOp module, func::FuncOp function, DictionaryAttr run) {
  Options options;
  FailureOr<Outputs> outputs = interpret(module, function.getName(), inputsOf(run, options), options);
  if (failed(outputs))
    return failure();
  std::map<std::string, Tensor> updated = outputs->parameters;
  updated.insert(outputs->states.begin(), outputs->states.end());
  if (!run.contains("expect") && !run.contains("updated")) {
    for (auto [k, result] : llvm::enumerate(outputs->results))
      print(result, (function.getName() + "#" + Twine(k)).str());
    for (const auto &[path, value] : updated)
      print(value, (function.getName() + "@" + path).str());
    return success();
  }
  std::vector<Tensor> expected = listOf(run, "expect");
  for (size_t k = 0; k < std::min(expected.size(), outputs->results.size()); ++k)
    if (failed(compare(function.getLoc(), outputs->results[k], expected[k], "result " + Twine(k))))
      return failure();
  for (const auto &[path, value] : tensorsOf(run, "updated")) {
    if (!updated.count(path))
      return emitError(function.getLoc()) << "`" << path << "` was not updated";
    if (failed(compare(function.getLoc(), updated[path], value, "`" + Twine(path) + "`")))
      return failure();
  }
  return success();
}

namespace {
struct InterpretPass : PassWrapper<InterpretPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(InterpretPass)

  StringRef getArgument() const override { return "nn-interpret"; }
  StringRef getDescription() const override {
    return "run functions on what their `nn.run` says; compare with what it expects, or print the answer";
  }
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<Attribute> runs;
      if (auto several = function->getAttrOfType<ArrayAttr>("nn.run"))
        llvm::append_range(runs, several);
      else if (Attribute one = function->getAttr("nn.run"))
        runs.push_back(one);
      for (Attribute run : runs)
        if (failed(runCase(getOperation(), function, cast<DictionaryAttr>(run))))
          return signalPassFailure();
    }
    markAllAnalysesPreserved();
  }
};
} // namespace

void nn::registerInterpreterPasses() { PassRegistration<InterpretPass>(); }

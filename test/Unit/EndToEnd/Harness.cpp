// The stages of a compilation, each against the one before.
#include "Harness.h"
#include "../Support/Loaded.h"
#include "OnDevice.h"

#include "Dialect/NN/IR/NN.h"
#include "Frontend/Emit/Emit.h"
#include "Frontend/Parse/Parser.h"
#include "Frontend/Sema/Sema.h"
#include "Kernels/Passes.h"
#include "Pipeline/Lowering.h"
#include "Pipeline/Stdlib.h"

#include "noether/routines.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;
using mlir::failed;

/// What compiled code calls, linked in. Code for AVX2 and above has names of its own for it.
#define ROUTINE(NAME)                                                                                                  \
  extern "C" __attribute__((visibility("default"))) void NAME##_avx2(const nn_routine *routine, void *const *buffers,  \
                                                                     int64_t begin, int64_t end, void *workspace) {    \
    NAME(routine, buffers, begin, end, workspace);                                                                     \
  }
ROUTINE(nnrt_solve)
ROUTINE(nnrt_cholesky)
ROUTINE(nnrt_eigh)
ROUTINE(nnrt_svd)
ROUTINE(nnrt_fft)
ROUTINE(nnrt_fft_inverse)
ROUTINE(nnrt_order)
ROUTINE(nnrt_group)
#undef ROUTINE
__attribute__((used)) static nn_routine_code *const routines[] = {nnrt_solve, nnrt_cholesky,    nnrt_eigh,  nnrt_svd,
                                                                  nnrt_fft,   nnrt_fft_inverse, nnrt_order, nnrt_group};

// ---- the front end

namespace {
struct Prelude {
  SourceManager sources;
  std::vector<std::unique_ptr<ast::File>> files;
  std::vector<const ast::File *> pointers;
  std::vector<std::unique_ptr<ast::File>> modules; ///< of the library, which programs name

  Prelude() {
    DiagnosticEngine diagnostics(sources);
    files = parseStdlib(sources, diagnostics);
    for (auto &file : files)
      pointers.push_back(file.get());
    for (llvm::StringRef name : libraryModuleNames())
      modules.push_back(parseLibraryModule(name, sources, diagnostics));
  }
};

Prelude &prelude() {
  static Prelude one;
  return one;
}

Counts counted;
} // namespace

const std::vector<std::unique_ptr<ast::File>> &nn::test::library() { return prelude().files; }
const std::vector<std::unique_ptr<ast::File>> &nn::test::libraryModules() { return prelude().modules; }
std::string nn::test::moduleName(uint32_t file) { return llvm::sys::path::stem(prelude().sources.path(file)).str(); }
llvm::StringRef nn::test::sourceText(SourceRange range) { return prelude().sources.text(range); }
const Counts &nn::test::counts() { return counted; }

mlir::MLIRContext &nn::test::sharedContext() {
  static std::unique_ptr<mlir::MLIRContext> context = [] {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    auto made = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *context;
}

mlir::OwningOpRef<mlir::ModuleOp> nn::test::translate(const std::string &text, std::string &failure,
                                                      const std::string &directory) {
  SourceManager &sources = prelude().sources;
  DiagnosticEngine diagnostics(sources);
  mlir::OwningOpRef<mlir::ModuleOp> module;
  auto file = parse::parseFile(sources, sources.add("program.nn", text), diagnostics);
  sema::Options options;
  options.programName = "program";
  options.sourceDirectory = directory;
  for (const ast::Item *item : file ? file->items : std::vector<ast::Item *>())
    if (auto *use = llvm::dyn_cast<ast::Use>(item))
      for (auto &known : prelude().modules)
        if (sources.path(known->file) == libraryModulePath(use->path[0].text))
          options.uses[use] = known.get();
  auto checked = file ? sema::check(*file, prelude().pointers, diagnostics, options) : nullptr;
  if (checked)
    module = emit::emit(*checked, sharedContext(), sources, diagnostics);
  llvm::raw_string_ostream out(failure);
  diagnostics.flush(out, {});
  if (module && failed(mlir::verify(*module))) {
    out << "the module is malformed";
    module = nullptr;
  }
  return module;
}

// ---- roots and their arguments

static std::vector<std::string> rootNames(mlir::ModuleOp module) {
  std::vector<std::string> names = {"init"};
  for (mlir::Operation &op : module.getOps())
    if (auto recipe = llvm::dyn_cast<RecipeOp>(op)) {
      names.push_back(recipe.getStep().str());
      names.push_back(recipe.getEval().str());
    } else if (auto command = llvm::dyn_cast<CommandOp>(op)) {
      names.push_back(command.getFunction().str());
    }
  return names;
}

/// Commands get a batch: their arguments become fields.
static void giveBatch(mlir::ModuleOp module, int64_t bound, bool training) {
  mlir::Builder builder(module.getContext());
  for (CommandOp command : module.getOps<CommandOp>()) {
    auto root = module.lookupSymbol<mlir::func::FuncOp>(command.getFunction());
    if (training)
      root->setAttr(trainingAttrName, builder.getUnitAttr());
    if (bound == 0)
      continue;
    root->setAttr(batchAttrName, builder.getI64IntegerAttr(bound));
    for (unsigned k = 0; k < root.getNumArguments(); ++k) {
      auto bind = root.getArgAttrOfType<BindAttr>(k, bindingAttrName);
      if (bind.getName().starts_with("shared"))
        continue;
      root.setArgAttr(k, bindingAttrName, BindAttr::get(module.getContext(), Binding::field, bind.getName()));
      root.setArgAttr(k, perExampleAttrName, builder.getUnitAttr());
    }
  }
}

/// Every draw written in a recipe itself becomes a field.
static void makeFields(mlir::ModuleOp module) {
  for (RecipeOp recipe : module.getOps<RecipeOp>())
    for (llvm::StringRef name : {recipe.getStep(), recipe.getEval()}) {
      auto root = module.lookupSymbol<mlir::func::FuncOp>(name);
      unsigned number = 0;
      for (SampleOp sample : llvm::make_early_inc_range(root.getOps<SampleOp>())) {
        mlir::Builder builder(module.getContext());
        auto field = BindAttr::get(module.getContext(), Binding::field, "draw" + std::to_string(number++));
        auto attributes = builder.getDictionaryAttr({builder.getNamedAttr(bindingAttrName, field),
                                                     builder.getNamedAttr(perExampleAttrName, builder.getUnitAttr())});
        unsigned place = root.getNumArguments();
        EXPECT_TRUE(mlir::succeeded(root.insertArgument(place, sample.getType(), attributes, sample.getLoc())));
        sample.replaceAllUsesWith(mlir::Value(root.getArgument(place)));
        sample.erase();
      }
    }
}

/// A number as tests want it: mostly in general position, sometimes where functions have kinks.
static double drawNumber(std::mt19937 &chance, bool generic) {
  static const double corners[] = {-1, -0.5, 0, 0.5, 1, 2};
  if (!generic && chance() % 6 == 0)
    return corners[chance() % 6];
  return std::uniform_real_distribution<double>(-2, 2)(chance);
}

static Tensor randomTensor(mlir::ShapedType type, std::vector<int64_t> leading, int64_t validRows, int64_t bound,
                           bool generic, std::mt19937 &chance) {
  Tensor result;
  result.shape = std::move(leading);
  int64_t rows = result.shape.empty() ? 1 : result.shape[0];
  result.shape.insert(result.shape.end(), type.getShape().begin(), type.getShape().end());
  result.isFloat = llvm::isa<mlir::FloatType>(type.getElementType());
  if (type.getElementType().isInteger(1))
    bound = 2;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t k = 0; k < type.getNumElements(); ++k) {
      double number = drawNumber(chance, generic);
      if (type.getElementType().isF32())
        number = float(number);
      if (!result.isFloat)
        result.integers.push_back(bound > 0 ? int64_t(chance() % uint64_t(bound)) : int64_t(chance() % 9) - 4);
      else
        result.floats.push_back(row < validRows ? number : NAN);
    }
  return result;
}

/// The entry of a command's argument, or of a field of data that a training takes; null for what is none.
static mlir::DictionaryAttr argumentEntry(mlir::ModuleOp module, llvm::StringRef root, llvm::StringRef name) {
  for (CommandOp command : module.getOps<CommandOp>())
    if (command.getFunction() == root)
      for (auto entry : command.getArguments().getAsRange<mlir::DictionaryAttr>())
        if (entry.getAs<mlir::StringAttr>("name").getValue() == name)
          return entry;
  for (DatasetOp dataset : module.getOps<DatasetOp>())
    for (auto field : dataset.getFields().getAsRange<mlir::DictionaryAttr>())
      if (field.getAs<mlir::StringAttr>("name").getValue() == name)
        return field;
  return {};
}

/// The lengths of each row, from the shortest that the program takes to the bound and back.
static Tensor lengthsOf(mlir::ModuleOp module, mlir::StringAttr name, const Batch &batch, const Trial &trial) {
  auto notEmpty = module->getAttrOfType<mlir::ArrayAttr>("nn.not_empty");
  int64_t least = notEmpty && llvm::is_contained(notEmpty, mlir::Attribute(name)), bound = 0;
  bool number = !name.getValue().split("<=").second.getAsInteger(10, bound);
  EXPECT_TRUE(number) << "a length without a bound: " << name.str();
  Tensor lengths = Tensor::ofIntegers({}, {least + int64_t(trial.seed) % (bound - least + 1)});
  if (batch.bound == 0)
    return lengths;
  lengths = Tensor::ofIntegers({batch.bound}, {});
  for (int64_t row = 0; row < batch.bound; ++row)
    lengths.integers.push_back(row < batch.rows ? bound - (row * 5 + int64_t(trial.seed)) % (bound - least + 1)
                                                : least);
  return lengths;
}

/// What lies behind the lengths of an argument is NaN; indices lie below theirs.
static void applyLengths(mlir::ModuleOp module, mlir::DictionaryAttr entry, Tensor &value, const Batch &batch,
                         const Trial &trial, interpreter::Inputs &inputs) {
  auto lengths = entry.getAs<mlir::ArrayAttr>("lengths");
  auto below = entry.getAs<mlir::StringAttr>("below");
  auto known = [&](mlir::StringAttr name) -> Tensor & {
    auto [at, isNew] = inputs.arguments.insert({name.str(), {}});
    if (isNew)
      at->second = lengthsOf(module, name, batch, trial);
    return at->second;
  };
  int64_t rows = batch.bound ? batch.bound : 1, skip = batch.bound ? 1 : 0;
  int64_t elements = int64_t(value.isFloat ? value.floats.size() : value.integers.size()) / rows;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t element = 0; element < elements; ++element) {
      int64_t rest = element, at = row * elements + element;
      bool real = true;
      for (int64_t axis = int64_t(value.shape.size()) - 1; axis >= skip; --axis) {
        auto name = lengths ? llvm::cast<mlir::StringAttr>(lengths[axis - skip]) : mlir::StringAttr();
        if (name && !name.empty())
          real &= rest % value.shape[axis] < known(name).integers[row];
        rest /= value.shape[axis];
      }
      if (below && !value.isFloat)
        value.integers[at] %= std::max<int64_t>(known(below).integers[row], 1);
      if (!real && value.isFloat)
        value.floats[at] = NAN;
      else if (!real)
        value.integers[at] = 0;
    }
}

interpreter::Inputs nn::test::randomInputs(mlir::ModuleOp module, mlir::func::FuncOp root, const Batch &batch,
                                           const Trial &trial) {
  std::mt19937 chance(trial.seed);
  interpreter::Inputs inputs;
  inputs.seed = 0x123456789abcull + trial.seed;
  inputs.step = 1;
  inputs.totalSteps = 10;
  bool hasBatch = root->hasAttr(batchAttrName);
  inputs.batchSize = hasBatch ? batch.rows : -1;
  for (int64_t row = 0; hasBatch && row < batch.bound; ++row)
    inputs.examples.push_back(trial.firstExample + int32_t(row) * trial.exampleStride);
  std::map<std::string, int64_t> classes;
  for (CommandOp command : module.getOps<CommandOp>())
    if (command.getFunction() == root.getName())
      for (auto entry : command.getArguments().getAsRange<mlir::DictionaryAttr>())
        if (auto count = entry.getAs<mlir::IntegerAttr>("classes"))
          classes[entry.getAs<mlir::StringAttr>("name").str()] = count.getInt();
  for (DatasetOp dataset : module.getOps<DatasetOp>())
    for (auto field : dataset.getFields().getAsRange<mlir::DictionaryAttr>())
      if (auto count = field.getAs<mlir::IntegerAttr>("classes"))
        classes[field.getAs<mlir::StringAttr>("name").str()] = count.getInt();
  for (unsigned k = 0; k < root.getNumArguments(); ++k) {
    auto bind = root.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    auto type = llvm::cast<mlir::ShapedType>(root.getArgumentTypes()[k]);
    bool differs = bool(root.getArgAttr(k, perExampleAttrName));
    std::string name = bind.getName().str();
    inputs.arguments[name] = randomTensor(type, differs ? std::vector<int64_t>{batch.bound} : std::vector<int64_t>{},
                                          differs ? batch.rows : 1, classes[name], trial.generic, chance);
    if (auto entry = argumentEntry(module, root.getName(), name))
      applyLengths(module, entry, inputs.arguments[name], differs ? batch : Batch(), trial, inputs);
  }
  auto plain = [&](mlir::Type type) {
    return randomTensor(llvm::cast<mlir::ShapedType>(type), {}, 1, 0, true, chance);
  };
  for (ParameterOp parameter : module.getOps<ParameterOp>()) {
    Tensor &value = inputs.parameters[parameter.getSymName().str()] = plain(parameter.getType());
    for (double &number : value.floats)
      if (trial.deep) // small, as they begin: what saturates ties in f32, and not in f64
        number = float(number * 0.1);
  }
  for (StateVarOp state : module.getOps<StateVarOp>()) {
    // Second moments and variances are states; they are not negative.
    Tensor &value = inputs.states[state.getSymName().str()] = plain(state.getType());
    for (double &number : value.floats)
      number = std::fabs(number) + 0.25;
  }
  return inputs;
}

// ---- numbers in memory

static void writeNumbers(char *to, const nn_type &type, const Tensor &from, llvm::ArrayRef<int64_t> places = {}) {
  size_t count = from.isFloat ? from.floats.size() : from.integers.size();
  for (size_t k = 0; k < count; ++k) {
    size_t at = places.empty() ? k : places[k];
    if (type.dtype == NN_F64)
      reinterpret_cast<double *>(to)[at] = from.floats[k];
    else if (type.dtype == NN_F32)
      reinterpret_cast<float *>(to)[at] = float(from.floats[k]);
    else if (type.dtype == NN_I32)
      reinterpret_cast<int32_t *>(to)[at] = int32_t(from.integers[k]);
    else
      to[at] = char(from.integers[k]);
  }
}

static Tensor readNumbers(const char *from, const nn_type &type, llvm::ArrayRef<int64_t> places = {}) {
  Tensor result;
  result.shape.assign(type.shape, type.shape + type.rank);
  int64_t count = 1;
  for (int64_t extent : result.shape)
    count *= extent;
  result.isFloat = type.dtype == NN_F64 || type.dtype == NN_F32;
  for (int64_t k = 0; k < count; ++k) {
    int64_t at = places.empty() ? k : places[k];
    if (type.dtype == NN_F64)
      result.floats.push_back(reinterpret_cast<const double *>(from)[at]);
    else if (type.dtype == NN_F32)
      result.floats.push_back(reinterpret_cast<const float *>(from)[at]);
    else
      result.integers.push_back(type.dtype == NN_I32 ? reinterpret_cast<const int32_t *>(from)[at] : from[at]);
  }
  return result;
}

// ---- one program in one batch

namespace {
class Runner {
public:
  Runner(mlir::ModuleOp program, int64_t bound, const Trial &trial) : trial(trial), bound(bound) {
    source = program.clone();
    giveBatch(*source, bound, trial.training);
    if (trial.drawsAreFields)
      makeFields(*source);
  }

  bool prepare();
  bool run(int64_t rows);

private:
  bool lower(mlir::OwningOpRef<mlir::ModuleOp> &module, void (*build)(mlir::OpPassManager &), const char *stage);
  bool runRoot(const std::string &name, const Batch &batch);
  bool runStep(const std::string &name, const interpreter::Inputs &inputs, const Batch &batch,
               interpreter::Outputs &truth);
  bool runCompiled(const std::string &name, Loaded &loaded, const interpreter::Inputs &inputs, const Batch &batch,
                   const interpreter::Outputs &truth);
  /// Compares `actual` with the truth of the stage on tensors, in the valid rows.
  bool compare(const std::string &what, const Tensor &actual, const Tensor &truth, const Batch &rows, double tolerance);
  double tolerance(bool isFloat32 = false) const;
  double tolerance(mlir::Type type) const {
    return tolerance(llvm::cast<mlir::ShapedType>(type).getElementType().isF32());
  }
  /// The rows of a result that differs by example; bound 0 for shared ones.
  Batch rowsOf(mlir::func::FuncOp root, unsigned result, const Batch &batch);

  const Trial &trial;
  int64_t bound;
  mlir::OwningOpRef<mlir::ModuleOp> source, flat, planned;
  std::vector<std::unique_ptr<Loaded>> loaded;
  std::unique_ptr<OnDevice> device; ///< instead of these
};
} // namespace

bool Runner::lower(mlir::OwningOpRef<mlir::ModuleOp> &module, void (*build)(mlir::OpPassManager &), const char *stage) {
  std::string said;
  mlir::ScopedDiagnosticHandler handler(&sharedContext(), [&](mlir::Diagnostic &diagnostic) {
    said += diagnostic.str() + "\n";
    return mlir::success();
  });
  mlir::PassManager passes(&sharedContext());
  build(passes);
  if (mlir::succeeded(passes.run(*module)))
    return true;
  ADD_FAILURE() << stage << " fails for a batch of " << bound << ": " << said;
  return false;
}

bool Runner::prepare() {
  flat = source->clone();
  if (!lower(flat, buildTensorPipeline, "the tensor pipeline"))
    return false;
  planned = flat->clone();
  if (!lower(planned, buildKernelPipeline, "the kernel pipeline"))
    return false;
  if (OnDevice::isWanted()) {
    std::string failure;
    device = OnDevice::fromModule(*planned, failure);
    if (!device)
      ADD_FAILURE() << "nothing runs on a device for a batch of " << bound << ": " << failure;
    return bool(device);
  }
  for (ISA isa : trial.isas) {
    if (isa > hostISA())
      continue;
    std::string failure;
    loaded.push_back(Loaded::fromModule(*planned, isa, failure));
    if (!loaded.back()) {
      ADD_FAILURE() << "no machine code for a batch of " << bound << ": " << failure;
      return false;
    }
  }
  return true;
}

Batch Runner::rowsOf(mlir::func::FuncOp root, unsigned result, const Batch &batch) {
  auto before = source->lookupSymbol<mlir::func::FuncOp>(root.getName());
  if (result >= before.getNumResults())
    return {};
  auto rank = [&](mlir::func::FuncOp function) {
    return llvm::cast<mlir::ShapedType>(function.getResultTypes()[result]).getRank();
  };
  return rank(root) > rank(before) ? batch : Batch();
}

bool Runner::compare(const std::string &what, const Tensor &actual, const Tensor &truth, const Batch &rows,
                     double tolerance) {
  size_t count = truth.isFloat ? truth.floats.size() : truth.integers.size();
  size_t found = actual.isFloat ? actual.floats.size() : actual.integers.size();
  if (rows.bound > 0)
    count = count / size_t(rows.bound) * size_t(rows.rows);
  if (found < count || actual.isFloat != truth.isFloat) {
    ADD_FAILURE() << what << " has " << found << " elements instead of " << count;
    return false;
  }
  counted.numbers += int64_t(count);
  double largest = 0;
  for (size_t k = 0; trial.deep && truth.isFloat && k < count; ++k)
    if (std::isfinite(truth.floats[k]))
      largest = std::fmax(largest, std::fabs(truth.floats[k]));
  for (size_t k = 0; k < count; ++k) {
    if (!truth.isFloat) {
      if (actual.integers[k] == truth.integers[k])
        continue;
      ADD_FAILURE() << what << "[" << k << "]: " << actual.integers[k] << " instead of " << truth.integers[k];
      return false;
    }
    double a = actual.floats[k], b = truth.floats[k], magnitude = truth.magnitudes[k];
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    if (trial.deep)
      magnitude = std::fmax(magnitude, largest);
    // Where a derivative is infinite its first order says nothing.
    if (!std::isfinite(magnitude))
      magnitude = std::fabs(b) + 1;
    if (std::fabs(a - b) <= tolerance * magnitude + 1e-300)
      continue;
    ADD_FAILURE() << what << "[" << k << "]: " << a << " instead of " << b << ", by " << std::fabs(a - b)
                  << " where the terms add up to " << magnitude;
    return false;
  }
  return true;
}

bool Runner::run(int64_t rows) {
  for (const std::string &name : rootNames(*source))
    if (!runRoot(name, {bound, rows}))
      return false;
  return true;
}

bool Runner::runRoot(const std::string &name, const Batch &batch) {
  auto root = source->lookupSymbol<mlir::func::FuncOp>(name);
  auto rootBound = root->getAttrOfType<mlir::IntegerAttr>(batchAttrName);
  Batch own;
  if (rootBound)
    own = {rootBound.getInt(), batch.bound ? std::min(batch.rows, rootBound.getInt()) : rootBound.getInt()};
  interpreter::Inputs inputs = randomInputs(*source, root, own, trial);
  for (int64_t step = 1; step <= trial.steps; ++step) {
    inputs.step = step;
    interpreter::Outputs truth;
    if (!runStep(name, inputs, own, truth))
      return false;
    for (auto &[path, value] : truth.parameters)
      inputs.parameters[path] = value;
    for (auto &[path, value] : truth.states)
      inputs.states[path] = value;
  }
  ++counted.roots;
  return true;
}

double Runner::tolerance(bool isFloat32) const {
  constexpr double ofDouble = 1e-12, ofFloat = 1e-5, deep = 100; // many equations lose more than one
  return (isFloat32 ? ofFloat : ofDouble) * (trial.deep ? deep : 1);
}

bool Runner::runStep(const std::string &name, const interpreter::Inputs &inputs, const Batch &batch,
                     interpreter::Outputs &truth) {
  std::string where = name + " in a batch of " + std::to_string(batch.rows) + " of " + std::to_string(batch.bound);
  auto written = interpreter::interpret(*source, name, inputs);
  interpreter::Options options;
  options.magnitudes = true;
  auto outputs = interpreter::interpret(*flat, name, inputs, options);
  if (failed(written) || failed(outputs)) {
    ADD_FAILURE() << where << " cannot be interpreted";
    return false;
  }
  truth = *outputs;
  auto root = flat->lookupSymbol<mlir::func::FuncOp>(name);
  for (unsigned k = 0; k < written->results.size(); ++k)
    if (!compare(where + ": result " + std::to_string(k) + " as written", written->results[k], truth.results[k],
                 rowsOf(root, k, batch), tolerance(root.getResultTypes()[k])))
      return false;
  for (auto [all, flatAll] : {std::pair(&written->parameters, &truth.parameters), {&written->states, &truth.states}})
    for (auto &[path, value] : *flatAll)
      if (!all->count(path) || !compare(where + ": " + path + " as written", (*all)[path], value, {}, tolerance()))
        return false;
  for (auto &each : loaded)
    if (!runCompiled(where, *each, inputs, batch, truth))
      return false;
  return !device || runCompiled(where, device->loaded(), inputs, batch, truth);
}

/// What a binding of a compiled function is given.
static Tensor argumentOf(const nn_binding &binding, const interpreter::Inputs &inputs) {
  switch (binding.kind) {
  case NN_BIND_BATCH_SIZE:
    return Tensor::ofIntegers({}, {inputs.batchSize});
  case NN_BIND_STEP:
    return Tensor::ofIntegers({}, {inputs.step});
  case NN_BIND_TOTAL_STEPS:
    return Tensor::ofIntegers({}, {inputs.totalSteps});
  case NN_BIND_KEY: {
    int64_t rows = binding.type.rank == 2 ? binding.type.shape[0] : 1;
    std::vector<int64_t> words;
    for (int64_t row = 0; row < rows; ++row)
      words.insert(words.end(), {int64_t(inputs.seed & 0xffffffff), int64_t(inputs.seed >> 32), inputs.step,
                                 binding.type.rank == 2 ? inputs.examples[row] : 0});
    return Tensor::ofIntegers({rows, 4}, std::move(words));
  }
  default:
    return inputs.arguments.at(binding.name);
  }
}

bool Runner::runCompiled(const std::string &where, Loaded &model, const interpreter::Inputs &inputs, const Batch &batch,
                         const interpreter::Outputs &truth) {
  ++counted.runs;
  std::string name = where.substr(0, where.find(' '));
  auto root = flat->lookupSymbol<mlir::func::FuncOp>(name);
  const nn_function *function = model.function(name);
  if (!function) {
    ADD_FAILURE() << "the program does not list " << name;
    return false;
  }
  if (device && !function->gpu)
    return true; // as `init`
  const nn_program &program = model.program();
  Block persistent(program.persistent_bytes), settings(program.settings_bytes), io(function->io_bytes);
  int64_t set = function->variants[0].isa;
  std::string isa = device                 ? " (on the device)"
                    : set >= NN_ISA_AVX512 ? " (avx512)"
                    : set == NN_ISA_AVX2   ? " (avx2)"
                                           : " (baseline)";
  auto valueOf = [](const nn_tensor &tensor, auto &parameters, auto &states) {
    auto found = parameters.find(tensor.path);
    if (found != parameters.end())
      return &found->second;
    auto other = states.find(tensor.path);
    return other == states.end() ? nullptr : &other->second;
  };
  for (int64_t k = 0; k < program.tensor_count; ++k) {
    const nn_tensor &tensor = program.tensors[k];
    writeNumbers(persistent.as<char>(tensor.offset), tensor.type, *valueOf(tensor, inputs.parameters, inputs.states),
                 storedPlaces(tensor));
  }
  for (int64_t k = 0; k < program.setting_count; ++k) {
    const nn_setting &setting = program.settings[k];
    writeNumbers(settings.as<char>(setting.offset), {setting.dtype, 0, nullptr}, Tensor::ofFloats({}, {setting.value}));
  }
  for (int64_t k = 0; k < function->argument_count; ++k)
    writeNumbers(io.as<char>(function->arguments[k].offset), function->arguments[k].type,
                 argumentOf(function->arguments[k], inputs));
  std::string failure;
  if (!device) {
    model.run(*function, persistent, settings, io, 1 + int64_t(trial.seed % 3));
  } else if (!device->run(*function, persistent, settings, io, failure)) {
    ADD_FAILURE() << where << isa << ": " << failure;
    return false;
  }
  std::vector<Tensor> results;
  for (int64_t k = 0; k < function->result_count; ++k) {
    const nn_binding &result = function->results[k];
    results.push_back(readNumbers(io.as<char>(result.offset), result.type));
    if (!compare(where + isa + ": result " + std::to_string(k), results.back(), truth.results[k],
                 rowsOf(root, unsigned(k), batch), trial.exact && !device ? 0 : tolerance(root.getResultTypes()[k])))
      return false;
  }
  if (trial.watch)
    trial.watch(name, inputs, results);
  for (int64_t k = 0; k < program.tensor_count; ++k) {
    const nn_tensor &tensor = program.tensors[k];
    const Tensor *updated = valueOf(tensor, truth.parameters, truth.states);
    Tensor expected = updated ? *updated : *valueOf(tensor, inputs.parameters, inputs.states);
    expected.magnitudes.resize(expected.floats.size()); // what is not updated keeps its bits
    if (!compare(where + isa + ": " + tensor.path,
                 readNumbers(persistent.as<char>(tensor.offset), tensor.type, storedPlaces(tensor)), expected, {},
                 tolerance(tensor.type.dtype == NN_F32)))
      return false;
  }
  return true;
}

bool nn::test::agrees(const std::string &text, const Trial &trial) {
  std::string failure;
  auto module = translate(text, failure, trial.sourceDirectory);
  if (!module) {
    ADD_FAILURE() << failure << "in the program\n" << text;
    return false;
  }
  ++counted.programs;
  std::map<int64_t, std::vector<int64_t>> batches;
  for (const Batch &batch : trial.batches)
    batches[batch.bound].push_back(batch.rows);
  for (auto &[bound, all] : batches) {
    Runner runner(*module, bound, trial);
    bool fine = runner.prepare();
    for (size_t k = 0; fine && k < all.size(); ++k)
      fine = runner.run(all[k]);
    if (!fine) {
      ADD_FAILURE() << "in the program\n" << text;
      return false;
    }
  }
  return true;
}

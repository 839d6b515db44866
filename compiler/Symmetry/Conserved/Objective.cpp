// The step of a recipe, asked for its gradients.
#include "Symmetry/Conserved/Objective.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <array>
#include <cmath>

using namespace mlir;

namespace nn::conserved {

using interpreter::Tensor;

/// Enough examples for statistics over a batch; a step that stacks its batch has as many as it was written for.
static constexpr int64_t examples = 4;

static std::vector<GradOp> gradientsOf(func::FuncOp step) {
  std::vector<GradOp> gradients;
  for (GradOp op : step.getBody().front().getOps<GradOp>())
    if (!op.getWrt().empty() && llvm::all_of(op.getWrt(), [](Value x) { return x.getDefiningOp<ParamOp>(); }))
      gradients.push_back(op);
  return gradients;
}

/// Makes the gradients results, behind those that the step has.
static void returnGradients(func::FuncOp step, ArrayRef<GradOp> gradients) {
  Operation *end = step.getBody().front().getTerminator();
  SmallVector<Value> results(end->getOperands());
  for (GradOp op : gradients)
    for (Value gradient : op.getGrads()) {
      (void)step.insertResult(results.size(), gradient.getType(), {});
      results.push_back(gradient);
    }
  end->setOperands(results);
}

/// How many classes fields of indices have.
static llvm::StringMap<int64_t> classesOf(ModuleOp module, RecipeOp recipe) {
  llvm::StringMap<int64_t> classes;
  auto datasets = recipe.getDatasets();
  auto aliases = recipe.getAliases();
  for (size_t k = 0; datasets && k < datasets->size(); ++k) {
    auto dataset = module.lookupSymbol<DatasetOp>(cast<FlatSymbolRefAttr>((*datasets)[k]).getValue());
    std::string alias = aliases ? cast<StringAttr>((*aliases)[k]).getValue().str() + "." : "";
    for (Attribute each : dataset.getFields()) {
      auto field = cast<DictionaryAttr>(each);
      if (auto count = field.getAs<IntegerAttr>("classes"))
        classes[alias + field.getAs<StringAttr>("name").getValue().str()] = count.getInt();
    }
  }
  return classes;
}

/// Axes with as many entries as an example has, and how many that are at most: "n<=10".
static llvm::StringMap<int64_t> lengthsOf(ModuleOp module) {
  llvm::StringMap<int64_t> lengths;
  module.walk([&](LengthOp op) {
    int64_t most = 0;
    if (!op.getName().split("<=").second.getAsInteger(10, most))
      lengths[op.getName()] = most;
  });
  return lengths;
}

/// The only index in an expression, its coefficient of 1 or -1, and the constant; nothing if it is not of this kind.
static std::optional<std::array<int64_t, 3>> shiftedIndex(AffineExpr expr, EquationOp op) {
  unsigned numDims = op.getNumDims();
  auto coefficients = linearCoefficients(expr, numDims, op.getNumSymbols());
  if (!coefficients)
    return std::nullopt;
  ArrayRef<int64_t> indices = ArrayRef(*coefficients).drop_back();
  const auto *only = llvm::find_if(indices, [](int64_t coefficient) { return coefficient != 0; });
  bool single = only != indices.end() && std::abs(*only) == 1 && unsigned(only - indices.begin()) < numDims &&
                llvm::count(indices, 0) + 1 == int64_t(indices.size());
  return single ? std::optional(std::array<int64_t, 3>{only - indices.begin(), *only, coefficients->back()})
                : std::nullopt;
}

/// What lies between two cuts is an axis of its own somewhere, and is cut where others lie between them.
static std::map<int64_t, std::set<int64_t>> withInnerCuts(std::map<int64_t, std::set<int64_t>> cuts) {
  constexpr size_t most = 8;
  auto all = cuts;
  for (auto &[entries, places] : cuts) {
    if (places.size() > most)
      continue;
    places.insert({0, entries});
    for (int64_t from : places)
      for (int64_t to : places)
        for (int64_t place : places)
          if (from < place && place < to && to - from < entries)
            all[to - from].insert(place - from);
  }
  return all;
}

/// Slices read an axis from some place on; what `concat` puts together is told apart by conditions on an index.
static std::map<int64_t, std::set<int64_t>> cutsOf(ModuleOp module) {
  std::map<int64_t, std::set<int64_t>> cuts;
  auto add = [&](int64_t entries, int64_t place) {
    if (place > 0 && place < entries)
      cuts[entries].insert(place);
  };
  module.walk([&](EquationOp op) {
    for (auto [k, input] : llvm::enumerate(op.getInputs()))
      for (auto [expr, entries] : llvm::zip(op.getRead(k).getResults(), cast<ShapedType>(input.getType()).getShape()))
        if (auto read = shiftedIndex(expr, op); read && (*read)[1] == 1) {
          add(entries, (*read)[2]);
          add(entries, (*read)[2] + op.getExtents()[(*read)[0]]);
        }
  });
  module.walk([&](arith::CmpIOp comparison) {
    auto op = comparison->getParentOfType<EquationOp>();
    auto known = op ? affineConditionOf(comparison, /*negated=*/false) : std::nullopt;
    auto from = known && !known->equality ? shiftedIndex(known->expr, op) : std::nullopt;
    if (from)
      add(op.getExtents()[(*from)[0]], (*from)[1] == 1 ? -(*from)[2] : (*from)[2] + 1);
  });
  return withInnerCuts(std::move(cuts));
}

std::vector<Objective> Objective::of(ModuleOp module, RecipeOp recipe) {
  auto copy = std::make_shared<OwningOpRef<ModuleOp>>(module.clone());
  auto step = (*copy)->lookupSymbol<func::FuncOp>(recipe.getStep());
  std::vector<GradOp> gradients = gradientsOf(step);
  size_t next = step.getNumResults();
  returnGradients(step, gradients);
  bool stacks = (*copy)->walk([](BatchStackOp) { return WalkResult::interrupt(); }).wasInterrupted();
  if (auto batch = step->getAttrOfType<IntegerAttr>(batchAttrName); batch && !stacks && batch.getInt() > examples)
    step->setAttr(batchAttrName, IntegerAttr::get(batch.getType(), examples));
  // What cannot be run is no mistake of the program.
  ScopedDiagnosticHandler silence(module.getContext(), [](Diagnostic &) { return success(); });
  auto start = interpreter::interpret(**copy, "init", {});
  if (failed(start))
    return {};
  std::vector<Objective> all;
  for (GradOp gradient : gradients) {
    Objective &own = all.emplace_back();
    own.module = copy;
    own.start.parameters = start->parameters;
    own.start.states = start->states;
    own.step = recipe.getStep().str();
    own.firstResult = next;
    next += gradient.getGrads().size();
    own.classes = classesOf(module, recipe);
    own.lengths = lengthsOf(module);
    own.cut = cutsOf(module);
    for (Value x : gradient.getWrt()) {
      auto param = x.getDefiningOp<ParamOp>();
      own.all.push_back({param.getPath().getRootReference().str(), cast<ShapedType>(param.getType()).getShape().vec()});
    }
  }
  return all;
}

std::map<std::string, Tensor> Objective::drawFields(std::mt19937_64 &random) const {
  std::map<std::string, Tensor> fields;
  auto function = (*module)->lookupSymbol<func::FuncOp>(step);
  auto batch = function->getAttrOfType<IntegerAttr>(batchAttrName);
  int64_t rows = batch ? batch.getInt() : 1;
  std::normal_distribution<double> normal;
  for (unsigned k = 0; k < function.getNumArguments(); ++k) {
    auto binding = function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    auto type = cast<ShapedType>(function.getArgumentTypes()[k]);
    if (!binding || binding.getKind() != Binding::field)
      continue;
    std::vector<int64_t> shape = type.getShape().vec();
    if (function.getArgAttr(k, perExampleAttrName))
      shape.insert(shape.begin(), rows);
    size_t count = 1;
    for (int64_t extent : shape)
      count *= size_t(extent);
    if (isa<FloatType>(type.getElementType())) {
      std::vector<double> values(count);
      std::generate(values.begin(), values.end(), [&] { return normal(random); });
      fields[binding.getName().str()] = Tensor::ofFloats(shape, values);
      continue;
    }
    auto known = classes.find(binding.getName());
    auto below = uint64_t(known == classes.end() ? 2 : std::max<int64_t>(1, known->second));
    std::vector<int64_t> values(count);
    std::generate(values.begin(), values.end(), [&] { return int64_t(random() % below); });
    fields[binding.getName().str()] = Tensor::ofIntegers(shape, values);
  }
  for (const auto &length : lengths)
    fields[length.first().str()] = Tensor::ofIntegers({rows}, std::vector<int64_t>(size_t(rows), length.second));
  return fields;
}

std::optional<Sample> Objective::draw(uint64_t seed) const {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> values;
  for (const Parameter &parameter : all) {
    size_t count = 1;
    for (int64_t extent : parameter.shape)
      count *= size_t(extent);
    // About the size that keeps activations at 1.
    double fan = parameter.shape.empty() ? 1 : std::max<double>(1, double(count) / double(parameter.shape[0]));
    std::vector<double> &own = values.emplace_back(count);
    std::generate(own.begin(), own.end(), [&] { return normal(random) / std::sqrt(fan); });
  }
  return gradientAt(std::move(values), seed);
}

std::optional<Sample> Objective::gradientAt(std::vector<std::vector<double>> values, uint64_t seed) const {
  ModuleOp program = module->get();
  // What cannot be run is no mistake of the program.
  ScopedDiagnosticHandler silence(program.getContext(), [](Diagnostic &) { return success(); });
  std::mt19937_64 random(seed + 1);
  interpreter::Inputs inputs = start;
  inputs.seed = seed;
  for (auto [parameter, own] : llvm::zip_equal(all, values))
    inputs.parameters[parameter.path] = Tensor::ofFloats(parameter.shape, own);
  inputs.arguments = drawFields(random);
  auto outputs = interpreter::interpret(program, step, inputs);
  if (failed(outputs))
    return std::nullopt;
  Sample sample{std::move(values), {}};
  for (size_t k = 0; k < all.size(); ++k)
    sample.gradients.push_back(std::move(outputs->results[firstResult + k].floats));
  bool finite = llvm::all_of(sample.gradients, [](const std::vector<double> &gradient) {
    return llvm::all_of(gradient, [](double value) { return std::isfinite(value); });
  });
  return finite ? std::optional(std::move(sample)) : std::nullopt;
}

} // namespace nn::conserved

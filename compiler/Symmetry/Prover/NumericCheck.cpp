// Random tests of a claim.
#include "Symmetry/Prover/NumericCheck.h"
#include "Interpreter/Interpreter.h"
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Solver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <random>

using namespace mlir;

namespace nn::prover {

using interpreter::Tensor;

namespace {

class NumericCheck {
public:
  NumericCheck(ModuleOp module, ClaimOp claim, const ActionSpec &action, GroupRef group, uint64_t seed)
      : module(module), claim(claim), action(action), group(std::move(group)), random(seed), seed(seed),
        function(module.lookupSymbol<func::FuncOp>(claim.getFunction())) {}

  llvm::Error prepare();
  llvm::Expected<Measured> run(ArrayRef<std::pair<std::string, Word>> elements);

private:
  struct Moved {
    std::vector<AxesAction> actions;
    std::optional<Representation> values; ///< of what the values are indices of
  };
  llvm::Error collect(unsigned leaf, bool result, ArrayRef<int64_t> shape, Moved &moved);
  Tensor draw(unsigned argument);
  Tensor drawParameter(RankedTensorType type);
  Tensor move(const Tensor &tensor, const Moved &moved, const Word &word);
  FailureOr<std::vector<Tensor>> evaluate(ArrayRef<Tensor> arguments);
  StringRef nameOf(unsigned argument) {
    return function.getArgAttrOfType<BindAttr>(argument, bindingAttrName).getName();
  }

  ModuleOp module;
  ClaimOp claim;
  const ActionSpec &action;
  GroupRef group;
  std::mt19937_64 random;
  uint64_t seed;
  func::FuncOp function;
  std::vector<Moved> inputs, outputs;
  interpreter::Inputs base;
};

} // namespace

llvm::Error NumericCheck::collect(unsigned leaf, bool result, ArrayRef<int64_t> shape, Moved &moved) {
  for (const SpaceSpec &space : action.spaces) {
    if (space.leaf != leaf || space.result != result)
      continue;
    if (space.values) {
      auto values = represent(group, {int64_t(group->degree())}, space.by);
      if (!values)
        return values.takeError();
      moved.values = *values;
      continue;
    }
    auto whole = withAxes(*group, shape, space);
    auto representation = whole ? representSpace(group, shape, *whole) : whole.takeError();
    if (!representation)
      return representation.takeError();
    moved.actions.push_back({std::vector<int>(whole->axes.begin(), whole->axes.end()), *representation});
  }
  return llvm::Error::success();
}

llvm::Error NumericCheck::prepare() {
  auto gather = [&](TypeRange types, bool result, std::vector<Moved> &all) -> llvm::Error {
    for (auto [leaf, type] : llvm::enumerate(types)) {
      all.emplace_back();
      if (llvm::Error error = collect(leaf, result, cast<ShapedType>(type).getShape(), all.back()))
        return error;
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = gather(function.getArgumentTypes(), false, inputs))
    return error;
  return gather(function.getResultTypes(), true, outputs);
}

Tensor NumericCheck::drawParameter(RankedTensorType type) {
  std::normal_distribution<double> normal;
  std::vector<double> values(type.getNumElements());
  double fan = type.getRank() ? std::max<int64_t>(1, type.getNumElements() / type.getDimSize(0)) : 1;
  for (double &value : values)
    value = normal(random) / std::sqrt(fan);
  return Tensor::ofFloats(type.getShape().vec(), values);
}

Tensor NumericCheck::draw(unsigned argument) {
  auto type = cast<RankedTensorType>(function.getArgumentTypes()[argument]);
  std::normal_distribution<double> normal;
  if (isa<FloatType>(type.getElementType())) {
    std::vector<double> values(type.getNumElements());
    for (double &value : values)
      value = normal(random);
    return Tensor::ofFloats(type.getShape().vec(), values);
  }
  int64_t below = 2;
  if (auto bound = function.getArgAttrOfType<IntegerAttr>(argument, belowAttrName))
    below = bound.getInt();
  std::vector<int64_t> values(type.getNumElements());
  for (int64_t &value : values)
    value = int64_t(random() % uint64_t(below));
  return Tensor::ofIntegers(type.getShape().vec(), values);
}

Tensor NumericCheck::move(const Tensor &tensor, const Moved &moved, const Word &word) {
  Tensor result = tensor;
  std::vector<double> values =
      tensor.isFloat ? tensor.floats : std::vector<double>(tensor.integers.begin(), tensor.integers.end());
  if (moved.values) {
    // Where the point v goes: the place of the one in the moved indicator of v.
    for (double &value : values) {
      std::vector<double> indicator(moved.values->cells(), 0);
      indicator[size_t(value)] = 1;
      indicator = moved.values->apply(word, indicator);
      value = double(std::max_element(indicator.begin(), indicator.end()) - indicator.begin());
    }
  }
  values = act(moved.actions, tensor.shape, word, values);
  if (tensor.isFloat)
    result.floats = values;
  else
    for (auto [own, value] : llvm::zip(result.integers, values))
      own = std::llround(value);
  return result;
}

FailureOr<std::vector<Tensor>> NumericCheck::evaluate(ArrayRef<Tensor> arguments) {
  interpreter::Inputs all = base;
  for (auto [k, tensor] : llvm::enumerate(arguments))
    all.arguments[nameOf(k).str()] = tensor;
  interpreter::Options options;
  options.training = false;
  auto results = interpreter::interpret(module, claim.getFunction(), all, options);
  if (failed(results))
    return failure();
  return results->results;
}

static double at(const Tensor &tensor, size_t k) { return tensor.isFloat ? tensor.floats[k] : tensor.integers[k]; }

llvm::Expected<Measured> NumericCheck::run(ArrayRef<std::pair<std::string, Word>> elements) {
  constexpr int rounds = 3;
  constexpr double rounding = 1e-12; // of sums of inputs and parameters, which are about 1
  Measured worst;
  interpreter::Inputs start;
  start.seed = seed;
  auto initial = interpreter::interpret(module, "init", start);
  if (failed(initial))
    return refusal("the parameters cannot be drawn");
  base.states = initial->states;
  for (int round = 0; round < rounds; ++round) {
    for (ParameterOp parameter : module.getOps<ParameterOp>())
      base.parameters[parameter.getSymName().str()] = drawParameter(cast<RankedTensorType>(parameter.getType()));
    std::vector<Tensor> x;
    for (unsigned k = 0; k < function.getNumArguments(); ++k)
      x.push_back(draw(k));
    auto y = evaluate(x);
    if (failed(y))
      return refusal("it cannot be evaluated");
    for (const auto &[name, word] : elements) {
      std::vector<Tensor> moved;
      for (auto [k, tensor] : llvm::enumerate(x))
        moved.push_back(move(tensor, inputs[k], word));
      auto found = evaluate(moved);
      if (failed(found))
        return refusal("it cannot be evaluated");
      for (unsigned r = 0; r < y->size(); ++r) {
        Tensor wanted = move((*y)[r], outputs[r], word);
        double largest = 0, difference = 0;
        size_t where = 0, count = wanted.isFloat ? wanted.floats.size() : wanted.integers.size();
        for (size_t k = 0; k < count; ++k) {
          double own = std::abs(at((*found)[r], k) - at(wanted, k));
          largest = std::max({largest, std::abs(at(wanted, k)), std::abs(at((*found)[r], k))});
          if (!(own <= difference))
            difference = own, where = k;
        }
        if (largest < rounding) // zero, whatever the inputs: nothing is tested
          continue;
        ++worst.trials;
        double error = difference / largest;
        bool isFirst = !(worst.error > largeError);
        if (!(error <= worst.error))
          worst.error = error;
        if (isFirst && !(error <= largeError)) { // the generators come first: the simplest element that shows it
          worst.element = name;
          worst.result = r;
          worst.moved = at((*found)[r], where);
          worst.wanted = at(wanted, where);
          worst.entry.assign(wanted.shape.size(), 0);
          for (size_t axis = wanted.shape.size(), rest = where; axis-- > 0;) {
            worst.entry[axis] = rest % wanted.shape[axis];
            rest /= wanted.shape[axis];
          }
        }
      }
    }
  }
  return worst;
}

llvm::Expected<Measured> measure(ModuleOp module, ClaimOp claim, const ActionSpec &action, const Group &group,
                                 ArrayRef<std::pair<std::string, Word>> only, uint64_t seed) {
  auto shared = parseGroup(action.group);
  if (!shared)
    return shared.takeError();
  NumericCheck check(module, claim, action, *shared, seed);
  if (llvm::Error error = check.prepare())
    return std::move(error);
  std::vector<std::pair<std::string, Word>> elements(only.begin(), only.end());
  if (elements.empty()) {
    for (auto [k, generator] : llvm::enumerate(group.generators()))
      if (!generator.implied)
        elements.push_back({generator.name, Word{{int(k), generator.kind == Generator::Kind::Lie ? 0.7 : 1}}});
    for (const Word &word : group.sample(4, seed))
      elements.push_back({"a product of generators", word});
  }
  return check.run(elements);
}

} // namespace nn::prover

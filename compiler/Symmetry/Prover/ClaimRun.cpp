// Draws inputs and parameters of a claim, moves tensors, runs the model.
#include "Symmetry/Prover/ClaimRun.h"
#include "Symmetry/Prover/Elements.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::prover {

llvm::Error ClaimRun::collect(const ActionSpec &action, TypeRange types, bool result, std::vector<Moved> &all) const {
  for (auto [leaf, type] : llvm::enumerate(types)) {
    ArrayRef<int64_t> shape = cast<ShapedType>(type).getShape();
    Moved &moved = all.emplace_back();
    for (const SpaceSpec &space : action.spaces) {
      if (space.leaf != leaf || space.result != result)
        continue;
      if (space.values) {
        auto values = represent(acting, {int64_t(acting->degree())}, space.by);
        if (!values)
          return values.takeError();
        moved.values = *values;
        continue;
      }
      auto whole = withAxes(*acting, shape, space);
      auto representation = whole ? representSpace(acting, shape, *whole) : whole.takeError();
      if (!representation)
        return representation.takeError();
      moved.actions.push_back({std::vector<int>(whole->axes.begin(), whole->axes.end()), *representation});
    }
  }
  return llvm::Error::success();
}

llvm::Expected<ClaimRun> ClaimRun::of(ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed) {
  ClaimRun run(seed);
  run.module = module;
  run.function = module.lookupSymbol<func::FuncOp>(claim.getFunction());
  auto group = parseGroup(action.group);
  if (!group)
    return group.takeError();
  run.acting = *group;
  if (llvm::Error error = run.collect(action, run.function.getArgumentTypes(), false, run.inputs))
    return std::move(error);
  if (llvm::Error error = run.collect(action, run.function.getResultTypes(), true, run.outputs))
    return std::move(error);
  return std::move(run);
}

llvm::StringRef ClaimRun::inputName(unsigned argument) const {
  return function.getArgAttrOfType<BindAttr>(argument, bindingAttrName).getName();
}

llvm::Error ClaimRun::drawModel() {
  std::normal_distribution<double> normal;
  model.totalSteps = 1000; // at the last step of a schedule, its rate may be 0, and nothing moves
  if (model.states.empty()) {
    interpreter::Inputs start;
    start.seed = seed;
    auto initial = interpreter::interpret(module, "init", start);
    if (failed(initial))
      return refusal("the parameters cannot be drawn");
    model.states = initial->states;
  }
  for (ParameterOp parameter : module.getOps<ParameterOp>()) {
    auto type = cast<RankedTensorType>(parameter.getType());
    std::vector<double> values(type.getNumElements());
    double fan = type.getRank() ? std::max<int64_t>(1, type.getNumElements() / type.getDimSize(0)) : 1;
    for (double &value : values)
      value = normal(random) / std::sqrt(fan);
    model.parameters[parameter.getSymName().str()] = Tensor::ofFloats(type.getShape().vec(), values);
  }
  return llvm::Error::success();
}

std::vector<Tensor> ClaimRun::drawInputs() {
  std::normal_distribution<double> normal;
  std::vector<Tensor> drawn;
  for (unsigned k = 0; k < function.getNumArguments(); ++k) {
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[k]);
    if (isa<FloatType>(type.getElementType())) {
      std::vector<double> values(type.getNumElements());
      for (double &value : values)
        value = normal(random);
      drawn.push_back(Tensor::ofFloats(type.getShape().vec(), values));
      continue;
    }
    int64_t below = 2;
    if (auto bound = function.getArgAttrOfType<IntegerAttr>(k, belowAttrName))
      below = bound.getInt();
    std::vector<int64_t> values(type.getNumElements());
    for (int64_t &value : values)
      value = int64_t(random() % uint64_t(below));
    drawn.push_back(Tensor::ofIntegers(type.getShape().vec(), values));
  }
  return drawn;
}

llvm::Expected<std::vector<Tensor>> ClaimRun::evaluate(ArrayRef<Tensor> arguments,
                                                       const interpreter::Options &how) const {
  interpreter::Inputs all = model;
  for (auto [k, tensor] : llvm::enumerate(arguments))
    all.arguments[inputName(k).str()] = tensor;
  if (how.single)
    for (auto *tensors : {&all.arguments, &all.parameters})
      for (auto &[name, tensor] : *tensors)
        for (double &value : tensor.floats)
          value = double(float(value));
  interpreter::Options options = how;
  options.training = false;
  auto results = interpreter::interpret(module, function.getSymName(), all, options);
  if (failed(results))
    return refusal("it cannot be evaluated");
  return std::move(results->results);
}

Tensor ClaimRun::moveOne(const Tensor &tensor, const Moved &moved, const Word &word) {
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

std::vector<Tensor> ClaimRun::move(ArrayRef<Tensor> tensors, ArrayRef<Moved> moved, const Word &word) {
  std::vector<Tensor> result;
  for (auto [tensor, how] : llvm::zip_equal(tensors, moved))
    result.push_back(moveOne(tensor, how, word));
  return result;
}

std::vector<std::vector<double>> ClaimRun::velocities(ArrayRef<Tensor> tensors, ArrayRef<Moved> moved, int generator) {
  std::vector<std::vector<double>> result;
  for (auto [tensor, how] : llvm::zip_equal(tensors, moved))
    result.push_back(velocity(how.actions, tensor.shape, generator, tensor.floats));
  return result;
}

double entryOf(const Tensor &tensor, size_t k) {
  return tensor.isFloat ? tensor.floats[k] : double(tensor.integers[k]);
}

Difference differenceOf(const Tensor &moved, const Tensor &wanted) {
  Difference result;
  double most = 0;
  size_t where = 0, count = wanted.isFloat ? wanted.floats.size() : wanted.integers.size();
  for (size_t k = 0; k < count; ++k) {
    double own = std::abs(entryOf(moved, k) - entryOf(wanted, k));
    result.largest = std::max({result.largest, std::abs(entryOf(wanted, k)), std::abs(entryOf(moved, k))});
    if (!(own <= most))
      most = own, where = k;
  }
  if (count == 0)
    return result;
  result.error = result.largest == 0 ? 0 : most / result.largest;
  result.moved = entryOf(moved, where);
  result.wanted = entryOf(wanted, where);
  result.entry.assign(wanted.shape.size(), 0);
  auto rest = int64_t(where);
  for (size_t axis = wanted.shape.size(); axis-- > 0; rest /= wanted.shape[axis])
    result.entry[axis] = rest % wanted.shape[axis];
  return result;
}

llvm::Expected<Difference> ClaimRun::compare(ArrayRef<Tensor> arguments, const Word &word) const {
  auto y = evaluate(arguments);
  auto found = y ? evaluate(moveInputs(arguments, word)) : y.takeError();
  if (!found)
    return found.takeError();
  std::vector<Tensor> wanted = moveOutputs(*y, word);
  Difference worst;
  for (unsigned r = 0; r < wanted.size(); ++r) {
    Difference own = differenceOf((*found)[r], wanted[r]);
    own.result = r;
    if (own.largest >= smallestOutput && !(own.error <= worst.error))
      worst = own;
  }
  return worst;
}

} // namespace nn::prover

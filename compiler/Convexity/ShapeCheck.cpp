// The calculus first; where it does not decide, random points look for a dent.
#include "Convexity/ShapeCheck.h"
#include "Dialect/NN/IR/Claims.h"
#include "Interpreter/Interpreter.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <random>

using namespace mlir;

namespace nn::convexity {

using interpreter::Tensor;

namespace {

/// Runs a function at random points.
class PointCheck {
public:
  PointCheck(ModuleOp module, const ShapeClaim &claim, func::FuncOp flat)
      : module(module), claim(claim), original(module.lookupSymbol<func::FuncOp>(claim.function)), flat(flat) {}

  void run(Verdict &verdict);

private:
  Tensor draw(Type type, StringRef name, double scale);
  bool isVariable(BindAttr binding) const { return llvm::is_contained(claim.variables, binding.getName()); }
  std::optional<std::vector<Tensor>> evaluate(const interpreter::Inputs &inputs);
  std::optional<Witness> compare(ArrayRef<Tensor> first, ArrayRef<Tensor> second, ArrayRef<Tensor> between);

  ModuleOp module;
  const ShapeClaim &claim;
  func::FuncOp original, flat;
  std::mt19937_64 random{1};
};

} // namespace

Tensor PointCheck::draw(Type type, StringRef name, double scale) {
  auto tensor = cast<RankedTensorType>(type);
  std::normal_distribution<double> normal;
  if (isa<FloatType>(tensor.getElementType())) {
    std::vector<double> values(tensor.getNumElements());
    for (double &value : values)
      value = scale * normal(random);
    return Tensor::ofFloats(tensor.getShape().vec(), std::move(values));
  }
  int64_t below = 2;
  for (BlockArgument own : original.getArguments())
    if (original.getArgAttrOfType<BindAttr>(own.getArgNumber(), bindingAttrName).getName() == name)
      if (auto bound = original.getArgAttrOfType<IntegerAttr>(own.getArgNumber(), belowAttrName))
        below = bound.getInt();
  std::vector<int64_t> values(tensor.getNumElements());
  for (int64_t &value : values)
    value = int64_t(random() % uint64_t(below));
  return Tensor::ofIntegers(tensor.getShape().vec(), std::move(values));
}

std::optional<std::vector<Tensor>> PointCheck::evaluate(const interpreter::Inputs &inputs) {
  interpreter::Options options;
  options.training = false;
  auto outputs = interpreter::interpret(module, claim.function, inputs, options);
  if (failed(outputs))
    return std::nullopt;
  return std::move(outputs->results);
}

/// An entry that lies between where none may: above the chord, or for a linear claim beside it, far beyond rounding.
std::optional<Witness> PointCheck::compare(ArrayRef<Tensor> first, ArrayRef<Tensor> second, ArrayRef<Tensor> between) {
  constexpr double far = 1e-6;
  for (size_t r = 0; r < std::min(claim.results, first.size()); ++r) {
    if (!first[r].isFloat)
      continue;
    for (size_t k = 0; k < first[r].floats.size(); ++k) {
      double a = first[r].floats[k], b = second[r].floats[k], c = between[r].floats[k], chord = (a + b) / 2;
      double gap = (claim.convex ? c - chord : std::abs(c - chord)) / (std::abs(a) + std::abs(b) + std::abs(c));
      if (!(gap > far) || !std::isfinite(a + b + c))
        continue;
      Witness witness{unsigned(r), SmallVector<int64_t>(first[r].shape.size(), 0), a, b, c};
      for (size_t axis = first[r].shape.size(), rest = k; axis-- > 0; rest /= first[r].shape[axis])
        witness.entry[axis] = int64_t(rest) % first[r].shape[axis];
      return witness;
    }
  }
  return std::nullopt;
}

void PointCheck::run(Verdict &verdict) {
  constexpr int rounds = 400;
  interpreter::Inputs start;
  start.seed = 1;
  auto initial = interpreter::interpret(module, "init", start);
  if (failed(initial))
    return;
  for (int round = 0; round < rounds && !verdict.witness; ++round) {
    constexpr std::array<double, 4> scales = {1, 0.1, 3, 10};
    double scale = scales[round % scales.size()];
    std::array<interpreter::Inputs, 3> points;
    for (interpreter::Inputs &point : points)
      point.states = initial->states;
    for (BlockArgument argument : flat.getArguments()) {
      auto binding = flat.getArgAttrOfType<BindAttr>(argument.getArgNumber(), bindingAttrName);
      bool isArgument = binding && binding.getKind() == Binding::arg;
      if (!isArgument && (!binding || binding.getKind() != Binding::param))
        continue;
      bool varies = isVariable(binding);
      Tensor a = draw(argument.getType(), binding.getName(), varies ? scale : 1), b = a;
      if (varies)
        b = draw(argument.getType(), binding.getName(), scale);
      if (varies && !claim.convex && round == 0) // f(0) = 0: the chord from a point to its negative
        for (auto [own, other] : llvm::zip(b.floats, a.floats))
          own = -other;
      Tensor middle = a;
      for (auto [own, other] : llvm::zip(middle.floats, b.floats))
        own = (own + other) / 2;
      for (auto [point, value] : llvm::zip_equal(points, std::array{a, b, middle}))
        (isArgument ? point.arguments : point.parameters)[binding.getName().str()] = value;
    }
    auto first = evaluate(points[0]), second = evaluate(points[1]), between = evaluate(points[2]);
    if (!first || !second || !between)
      return;
    ++verdict.trials;
    verdict.witness = compare(*first, *second, *between);
    // What is affine passes along every chord; at 0 it is not 0.
    if (!claim.convex && round == 0 && !verdict.witness) {
      std::vector<Tensor> zero = *between;
      for (Tensor &tensor : zero)
        std::fill(tensor.floats.begin(), tensor.floats.end(), 0);
      verdict.witness = compare(zero, zero, *between);
    }
  }
}

Verdict checkShape(ModuleOp module, ModuleOp flat, const ShapeClaim &claim) {
  Verdict verdict;
  auto function = flat.lookupSymbol<func::FuncOp>(claim.function);
  std::vector<bool> isVariable;
  for (BlockArgument argument : function.getArguments()) {
    auto binding = function.getArgAttrOfType<BindAttr>(argument.getArgNumber(), bindingAttrName);
    isVariable.push_back(binding && llvm::is_contained(claim.variables, binding.getName()));
  }
  std::vector<Bend> results = bendsOf(function, isVariable, verdict.derivation);
  auto holds = [&](const Bend &bend) {
    bool isLinear = bend.curvature == Curvature::Linear || bend.isZero();
    return claim.convex ? bend.isConvex() : isLinear;
  };
  auto own = ArrayRef(results).take_front(claim.results);
  auto *fails = llvm::find_if_not(own, holds);
  if (fails == own.end()) {
    verdict.kind = Verdict::Kind::Proved;
    return verdict;
  }
  verdict.bend = *fails;
  PointCheck(module, claim, function).run(verdict);
  if (verdict.witness)
    verdict.kind = Verdict::Kind::Refuted;
  return verdict;
}

} // namespace nn::convexity

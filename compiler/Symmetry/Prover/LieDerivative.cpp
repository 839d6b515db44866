// The claimed function with its derivatives along tangents of its inputs, run once for each direction of the algebra.
#include "Symmetry/Prover/LieDerivative.h"
#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::prover {

static bool isFloat(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }

static std::string tangentName(unsigned input) { return "tangent of " + std::to_string(input); }

/// Gives the claimed function a tangent for each float input, and as further results the derivative of each float
/// result along each of them.
static void addTangents(func::FuncOp function) {
  Block &body = function.getBody().front();
  Operation *end = body.getTerminator();
  OpBuilder builder(end);
  SmallVector<Value> results(end->getOperands());
  std::vector<std::pair<Value, Value>> directions;
  for (unsigned k = 0, count = function.getNumArguments(); k < count; ++k) {
    Type type = function.getArgumentTypes()[k];
    if (!isFloat(type))
      continue;
    unsigned last = function.getNumArguments();
    (void)function.insertArgument(last, type, {}, function.getLoc());
    function.setArgAttr(last, bindingAttrName, BindAttr::get(builder.getContext(), Binding::arg, tangentName(k)));
    directions.push_back({body.getArgument(k), body.getArgument(last)});
  }
  for (Value y : llvm::to_vector(end->getOperands()))
    for (auto [x, tangent] : directions)
      if (isFloat(y.getType()))
        results.push_back(JvpOp::create(builder, function.getLoc(), y.getType(), y, x, tangent));
  SmallVector<Type> types;
  for (Value result : results)
    types.push_back(result.getType());
  for (unsigned k = function.getNumResults(); k < types.size(); ++k)
    (void)function.insertResult(k, types[k], {});
  end->setOperands(results);
}

/// The relative difference of J f(x) (X x) and X f(x), over all float results. `values` are the results of the function
/// with tangents.
static double differenceAlong(ArrayRef<Tensor> values, ArrayRef<std::vector<double>> wanted, unsigned inputs) {
  double most = 0, largest = 0;
  size_t next = wanted.size();
  for (auto [r, own] : llvm::enumerate(wanted)) {
    if (!values[r].isFloat)
      continue;
    std::vector<double> sum(own.size());
    for (unsigned k = 0; k < inputs; ++k, ++next)
      for (size_t e = 0; e < sum.size(); ++e)
        sum[e] += values[next].floats[e];
    for (size_t e = 0; e < sum.size(); ++e) {
      most = std::max(most, std::abs(sum[e] - own[e]));
      largest = std::max({largest, std::abs(sum[e]), std::abs(own[e]), std::abs(values[r].floats[e])});
    }
  }
  return largest == 0 ? 0 : most / largest;
}

std::optional<double> lieDerivativeError(ClaimRun &run) {
  func::FuncOp function = run.claimed();
  auto inputs = unsigned(llvm::count_if(function.getArgumentTypes(), isFloat));
  if (inputs == 0 || llvm::none_of(function.getResultTypes(), isFloat))
    return std::nullopt;
  // What has no derivative is no mistake of the program.
  ScopedDiagnosticHandler silence(function.getContext(), [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module(cast<ModuleOp>(function->getParentOp()->clone()));
  addTangents(module->lookupSymbol<func::FuncOp>(function.getSymName()));
  interpreter::Inputs all = run.model;
  std::vector<Tensor> x = run.drawInputs();
  for (auto [k, tensor] : llvm::enumerate(x))
    all.arguments[run.inputName(k).str()] = tensor;
  interpreter::Options options;
  options.training = false;
  double worst = 0;
  for (auto [g, generator] : llvm::enumerate(run.group().generators())) {
    if (generator.kind != Generator::Kind::Lie)
      continue;
    std::vector<std::vector<double>> tangents = run.inputVelocities(x, int(g));
    for (auto [k, tensor] : llvm::enumerate(x))
      if (tensor.isFloat)
        all.arguments[tangentName(k)] = Tensor::ofFloats(tensor.shape, tangents[k]);
    auto values = interpreter::interpret(*module, function.getSymName(), all, options);
    if (failed(values))
      return std::nullopt;
    ArrayRef<Tensor> y = ArrayRef(values->results).take_front(function.getNumResults());
    worst = std::max(worst, differenceAlong(values->results, run.outputVelocities(y, int(g)), inputs));
  }
  return worst;
}

} // namespace nn::prover

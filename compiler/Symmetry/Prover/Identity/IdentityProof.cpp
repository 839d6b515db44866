// Both sides at random values, with as many primes as make a mistake as unlikely as is asked for.
#include "Symmetry/Prover/Identity/IdentityProof.h"
#include "AutoDiff/Passes.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Prover/Identity/FormalElement.h"
#include "Symmetry/Prover/Identity/FormalFunction.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace nn::prover {

namespace {

/// The chance of a mistake is at most 2^-60, of one prime alone 2^-8, all of at most 8 primes.
constexpr double enoughBits = 60, leastBits = 8;
constexpr unsigned mostPrimes = 8;
/// Points of boxes that are visited for all elements, for one prime.
constexpr uint64_t mostPoints = uint64_t(1) << 24;
/// Of roots of unity: a field with more is no longer found fast.
constexpr int64_t largestOrder = 1 << 20;

/// How one tensor moves.
struct Spaces {
  std::vector<AxesAction> actions;
  std::optional<Representation> values;
};

class IdentityProver {
public:
  explicit IdentityProver(const IdentityClaim &claim) : claim(claim), function(claim.function) {}

  std::optional<IdentityProof> run();

private:
  bool represent();
  bool differentiate();
  std::optional<Spaces> spacesOf(Type type, ArrayRef<SpaceSpec> specs);
  int64_t orderOfRoots() const;
  FormalRef drawArgument(unsigned k, FormalField &field) const;
  FormalRef move(const FormalRef &tensor, Type type, const Spaces &spaces, int generator, FormalElement &element,
                 FormalField &field) const;
  /// The bits that one prime adds; none if the sides differ or are not known.
  std::optional<double> attempt(unsigned which);
  bool same(const FormalRef &a, const FormalRef &b) const;

  const IdentityClaim &claim;
  func::FuncOp function;
  OwningOpRef<ModuleOp> differentiated;
  std::vector<Spaces> arguments, results;
};

} // namespace

static ArrayRef<int64_t> shapeOf(Type type) { return cast<ShapedType>(type).getShape(); }

std::optional<Spaces> IdentityProver::spacesOf(Type type, ArrayRef<SpaceSpec> specs) {
  Spaces spaces;
  for (const SpaceSpec &spec : specs) {
    auto whole = withAxes(*claim.group, shapeOf(type), spec);
    auto representation = !whole        ? whole.takeError()
                          : spec.values ? symmetry::represent(claim.group, {int64_t(claim.group->degree())}, spec.by)
                                        : representSpace(claim.group, shapeOf(type), *whole);
    if (!representation) {
      llvm::consumeError(representation.takeError());
      return std::nullopt;
    }
    if (spec.values)
      spaces.values = *representation;
    else
      spaces.actions.push_back({std::vector<int>(whole->axes.begin(), whole->axes.end()), *representation});
  }
  return spaces;
}

bool IdentityProver::represent() {
  auto gather = [&](TypeRange types, ArrayRef<SmallVector<SpaceSpec>> specs, std::vector<Spaces> &all) {
    for (auto [type, own] : llvm::zip(types, specs)) {
      auto spaces = spacesOf(type, own);
      if (!spaces)
        return false;
      all.push_back(std::move(*spaces));
    }
    return true;
  };
  return gather(function.getArgumentTypes(), claim.arguments, arguments) &&
         gather(function.getResultTypes(), claim.results, results);
}

/// Derivatives become equations, in a copy.
bool IdentityProver::differentiate() {
  bool any = false;
  function.walk([&](Operation *op) { any |= isa<GradOp, JvpOp, JacobianOp>(op); });
  if (!any)
    return true;
  MLIRContext *context = function.getContext();
  differentiated = ModuleOp::create(function.getLoc());
  differentiated->push_back(function.clone());
  function = *differentiated->getOps<func::FuncOp>().begin();
  ScopedDiagnosticHandler silent(context, [](Diagnostic &) { return success(); });
  PassManager passes(context);
  passes.addNestedPass<func::FuncOp>(createNormalize());
  passes.addNestedPass<func::FuncOp>(createDifferentiate());
  return succeeded(passes.run(*differentiated));
}

/// Of the roots that entries of moves are made of; 0 beyond bounds.
int64_t IdentityProver::orderOfRoots() const {
  int64_t order = 4;
  for (const auto *all : {&arguments, &results})
    for (const Spaces &spaces : *all)
      for (const AxesAction &action : spaces.actions)
        for (const Move &move : action.representation.moves())
          order = order > largestOrder ? 0 : std::lcm(order, move.orderOfRoots());
  return order > largestOrder ? 0 : order;
}

/// Variables; of an index one for each value, which sum to 1.
FormalRef IdentityProver::drawArgument(unsigned k, FormalField &field) const {
  auto type = cast<ShapedType>(func::FuncOp(claim.function).getArgumentTypes()[k]);
  auto tensor = std::make_shared<FormalTensor>();
  tensor->degree = 1;
  int64_t bound = claim.bounds[k];
  if (bound == 0) {
    for (int64_t entry = 0; entry < type.getNumElements(); ++entry)
      tensor->formulas.push_back(field.variable());
    return tensor;
  }
  tensor->kind = FormalTensor::Kind::Indices;
  tensor->bound = bound;
  for (int64_t entry = 0; entry < type.getNumElements(); ++entry) {
    Number rest = 1;
    for (int64_t value = 1; value < bound; ++value) {
      tensor->formulas.push_back(field.variable());
      rest = field.subtract(rest, tensor->formulas.back());
    }
    tensor->formulas.push_back(rest);
  }
  return tensor;
}

FormalRef IdentityProver::move(const FormalRef &tensor, Type type, const Spaces &spaces, int generator,
                               FormalElement &element, FormalField &field) const {
  if (!tensor)
    return nullptr;
  auto moved = std::make_shared<FormalTensor>(*tensor);
  SmallVector<int64_t> shape(shapeOf(type));
  std::vector<Number> &values = moved->formulas;
  if (tensor->kind == FormalTensor::Kind::Integers) {
    values.clear();
    for (int64_t integer : tensor->integers)
      values.push_back(field.ofInteger(integer));
    moved->integers.clear();
    moved->kind = FormalTensor::Kind::Formulas;
  }
  if (tensor->kind == FormalTensor::Kind::Indices)
    shape.push_back(tensor->bound);
  bool isIndices = tensor->kind == FormalTensor::Kind::Indices;
  if (spaces.values && (!isIndices || spaces.values->cells() != tensor->bound))
    return nullptr;
  auto apply = [&](const Representation &representation, ArrayRef<int> axes) {
    auto own = element.on(representation, generator);
    if (own)
      values = moveAxes(std::move(values), shape, axes, *own, field);
    return own.has_value();
  };
  for (const AxesAction &action : spaces.actions) {
    // Truth values and indices have no negative, and nothing is added to them.
    const Move &plain = action.representation.moves()[generator];
    if (!isa<FloatType>(cast<ShapedType>(type).getElementType()) && (!plain.isPermutation() || plain.hasSigns()))
      return nullptr;
    if (!apply(action.representation, action.axes))
      return nullptr;
  }
  if (spaces.values && !apply(*spaces.values, {int(shape.size()) - 1}))
    return nullptr;
  moved->degree += element.degree();
  return moved;
}

bool IdentityProver::same(const FormalRef &a, const FormalRef &b) const {
  return a && b && a->kind == b->kind && a->bound == b->bound && a->formulas == b->formulas;
}

std::optional<double> IdentityProver::attempt(unsigned which) {
  FormalField field(orderOfRoots(), which);
  FormalEffort effort;
  effort.mostPoints = mostPoints;
  effort.inOrder = &claim.inOrder;
  FormalFunction run(field, effort);
  std::vector<FormalRef> base;
  for (unsigned k = 0; k < arguments.size(); ++k)
    base.push_back(drawArgument(k, field));
  std::vector<FormalRef> still = run.run(function, base);
  uint64_t degree = 1, compared = 0;
  for (auto [generator, own] : llvm::enumerate(claim.group->generators())) {
    if (own.implied)
      continue;
    FormalElement element(field);
    std::vector<FormalRef> moved;
    for (unsigned k = 0; k < arguments.size(); ++k)
      moved.push_back(move(base[k], function.getArgumentTypes()[k], arguments[k], int(generator), element, field));
    std::vector<FormalRef> found = run.run(function, moved);
    for (unsigned r = 0; r < results.size(); ++r) {
      Type type = function.getResultTypes()[r];
      FormalRef wanted = move(still[r], type, results[r], int(generator), element, field);
      FormalElement unmoved(field);
      FormalRef left = move(found[r], type, {}, int(generator), unmoved, field);
      if (!same(left, wanted))
        return std::nullopt;
      degree = std::max({degree, left->degree, wanted->degree});
      compared += left->formulas.size();
    }
  }
  degree = std::max(degree, effort.argumentDegree);
  double pairs = double(field.applications()) * double(field.applications()) + double(compared);
  constexpr double bitsOfPrime = 60;
  return bitsOfPrime - std::log2(pairs) - std::log2(double(degree));
}

std::optional<IdentityProof> IdentityProver::run() {
  if (!represent() || orderOfRoots() == 0 || !differentiate())
    return std::nullopt;
  IdentityProof proof;
  for (unsigned which = 0; which < mostPrimes && proof.bits < enoughBits; ++which) {
    auto bits = attempt(which);
    if (!bits || *bits < leastBits)
      return std::nullopt;
    proof.bits += *bits;
  }
  return proof.bits < enoughBits ? std::nullopt : std::optional(proof);
}

std::optional<IdentityProof> proveIdentity(const IdentityClaim &claim) { return IdentityProver(claim).run(); }

} // namespace nn::prover

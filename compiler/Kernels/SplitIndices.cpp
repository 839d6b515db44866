// split-indices: takes indices apart that stand for several, so that subscripts are linear and cells have owners.
//
// Note [Split axes]
// A value that only equations and reshapes know need not keep its shape. Where a reshape joins axes, or takes one
// apart, the values that are joined to it index by index take the finer shape instead, up to the next reshapes, which
// vanish. That is worth it for functions of rows (a softmax over the last axis of a tensor of rank 4), whose rows then
// keep the indices of what they are computed from; where a contraction runs over the joined axis, it stays one long
// index.
#include "Dialect/NN/Transforms/Rewrites.h"
#include "Kernels/Equations.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace nn;

namespace {
/// What each index of a box is split into, outermost first; nothing: it stays.
using Factors = SmallVector<int64_t>;
using Splits = llvm::DenseMap<unsigned, Factors>;
} // namespace

/// The digits of `expr` in the mixed radix `factors`; the first one is not bounded.
static SmallVector<AffineExpr> digitsOf(AffineExpr expr, ArrayRef<int64_t> factors) {
  SmallVector<AffineExpr> digits(factors.size());
  for (size_t k = factors.size(); k-- > 1;) {
    digits[k] = expr % factors[k];
    expr = expr.floorDiv(factors[k]);
  }
  digits[0] = expr;
  return digits;
}

/// Splits indices of `parts`. Returns what the old indices are in the new ones.
static SmallVector<AffineExpr> splitIndices(EquationParts &parts, const Splits &splits) {
  MLIRContext *context = parts.write.getContext();
  SmallVector<int64_t> extents;
  SmallVector<AffineExpr> indices;
  for (auto [dim, extent] : llvm::enumerate(parts.extents)) {
    auto found = splits.find(dim);
    AffineExpr index = getAffineConstantExpr(0, context);
    for (int64_t factor : found == splits.end() ? ArrayRef(extent) : ArrayRef(found->second)) {
      index = index * factor + getAffineDimExpr(extents.size(), context);
      extents.push_back(factor);
    }
    indices.push_back(index);
  }
  parts.substitute(indices, {}, extents);
  return indices;
}

/// Puts an equation of `parts`, split, in the place of `old`, whose result has the type of the new one by now.
static EquationOp replaceSplit(EquationOp old, EquationParts parts, const Splits &splits) {
  SmallVector<AffineExpr> indices = splitIndices(parts, splits);
  EquationOp result = replaceEquation(old, parts, [&](OpBuilder &builder, Location, ValueRange scalars) {
    return copyBody(builder, old, scalars, indices);
  });
  foldQuotients(result);
  return result;
}

//===-- Indices with quotients
//--------------------------------------------------------------------------------------------===//

/// The least constant by which an expression divides the bare index, as long as it divides the extent; 0: none.
static int64_t divisorIn(AffineExpr expr, unsigned dim, int64_t extent) {
  int64_t found = 0;
  expr.walk([&](AffineExpr part) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(part);
    if (!binary || (part.getKind() != AffineExprKind::FloorDiv && part.getKind() != AffineExprKind::Mod))
      return;
    auto index = dyn_cast<AffineDimExpr>(binary.getLHS());
    auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    if (!index || index.getPosition() != dim || !divisor)
      return;
    int64_t value = divisor.getValue();
    if (value > 1 && value < extent && extent % value == 0 && (!found || value < found))
      found = value;
  });
  return found;
}

static int64_t divisorIn(AffineMap map, unsigned dim, int64_t extent) {
  int64_t found = 0;
  for (AffineExpr expr : map.getResults())
    if (int64_t divisor = divisorIn(expr, dim, extent); divisor && (!found || divisor < found))
      found = divisor;
  return found;
}

/// Splits an index of which the write has a quotient, so that cells have owners, or a contraction reads one: then its
/// operands are plain matrices for each value of the quotient.
static void splitQuotients(EquationOp equation) {
  bool reduces = llvm::any_of(reducedDims(equation), [&](unsigned d) { return equation.getExtents()[d] > 1; });
  for (auto [dim, extent] : llvm::enumerate(equation.getExtents())) {
    int64_t divisor = divisorIn(equation.getWrite(), dim, extent);
    for (unsigned k = 0; k < equation.getInputs().size() && !divisor && reduces; ++k)
      divisor = divisorIn(equation.getRead(k), dim, extent);
    if (!divisor)
      continue;
    Splits splits;
    splits[dim] = {extent / divisor, divisor};
    return splitQuotients(replaceSplit(equation, partsOf(equation), splits));
  }
}

//===-- Axes between reshapes
//---------------------------------------------------------------------------------------------===//

namespace {

/// One axis of a shape that is several of a finer one.
struct Joined {
  unsigned axis;
  Factors factors;
  bool operator==(const Joined &) const = default;
};

/// The axes of values, and the indices of equations, that are one with the joined axis of a reshape.
class AxisClass {
public:
  explicit AxisClass(Joined joined) : joined(std::move(joined)), extent(1) {
    for (int64_t factor : this->joined.factors)
      extent *= factor;
  }
  /// Collects everything from an axis of a value on. False if something has to keep its shape.
  bool collect(Value value);
  void split();

private:
  bool addAxis(Value value, unsigned axis);
  bool addIndices(EquationOp equation, Value value, AffineMap map, unsigned axis);
  bool visitAxis(Value value, unsigned axis);
  bool visitIndex(EquationOp equation, unsigned index);
  AffineMap expand(const EquationParts &parts, Value value, AffineMap map) const;
  Splits splitsOf(EquationOp equation) const;

  Joined joined;
  int64_t extent;
  llvm::MapVector<Value, unsigned> axes; ///< one of each value
  llvm::SetVector<std::pair<Operation *, unsigned>> indices;
  SmallVector<ReshapeOp> borders;
};

} // namespace

/// The axis of `coarse` that is several of `fine`, if they are equal otherwise.
static std::optional<Joined> joinedAxis(ArrayRef<int64_t> fine, ArrayRef<int64_t> coarse) {
  if (fine.size() <= coarse.size())
    return std::nullopt;
  unsigned axis = 0;
  while (axis < coarse.size() && fine[axis] == coarse[axis])
    ++axis;
  if (axis == coarse.size())
    return std::nullopt;
  size_t behind = coarse.size() - axis - 1;
  Factors factors(fine.slice(axis, fine.size() - behind - axis));
  if (countPoints(factors) != coarse[axis] || fine.take_back(behind) != coarse.take_back(behind) ||
      llvm::any_of(factors, [](int64_t factor) { return factor <= 1; }))
    return std::nullopt;
  return Joined{axis, factors};
}

static ArrayRef<int64_t> shapeOf(Value value) { return cast<ShapedType>(value.getType()).getShape(); }

bool AxisClass::addAxis(Value value, unsigned axis) {
  auto [entry, isNew] = axes.try_emplace(value, axis);
  return isNew || entry->second == axis;
}

/// The index that stands on an axis belongs to it; other expressions of indices are taken apart where they are read.
bool AxisClass::addIndices(EquationOp equation, Value value, AffineMap map, unsigned axis) {
  auto index = dyn_cast<AffineDimExpr>(map.getResult(axis));
  if (!index)
    return true;
  if (equation.getExtents()[index.getPosition()] != extent)
    return false;
  indices.insert({equation, index.getPosition()});
  return true;
}

bool AxisClass::visitAxis(Value value, unsigned axis) {
  Joined here{axis, joined.factors};
  Operation *producer = value.getDefiningOp();
  if (auto equation = dyn_cast_or_null<EquationOp>(producer)) {
    if (!addIndices(equation, value, equation.getWrite(), axis))
      return false;
  } else if (auto reshape = dyn_cast_or_null<ReshapeOp>(producer)) {
    if (joinedAxis(shapeOf(reshape.getInput()), shapeOf(value)) != here)
      return false;
    borders.push_back(reshape);
  } else {
    return false;
  }
  for (OpOperand &use : value.getUses()) {
    auto equation = dyn_cast<EquationOp>(use.getOwner());
    if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner())) {
      if (joinedAxis(shapeOf(reshape.getResult()), shapeOf(value)) != here)
        return false;
      borders.push_back(reshape);
    } else if (!equation || use.getOperandNumber() >= equation.getInputs().size() ||
               !addIndices(equation, value, equation.getRead(use.getOperandNumber()), axis)) {
      return false;
    }
  }
  return true;
}

bool AxisClass::visitIndex(EquationOp equation, unsigned index) {
  AffineExpr bare = getAffineDimExpr(index, equation.getContext());
  bool reduces = equation.getCombine() != Combine::map;
  auto visit = [&](Value value, AffineMap map) {
    auto found = llvm::find(map.getResults(), bare);
    if (found == map.getResults().end())
      return !map.isFunctionOfDim(index) && (!reduces || shapeOf(value).empty());
    return addAxis(value, found - map.getResults().begin()) && bareAxis(map, index) >= 0;
  };
  for (auto [k, input] : llvm::enumerate(equation.getInputs()))
    if (!visit(input, equation.getRead(k)))
      return false;
  bool written = equation.getWrite().isFunctionOfDim(index);
  return !written || visit(equation.getResult(), equation.getWrite());
}

bool AxisClass::collect(Value value) {
  addAxis(value, joined.axis);
  for (size_t seenAxes = 0, seenIndices = 0;;) {
    if (seenAxes < axes.size()) {
      auto [next, axis] = *(axes.begin() + seenAxes++);
      if (!visitAxis(next, axis))
        return false;
    } else if (seenIndices < indices.size()) {
      auto [equation, index] = indices[seenIndices++];
      if (!visitIndex(cast<EquationOp>(equation), index))
        return false;
    } else {
      return true;
    }
  }
}

/// A map of a value whose axis is split by now.
AffineMap AxisClass::expand(const EquationParts &parts, Value value, AffineMap map) const {
  auto found = axes.find(value);
  if (found == axes.end())
    return map;
  SmallVector<AffineExpr> results;
  for (auto [axis, expr] : llvm::enumerate(map.getResults()))
    if (axis == found->second)
      llvm::append_range(results, digitsOf(expr, joined.factors));
    else
      results.push_back(expr);
  return mapOver(parts, results);
}

Splits AxisClass::splitsOf(EquationOp equation) const {
  Splits splits;
  for (auto [op, index] : indices)
    if (op == equation)
      splits[index] = joined.factors;
  return splits;
}

void AxisClass::split() {
  llvm::SetVector<Operation *> touched;
  for (auto [value, axis] : axes) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, joined.factors.begin(), joined.factors.end());
    value.setType(type.clone(shape));
    if (auto producer = value.getDefiningOp<EquationOp>())
      touched.insert(producer);
    for (Operation *user : value.getUsers())
      if (isa<EquationOp>(user))
        touched.insert(user);
  }
  for (Operation *op : touched) {
    auto equation = cast<EquationOp>(op);
    EquationParts parts = partsOf(equation);
    for (auto [input, map] : llvm::zip(parts.inputs, parts.reads))
      map = expand(parts, input, map);
    parts.write = expand(parts, equation.getResult(), parts.write);
    Value before = equation.getResult();
    auto found = axes.find(before);
    std::optional<unsigned> axis = found == axes.end() ? std::nullopt : std::optional(found->second);
    EquationOp result = replaceSplit(equation, parts, splitsOf(equation));
    axes.erase(before);
    if (axis)
      axes[result.getResult()] = *axis;
  }
  for (ReshapeOp reshape : borders) {
    reshape.getResult().replaceAllUsesWith(reshape.getInput());
    reshape.erase();
  }
}

/// Splits what is one with the joined axis of a reshape, if that can be.
static bool splitAround(ReshapeOp reshape) {
  Value input = reshape.getInput(), result = reshape.getResult();
  Value coarse = shapeOf(input).size() > shapeOf(result).size() ? result : input;
  auto joined = joinedAxis(shapeOf(coarse == result ? input : result), shapeOf(coarse));
  if (!joined)
    return false;
  AxisClass axes(*joined);
  if (!axes.collect(coarse))
    return false;
  axes.split();
  return true;
}

//===-- The pass
//----------------------------------------------------------------------------------------------------------===//

namespace {
struct SplitIndices : PassWrapper<SplitIndices, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitIndices)
  StringRef getArgument() const final { return "nn-split-indices"; }
  StringRef getDescription() const final { return "take indices apart that stand for several"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        runOnFunction(function);
  }

  static void runOnFunction(func::FuncOp function) {
    Block &block = function.getBody().front();
    // A split removes several reshapes at once.
    for (bool changed = true; changed;)
      changed = llvm::any_of(llvm::to_vector(block.getOps<ReshapeOp>()), splitAround);
    for (EquationOp equation : llvm::to_vector(block.getOps<EquationOp>()))
      splitQuotients(equation);
  }
};
} // namespace

std::unique_ptr<Pass> nn::createSplitIndicesPass() { return std::make_unique<SplitIndices>(); }

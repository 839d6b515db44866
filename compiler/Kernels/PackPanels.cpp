// pack-panels: copies a matrix that a contraction reads many times across its rows, so that vectors run along them.
//
// Note [Panels]
// A matrix W is read along one axis by y[b, o] = sum[i] x[b, i] * W[i, o], along the other by the gradient with respect
// to x. It is stored along one of them; the other contraction would add up sums across lanes. That one reads a copy
// instead, of panels P[i / 64, o, i % 64]: pieces of rows that a register tile reads follow each other. A copy costs
// some cycles an element, so each has to be read a thousand times.
#include "Kernels/Kernels.h"
#include "Kernels/Layouts.h"
#include "Kernels/OuterProducts.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

/// Points of a contraction for each element of a copy that is worth making.
static constexpr int64_t leastReuse = 1024;
/// Steps of a reduction that follows a panel.
static constexpr int64_t leastSteps = 64;
/// Bytes of a matrix that the first cache does not hold.
static constexpr int64_t leastBytes = 32 << 10;

/// Elements in a row of a panel: a register tile's vectors. 0: the extent has no such divisor.
static int64_t panelWidth(int64_t extent) { return extent % 64 == 0 ? 64 : extent % 32 == 0 ? 32 : 0; }

/// True if each axis of the input is an index of its own, over all of the axis.
static bool isWholeMatrix(EquationOp equation, unsigned k) {
  AffineMap map = equation.getRead(k);
  auto type = cast<ShapedType>(equation.getInputs()[k].getType());
  if (map.getNumResults() < 2 || byteSize(type) < leastBytes)
    return false;
  for (auto [expr, size] : llvm::zip(map.getResults(), type.getShape())) {
    auto index = dyn_cast<AffineDimExpr>(expr);
    if (!index || bareAxis(map, index.getPosition()) < 0 || equation.getExtents()[index.getPosition()] != size)
      return false;
  }
  return true;
}

/// True if vectors along index `free` read input k in panels: no other input moves with it, and the sum is long.
static bool wantsPanels(EquationOp equation, unsigned k, unsigned free) {
  AffineMap map = equation.getRead(k);
  if (!isWholeMatrix(equation, k) || !map.isFunctionOfDim(free) || !panelWidth(equation.getExtents()[free]))
    return false;
  int64_t elements = 1, steps = 1;
  for (auto [d, extent] : llvm::enumerate(equation.getExtents())) {
    elements *= map.isFunctionOfDim(d) ? extent : 1;
    steps *= map.isFunctionOfDim(d) && !equation.getWrite().isFunctionOfDim(d) ? extent : 1;
  }
  for (unsigned other = 0; other < equation.getInputs().size(); ++other)
    if (other != k && equation.getRead(other).isFunctionOfDim(free))
      return false;
  return steps >= leastSteps && countPoints(equation.getExtents()) / elements >= leastReuse;
}

namespace {

/// A matrix in panels along one of its axes: made once, for all contractions that want it so.
class Panels {
public:
  Value of(OpBuilder &builder, Location loc, Value matrix, unsigned axis);

private:
  llvm::DenseMap<std::pair<Value, unsigned>, Value> made;
};

} // namespace

/// P[a / w, ..rest, a % w] = matrix[.., a, ..]. It is made as soon as the matrix is there, so that no kernel ends to
/// wait for it.
Value Panels::of(OpBuilder &builder, Location loc, Value matrix, unsigned axis) {
  Value &panels = made[{matrix, axis}];
  if (panels)
    return panels;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(matrix);
  auto type = cast<RankedTensorType>(matrix.getType());
  int64_t width = panelWidth(type.getDimSize(axis));
  EquationParts copy;
  copy.extents.push_back(type.getDimSize(axis) / width);
  SmallVector<AffineExpr> read;
  for (unsigned each = 0; each < unsigned(type.getRank()); ++each) {
    read.push_back(builder.getAffineDimExpr(copy.extents.size()));
    if (each != axis)
      copy.extents.push_back(type.getDimSize(each));
    else
      read.back() = builder.getAffineDimExpr(0) * width + builder.getAffineDimExpr(type.getRank());
  }
  copy.extents.push_back(width);
  copy.write = builder.getMultiDimIdentityMap(copy.extents.size());
  copy.addInput(matrix, AffineMap::get(copy.extents.size(), 0, read, builder.getContext()));
  auto result = type.clone(copy.extents);
  panels = EquationOp::create(builder, loc, copy, result, [](OpBuilder &, Location, ValueRange scalars) {
             return scalars[0];
           }).getResult();
  return panels;
}

/// Splits index `free` into panels and places in one, and reads input k from its panels.
static void readPanels(EquationOp equation, unsigned k, unsigned free, Panels &panels) {
  EquationParts parts = partsOf(equation);
  MLIRContext *context = equation.getContext();
  int64_t width = panelWidth(parts.extents[free]);
  unsigned axis = bareAxis(parts.reads[k], free);
  SmallVector<int64_t> extents(parts.extents);
  SmallVector<AffineExpr> indices;
  for (unsigned d = 0; d < extents.size(); ++d)
    indices.push_back(getAffineDimExpr(d, context));
  unsigned inside = extents.size();
  extents[free] /= width;
  extents.push_back(width);
  indices[free] = getAffineDimExpr(free, context) * width + getAffineDimExpr(inside, context);
  SmallVector<AffineExpr> subscripts{getAffineDimExpr(free, context)};
  for (auto [position, expr] : llvm::enumerate(parts.reads[k].getResults()))
    if (position != axis)
      subscripts.push_back(expr);
  subscripts.push_back(getAffineDimExpr(inside, context));
  OpBuilder builder(equation);
  parts.substitute(indices, {}, extents);
  parts.inputs[k] = panels.of(builder, equation.getLoc(), parts.inputs[k], axis);
  parts.reads[k] = mapOver(parts, subscripts);
  replaceEquation(equation, parts, [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, equation, scalars, indices);
  });
}

namespace {
struct PackPanels : PassWrapper<PackPanels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PackPanels)
  StringRef getArgument() const final { return "nn-pack-panels"; }
  StringRef getDescription() const final { return "copy matrices that are read many times into panels"; }

  void runOnOperation() final {
    Layouts layouts(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        runOnFunction(function.getBody().front(), layouts);
  }

  /// A contraction, its input that is to be in panels, and the index that runs along them.
  struct Choice {
    EquationOp equation;
    unsigned input, free;
  };

  static void runOnFunction(Block &block, const Layouts &layouts) {
    OuterProducts products(block);
    SmallVector<Choice> choices;
    for (auto equation : block.getOps<EquationOp>())
      if (!products.touches(equation))
        choose(equation, layouts, choices);
    Panels panels;
    for (const Choice &choice : choices)
      readPanels(choice.equation, choice.input, choice.free, panels);
  }

  static void choose(EquationOp equation, const Layouts &layouts, SmallVectorImpl<Choice> &choices) {
    if (equation.getCombine() != Combine::sum || equation.getDomain() || equation.getFill() || equation.getDrop() ||
        !equation.getTables().empty() || equation.getWrite().getNumResults() == 0)
      return;
    for (int free : {indexOf(equation, equation.getWrite().getNumResults() - 1), innermostIndex(equation, layouts)})
      for (unsigned k = 0; free >= 0 && k < equation.getInputs().size(); ++k)
        if (wantsPanels(equation, k, free) &&
            !layouts.isInnermost(equation.getInputs()[k], bareAxis(equation.getRead(k), free)))
          return choices.push_back({equation, k, unsigned(free)});
  }

  /// The index that stands alone on an axis of the result; -1: none.
  static int indexOf(EquationOp equation, unsigned axis) {
    auto dim = dyn_cast<AffineDimExpr>(equation.getWrite().getResult(axis));
    return dim ? int(dim.getPosition()) : -1;
  }

  /// The index along which the result's rows lie, which is that of its last axis or one that its readers asked for.
  static int innermostIndex(EquationOp equation, const Layouts &layouts) {
    return indexOf(equation, layouts.orderOf(equation.getResult()).back());
  }
};
} // namespace

std::unique_ptr<Pass> nn::createPackPanelsPass() { return std::make_unique<PackPanels>(); }

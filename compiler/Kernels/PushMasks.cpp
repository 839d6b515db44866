// push-masks: what a mask makes a constant is not computed.
//
// Note [Masks]
// `if j <= i then s[i, j] else -inf` is a known number wherever j > i, and so is what follows from it: its exponential
// is 0, and a product with that. A mask is such a fact, an affine expression over a value's axes and the number that
// the value is where the expression is negative. Facts flow forward, from selections to whatever computes with them;
// where a body then is what its reduction begins with (0 in a sum, -inf in a maximum), or 0 in a map, the expression
// becomes a condition of the equation (`where`). Then conditions flow backward: a value that is read only where an
// expression is not negative is computed only there.
//
// What is known is known of numbers: 0 * x is taken to be 0 and -inf + x to be -inf, so that an infinity or a NaN
// behind a mask stays behind it. A row of which the mask leaves nothing has no softmax, it is NaN; so -inf - x counts
// as -inf only where each row of x has a place that the masks leave.
#include "Kernels/Compose.h"
#include "Kernels/MaskedBody.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace nn;

namespace {

/// A value is `outside` where `inside`, over its axes, is negative.
struct Mask {
  AffineExpr inside;
  Attribute outside;
};
using Masks = llvm::DenseMap<Value, SmallVector<Mask>>;

} // namespace

/// Replaces comparisons that hold at every point of the equation's domain, and what follows from them.
static void simplifyBody(EquationOp equation) {
  std::optional<IntegerSet> domain = equation.getDomain();
  if (!domain)
    return;
  unsigned dims = equation.getNumDims();
  SmallVector<AffineExpr> hold;
  for (AffineExpr expr : domain->getConstraints())
    if (AffineExpr normal = normalizeMask(expr, dims))
      hold.push_back(normal);
  OpBuilder builder(equation);
  for (Operation &op : llvm::make_early_inc_range(equation.getBodyBlock().without_terminator())) {
    builder.setInsertionPoint(&op);
    AffineExpr order = orderOf(op, dims);
    if (order && (llvm::is_contained(hold, order) || llvm::is_contained(hold, negationOf(order, dims)))) {
      Value truth =
          arith::ConstantOp::create(builder, op.getLoc(), builder.getBoolAttr(llvm::is_contained(hold, order)));
      op.getResult(0).replaceAllUsesWith(truth);
      continue;
    }
    SmallVector<Value> results;
    if (isa<arith::SelectOp, arith::XOrIOp, arith::AndIOp, arith::OrIOp>(op) &&
        succeeded(builder.tryFold(&op, results)) && results.size() == 1)
      op.getResult(0).replaceAllUsesWith(results[0]);
  }
  eraseUnused(equation.getBodyBlock());
}

//===-- Forward
//-----------------------------------------------------------------------------------------------------------===//

/// The masks of an input, over the indices of the equation that reads it.
static SmallVector<Mask> pullBack(EquationOp equation, unsigned k, const Masks &masks) {
  SmallVector<Mask> result;
  auto found = masks.find(equation.getInputs()[k]);
  if (found == masks.end() || equation.getFillValue(k))
    return result;
  AffineMap read = equation.getRead(k);
  for (const Mask &mask : found->second)
    if (AffineExpr inside = normalizeMask(mask.inside.replaceDims(read.getResults()), equation.getNumDims()))
      result.push_back({inside, mask.outside});
  return result;
}

/// An expression over indices as one over the axes of what a map reads or writes; null if some index is on no axis of
/// its own.
static AffineExpr overAxes(AffineExpr expr, AffineMap map) {
  SmallVector<AffineExpr> axes;
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    int axis = expr.isFunctionOfDim(d) ? bareAxis(map, d) : 0;
    if (axis < 0)
      return {};
    axes.push_back(getAffineDimExpr(axis, expr.getContext()));
  }
  return normalizeMask(expr.replaceDims(axes), map.getNumResults());
}

static EquationOp addConditions(EquationOp equation, ArrayRef<AffineExpr> exprs) {
  EquationParts parts = partsOf(equation);
  for (AffineExpr expr : exprs)
    addConstraint(parts, expr, false);
  EquationOp result = replaceEquation(equation, parts, [&](OpBuilder &builder, Location, ValueRange scalars) {
    return copyBody(builder, equation, scalars);
  });
  simplifyBody(result);
  return dropUnusedInputs(result);
}

namespace {
/// The masks that may matter to one equation: those of its inputs, and the orders that its body asks for.
struct Candidates {
  SmallVector<SmallVector<Mask>> inputs;
  SmallVector<AffineExpr> exprs;

  Candidates(EquationOp equation, const Masks &masks) {
    for (unsigned k = 0; k < equation.getInputs().size(); ++k) {
      inputs.push_back(pullBack(equation, k, masks));
      for (const Mask &mask : inputs.back())
        add(mask.inside);
    }
    for (Operation &op : equation.getBodyBlock())
      if (AffineExpr order = orderOf(op, equation.getNumDims())) {
        add(order);
        add(negationOf(order, equation.getNumDims()));
      }
  }
  void add(AffineExpr expr) {
    if (expr && !llvm::is_contained(exprs, expr))
      exprs.push_back(expr);
  }
};
} // namespace

/// What the body yields where each of the candidates is negative. Rows are asked for among those that make it a
/// constant at all; which ones do is found without asking first.
static SmallVector<Mask> evaluateMasks(EquationOp equation, const Candidates &candidates) {
  auto evaluate = [&](AffineExpr negative, ArrayRef<AffineExpr> all) {
    MaskedBody body(equation, negative, all);
    for (auto [k, masks] : llvm::enumerate(candidates.inputs))
      for (const Mask &mask : masks)
        if (mask.inside == negative)
          body.set(k, mask.outside);
    return body.evaluate();
  };
  SmallVector<AffineExpr> all;
  for (AffineExpr expr : candidates.exprs)
    if (evaluate(expr, {}))
      all.push_back(expr);
  SmallVector<Mask> result;
  for (AffineExpr expr : all)
    if (Attribute outside = evaluate(expr, all))
      result.push_back({expr, outside});
  return result;
}

/// Adds to an equation's conditions what makes its body the number it begins with; remembers what its value is
/// elsewhere.
static void pushForward(EquationOp equation, Masks &masks) {
  Combine combine = equation.getCombine();
  if (combine == Combine::argmax || combine == Combine::argmin || combine == Combine::logsumexp ||
      !equation.getTables().empty() || !analyzeWrite(equation).owned)
    return;
  Attribute identity = identityAttr(combine, equation.getResultType().getElementType());
  SmallVector<AffineExpr> conditions;
  SmallVector<Mask> known;
  if (std::optional<IntegerSet> domain = equation.getDomain())
    for (auto [expr, equality] : llvm::zip(domain->getConstraints(), domain->getEqFlags()))
      if (AffineExpr inside = equality ? AffineExpr() : normalizeMask(expr, equation.getNumDims()))
        known.push_back({inside, identity});
  for (const Mask &mask : evaluateMasks(equation, Candidates(equation, masks))) {
    bool neutral = mask.outside == identity || (combine == Combine::sum && isZero(mask.outside));
    if (llvm::any_of(known, [&](const Mask &other) { return other.inside == mask.inside; }))
      continue;
    if (neutral)
      conditions.push_back(mask.inside);
    if (neutral || combine == Combine::map)
      known.push_back({mask.inside, neutral ? identity : mask.outside});
  }
  if (!conditions.empty())
    equation = addConditions(equation, conditions);
  for (const Mask &mask : known)
    if (AffineExpr inside = overAxes(mask.inside, equation.getWrite()))
      masks[equation.getResult()].push_back({inside, mask.outside});
}

//===-- Backward
//----------------------------------------------------------------------------------------------------------===//

/// The expressions over a value's axes that are not negative where one of its readers reads it.
static SmallVector<AffineExpr> readWhere(EquationOp reader, unsigned k) {
  SmallVector<AffineExpr> result;
  std::optional<IntegerSet> domain = reader.getDomain();
  for (unsigned c = 0; domain && c < domain->getNumConstraints(); ++c)
    if (!domain->isEq(c))
      if (AffineExpr inside = overAxes(domain->getConstraint(c), reader.getRead(k)))
        result.push_back(inside);
  return result;
}

/// What all readers of a value leave out, over the indices of the equation that computes it.
static SmallVector<AffineExpr> neededWhere(EquationOp equation) {
  std::optional<SmallVector<AffineExpr>> common;
  for (OpOperand &use : equation->getUses()) {
    auto reader = dyn_cast<EquationOp>(use.getOwner());
    if (!reader || use.getOperandNumber() >= reader.getInputs().size())
      return {};
    SmallVector<AffineExpr> here = readWhere(reader, use.getOperandNumber());
    if (!common)
      common = here;
    else
      llvm::erase_if(*common, [&](AffineExpr expr) { return !llvm::is_contained(here, expr); });
  }
  SmallVector<AffineExpr> own;
  std::optional<IntegerSet> domain = equation.getDomain();
  for (AffineExpr expr : common.value_or(SmallVector<AffineExpr>())) {
    if (llvm::any_of(llvm::enumerate(equation.getWrite().getResults()), [&](auto result) {
          return expr.isFunctionOfDim(result.index()) && !isa<AffineDimExpr>(result.value());
        }))
      continue;
    AffineExpr inside = normalizeMask(expr.replaceDims(equation.getWrite().getResults()), equation.getNumDims());
    bool there = domain && llvm::any_of(domain->getConstraints(), [&](AffineExpr known) {
                   return normalizeMask(known, equation.getNumDims()) == inside;
                 });
    if (inside && !there)
      own.push_back(inside);
  }
  return own;
}

namespace {
struct PushMasks : PassWrapper<PushMasks, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PushMasks)
  StringRef getArgument() const final { return "nn-push-masks"; }
  StringRef getDescription() const final { return "compute only what masks leave"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        runOnFunction(function);
  }

  static void runOnFunction(func::FuncOp function) {
    Block &block = function.getBody().front();
    Masks masks;
    for (EquationOp equation : llvm::to_vector(block.getOps<EquationOp>()))
      pushForward(equation, masks);
    SmallVector<EquationOp> equations = llvm::to_vector(block.getOps<EquationOp>());
    for (EquationOp equation : llvm::reverse(equations))
      if (equation.getTables().empty() && analyzeWrite(equation).owned)
        if (SmallVector<AffineExpr> needed = neededWhere(equation); !needed.empty())
          addConditions(equation, needed);
  }
};
} // namespace

std::unique_ptr<Pass> nn::createPushMasksPass() { return std::make_unique<PushMasks>(); }

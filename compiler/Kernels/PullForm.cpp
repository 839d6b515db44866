// pull-form: rewrites equations so that, where their maps allow it, every cell of a result is computed by one owner.
#include "Kernels/Equations.h"
#include "Kernels/GroupWrites.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

namespace {

/// A write result `step * outer + inner + offset` in which several points land on one cell, as in the input gradient of
/// a strided convolution.
struct Window {
  unsigned outer, inner;
  int64_t step, offset;
};

} // namespace

//===-- Samples
//-----------------------------------------------------------------------------------------------------===//

/// The row-major position of the current point within the indices from `first` on.
static AffineExpr elementOf(MLIRContext *context, ArrayRef<int64_t> shape, unsigned first) {
  AffineExpr element = getAffineConstantExpr(0, context);
  for (unsigned dim = first; dim < shape.size(); ++dim)
    element = element * shape[dim] + getAffineDimExpr(dim, context);
  return element;
}

/// A sample becomes a map whose body draws one number; the leading indices that the key has choose the key's row.
static void rewriteSample(SampleOp sample) {
  OpBuilder builder(sample);
  MLIRContext *context = builder.getContext();
  auto type = cast<RankedTensorType>(sample.getResult().getType());
  unsigned rows = cast<ShapedType>(sample.getKey().getType()).getRank() - 1;
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  for (unsigned word = 0; word < 4; ++word) {
    SmallVector<AffineExpr> read;
    for (unsigned row = 0; row < rows; ++row)
      read.push_back(getAffineDimExpr(row, context));
    read.push_back(getAffineConstantExpr(word, context));
    parts.addInput(sample.getKey(), mapOver(parts, read));
  }
  auto draw = [&](OpBuilder &inner, Location loc, ValueRange key) -> Value {
    Value element = buildIndexExpr(inner, loc, elementOf(context, type.getShape(), rows));
    return RandomOp::create(inner, loc, type.getElementType(), sample.getLaw(), key[0], key[1], key[2], key[3], element,
                            sample.getSite());
  };
  auto equation = EquationOp::create(builder, sample.getLoc(), parts, type, draw);
  sample.getResult().replaceAllUsesWith(equation.getResult());
  sample.erase();
}

/// The key of one turn of a loop becomes a map: its last word is drawn from the key before and the turn.
static void rewriteFoldKey(FoldKeyOp fold) {
  OpBuilder builder(fold);
  MLIRContext *context = builder.getContext();
  auto type = cast<RankedTensorType>(fold.getResult().getType());
  unsigned last = type.getRank() - 1;
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> row;
  for (unsigned dim = 0; dim < last; ++dim)
    row.push_back(getAffineDimExpr(dim, context));
  for (unsigned word = 0; word < 4; ++word) {
    SmallVector<AffineExpr> read(row);
    read.push_back(getAffineConstantExpr(word, context));
    parts.addInput(fold.getKey(), mapOver(parts, read));
  }
  parts.addInput(fold.getKey(), parts.write);
  bool oneCounter = cast<ShapedType>(fold.getCounter().getType()).getRank() == 0;
  parts.addInput(fold.getCounter(), mapOver(parts, oneCounter ? ArrayRef<AffineExpr>() : ArrayRef(row)));
  auto body = [&](OpBuilder &inner, Location loc, ValueRange in) -> Value {
    constexpr int32_t reservedSite = -1;
    Value drawn = RandomOp::create(inner, loc, inner.getI32Type(), Distribution::bits, in[0], in[1], in[2], in[3],
                                   in[5], reservedSite);
    Value word = IndexOp::create(inner, loc, inner.getI32Type(), last),
          three = constantOf(inner, loc, word.getType(), 3);
    Value isLast = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::eq, word, three);
    return arith::SelectOp::create(inner, loc, isLast, drawn, in[4]);
  };
  auto equation = EquationOp::create(builder, fold.getLoc(), parts, type, body);
  fold.getResult().replaceAllUsesWith(equation.getResult());
  fold.erase();
}

static bool mayReorder(Combine combine) {
  return combine == Combine::sum || combine == Combine::prod || combine == Combine::max || combine == Combine::min;
}

/// A reduction without a reduced index, whose cells are all owned, is a map.
static bool isMapInDisguise(EquationOp equation) {
  Combine combine = equation.getCombine();
  if (!mayReorder(combine) && combine != Combine::logsumexp)
    return false;
  return (!equation.getDomain() || combine == Combine::sum) && permutationWrite(equation);
}

//===-- logsumexp
//---------------------------------------------------------------------------------------------------===//

/// The maximum as it is subtracted: 0 where it is infinite, so that neither inf - inf nor exp of it arises.
static Value finiteOrZero(OpBuilder &builder, Location loc, Value value) {
  Value infinity = identityOf(builder, loc, Combine::min, value.getType());
  Value zero = constantOf(builder, loc, value.getType(), 0);
  Value size = math::AbsFOp::create(builder, loc, value);
  Value infinite = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, size, infinity);
  return arith::SelectOp::create(builder, loc, infinite, zero, value);
}

/// sum of exp(x - shift) over the same box, where `shift` is that of the cell a point lands on.
static EquationOp sumOfExponentials(OpBuilder &builder, EquationOp equation, Value shift) {
  EquationParts parts = partsOf(equation);
  parts.combine = Combine::sum;
  Type element = equation.getResultType().getElementType();
  unsigned last = parts.addInput(shift, parts.write,
                                 parts.drop ? identityAttr(Combine::sum, element) : Attribute(builder.getUnitAttr()));
  return EquationOp::create(builder, equation.getLoc(), parts, equation.getResultType(),
                            [&](OpBuilder &inner, Location loc, ValueRange scalars) -> Value {
                              Value value = copyBody(inner, equation, scalars.take_front(last));
                              Value shifted = arith::SubFOp::create(inner, loc, value, scalars[last]);
                              return math::ExpOp::create(inner, loc, shifted);
                            });
}

/// True if an equation takes input k to or from something, and does nothing else with it.
static bool onlySubtracts(EquationOp equation, unsigned k) {
  return !equation.getFillValue(k) &&
         llvm::all_of(equation.getBodyBlock().getArgument(k).getUsers(), [](Operation *user) {
           auto difference = dyn_cast<arith::SubFOp>(user);
           return difference && difference.getLhs() != difference.getRhs();
         });
}

/// A reader of lse = shift + log that subtracts it, or from it, reads both parts: `x - lse` is `(x - shift) - log`. For
/// large x the sum of the two has lost the digits that their difference from x needs.
static void readInParts(EquationOp reader, unsigned k, Value shift, Value log) {
  EquationParts parts = partsOf(reader);
  parts.inputs[k] = shift;
  unsigned last = parts.addInput(log, parts.reads[k], Attribute(UnitAttr::get(reader.getContext())));
  OpBuilder builder(reader);
  auto body = [&](OpBuilder &inner, Location loc, ValueRange scalars) -> Value {
    Value whole = arith::AddFOp::create(inner, loc, scalars[k], scalars[last]);
    SmallVector<Value> arguments(scalars.take_front(last));
    arguments[k] = whole;
    Value result = copyBody(inner, reader, arguments);
    OpBuilder::InsertionGuard guard(inner);
    for (Operation *user : llvm::make_early_inc_range(whole.getUsers())) {
      auto difference = cast<arith::SubFOp>(user);
      inner.setInsertionPoint(difference);
      bool from = difference.getLhs() == whole;
      Value near = from ? arith::SubFOp::create(inner, loc, scalars[k], difference.getRhs())
                        : arith::SubFOp::create(inner, loc, difference.getLhs(), scalars[k]);
      Value better = from ? arith::AddFOp::create(inner, loc, near, scalars[last]).getResult()
                          : arith::SubFOp::create(inner, loc, near, scalars[last]).getResult();
      if (result == difference.getResult())
        result = better;
      difference.replaceAllUsesWith(better);
      difference.erase();
    }
    whole.getDefiningOp()->erase();
    return result;
  };
  auto now = EquationOp::create(builder, reader.getLoc(), parts, reader.getResultType(), body);
  reader.getResult().replaceAllUsesWith(now.getResult());
  reader.erase();
}

/// log sum exp x = m + log sum exp(x - m), m the maximum where it is finite.
static void rewriteLogSumExp(EquationOp equation) {
  OpBuilder builder(equation);
  Location loc = equation.getLoc();
  EquationParts parts = partsOf(equation);
  parts.combine = Combine::max;
  auto type = cast<RankedTensorType>(equation.getResultType());
  auto maximum =
      EquationOp::create(builder, loc, parts, type, [&](OpBuilder &inner, Location, ValueRange scalars) -> Value {
        return copyBody(inner, equation, scalars);
      });
  auto shift = createElementwise(
      builder, loc, type, {maximum.getResult()},
      [](OpBuilder &inner, Location at, ValueRange scalars) -> Value { return finiteOrZero(inner, at, scalars[0]); });
  EquationOp sum = sumOfExponentials(builder, equation, shift.getResult());
  auto log = createElementwise(builder, loc, type, {sum.getResult()},
                               [](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
                                 return math::LogOp::create(inner, at, scalars[0]);
                               });
  SmallVector<std::pair<EquationOp, unsigned>> readers;
  for (OpOperand &use : equation.getResult().getUses())
    if (auto reader = dyn_cast<EquationOp>(use.getOwner()))
      if (unsigned k = use.getOperandNumber(); k < reader.getInputs().size() && onlySubtracts(reader, k) &&
                                               llvm::count(reader.getInputs(), equation.getResult()) == 1)
        readers.push_back({reader, k});
  for (auto [reader, k] : readers)
    readInParts(reader, k, shift.getResult(), log.getResult());
  EquationOp result = createElementwise(builder, loc, type, {shift.getResult(), log.getResult()},
                                        [](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
                                          return arith::AddFOp::create(inner, at, scalars[0], scalars[1]);
                                        });
  equation.getResult().replaceAllUsesWith(result.getResult());
  equation.erase();
}

/// From the last one on, so that none is read by another when its readers change.
static void rewriteLogSumExps(Block &block) {
  SmallVector<EquationOp> all;
  for (auto equation : block.getOps<EquationOp>())
    if (equation.getCombine() == Combine::logsumexp && !isMapInDisguise(equation))
      all.push_back(equation);
  for (EquationOp equation : llvm::reverse(all))
    rewriteLogSumExp(equation);
}

//===-- Writes
//------------------------------------------------------------------------------------------------------===//

/// Finds an axis of the write that is a bare symbol and can be had by comparing instead: all that the symbol depends on
/// is on other axes (then the box grows by no more than the cells that would be filled), or the combine kind must see
/// all its points together.
static int comparableAxis(const EquationParts &form) {
  bool argument = form.combine == Combine::argmax || form.combine == Combine::argmin;
  for (auto [axis, expr] : llvm::enumerate(form.write.getResults())) {
    auto symbol = dyn_cast<AffineSymbolExpr>(expr);
    if (!symbol)
      continue;
    llvm::SmallBitVector indices(form.extents.size());
    indicesOfSymbol(form.tableMaps, symbol.getPosition(), indices);
    bool decided = llvm::all_of(indices.set_bits(), [&](unsigned dim) { return bareAxis(form.write, dim) >= 0; });
    if (decided || argument)
      return axis;
  }
  return -1;
}

/// `r[b, s(b)] = ...` becomes `r[b, i] = ... where s(b) == i`.
static bool compareInsteadOfScatter(EquationParts &form, ArrayRef<int64_t> shape) {
  int axis = comparableAxis(form);
  if (axis < 0)
    return false;
  AffineExpr symbol = form.write.getResult(axis);
  unsigned dim = form.extents.size();
  form.extents.push_back(shape[axis]);
  SmallVector<AffineExpr> write(form.write.getResults());
  write[axis] = getAffineDimExpr(dim, form.write.getContext());
  form.write = mapOver(form, write);
  renumber(form);
  addConstraint(form, symbol - getAffineDimExpr(dim, form.write.getContext()), true);
  return true;
}

/// Reads a write result as a window over two indices that no other result uses.
static std::optional<Window> readWindow(const EquationParts &form, unsigned axis) {
  AffineExpr expr = form.write.getResult(axis);
  auto coefficients = linearCoefficients(expr, form.extents.size(), form.tables.size());
  if (!coefficients)
    return std::nullopt;
  ArrayRef<int64_t> flat = *coefficients;
  SmallVector<unsigned> dims;
  for (unsigned dim = 0; dim + 1 < flat.size(); ++dim)
    if (flat[dim])
      dims.push_back(dim);
  if (dims.size() != 2 || dims.back() >= form.extents.size())
    return std::nullopt;
  auto [outer, inner] = std::pair(dims[0], dims[1]);
  if (flat[inner] != 1 || (flat[outer] == 1 && form.extents[outer] < form.extents[inner]))
    std::swap(outer, inner);
  if (flat[inner] != 1 || flat[outer] < 1)
    return std::nullopt;
  // Windows that do not overlap share no cell.
  if (form.extents[inner] <= flat[outer] || form.extents[outer] <= 1)
    return std::nullopt;
  for (auto [other, result] : llvm::enumerate(form.write.getResults()))
    if (other != axis && (result.isFunctionOfDim(outer) || result.isFunctionOfDim(inner)))
      return std::nullopt;
  return Window{outer, inner, flat[outer], flat.back()};
}

/// One window becomes residue phases. The cell p = step * outer + inner + offset is written step * q + r with r < step.
/// Of the inner indices that fit, step * a + r + first for a = 0, 1, .., the first is the largest that is not above 0
/// and leaves no rest: then outer = q - a - (first + offset) / step. The box over (outer, inner) becomes one over (q,
/// r, a), of which q and r choose the cell and a is reduced. Fills `indices` with what the old indices are.
static void pullWindow(EquationParts &form, unsigned axis, int64_t size, const Window &window,
                       SmallVectorImpl<AffineExpr> &indices) {
  MLIRContext *context = form.write.getContext();
  int64_t step = window.step;
  int64_t outerExtent = form.extents[window.outer], innerExtent = form.extents[window.inner];
  int64_t first = -llvm::mod(window.offset, step);
  int64_t lastCell = std::min(size - 1, step * (outerExtent - 1) + innerExtent - 1 + window.offset);
  unsigned residue = form.extents.size();
  unsigned phase = step > 1 ? residue + 1 : residue; // the index a; without a stride there is no residue
  AffineExpr q = getAffineDimExpr(window.outer, context), a = getAffineDimExpr(phase, context);
  AffineExpr r = step > 1 ? getAffineDimExpr(residue, context) : getAffineConstantExpr(0, context);
  int64_t shift = (first + window.offset) / step;
  AffineExpr outer = q - a - shift, inner = a * step + r + first;
  SmallVector<int64_t> extents(form.extents);
  extents[window.outer] = std::max<int64_t>(lastCell, 0) / step + 1;
  extents[window.inner] = 1;
  if (step > 1)
    extents.push_back(step);
  extents.push_back((innerExtent - 1 - first) / step + 1);
  for (unsigned dim = 0; dim < form.extents.size(); ++dim)
    indices.push_back(getAffineDimExpr(dim, context));
  indices[window.outer] = outer;
  indices[window.inner] = inner;
  form.substitute(indices, {}, extents);
  SmallVector<AffineExpr> write(form.write.getResults());
  write[axis] = q * step + r;
  form.write = mapOver(form, write);
  addConstraint(form, outer, false);
  addConstraint(form, outerExtent - 1 + shift - q + a, false);
  if (first < 0)
    addConstraint(form, inner, false);
  if ((innerExtent - first) % step)
    addConstraint(form, innerExtent - 1 - first - a * step - r, false);
  form.drop |= step * extents[window.outer] > size;
}

/// Brings the write of one equation into pull form, one rewrite at a time; the body follows the indices.
static void rewriteWrite(EquationOp equation, bool sorts) {
  EquationParts form = partsOf(equation);
  SmallVector<AffineExpr> indices;
  ArrayRef<int64_t> shape = equation.getResultType().getShape();
  bool changed = compareInsteadOfScatter(form, shape);
  if (!changed && mayReorder(form.combine) && !analyzeWrite(equation).owned)
    for (unsigned axis = 0; axis < shape.size() && !changed; ++axis)
      if (auto window = readWindow(form, axis)) {
        pullWindow(form, axis, shape[axis], *window, indices);
        changed = true;
      }
  if (!changed && isMapInDisguise(equation)) {
    form.combine = Combine::map;
    changed = true;
  }
  if (!changed && form.drop && !mayWriteOutside(form, shape)) {
    form.drop = false;
    changed = true;
  }
  if (!changed) {
    if (EquationOp result = readGroups(equation, sorts))
      rewriteWrite(result, sorts);
    return;
  }
  EquationOp result = replaceEquation(equation, form, [&](OpBuilder &builder, Location, ValueRange scalars) {
    return copyBody(builder, equation, scalars, indices);
  });
  rewriteWrite(result, sorts);
}

//===-- The pass
//----------------------------------------------------------------------------------------------------===//

/// What the compiled road takes: equations, routines, samples, reshapes, constants, loops.
static LogicalResult checkOperation(Operation &op) {
  if (isa<EquationOp, RoutineOp, BarrierOp, SampleOp, FoldKeyOp, ReshapeOp, ConstantOp, StopOp, LoopOp, func::ReturnOp>(
          op))
    return success();
  return op.emitError("internal error: `") << op.getName() << "` should be gone before kernels are formed";
}

namespace {
struct PullForm : PassWrapper<PullForm, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PullForm)
  explicit PullForm(bool sorts) : sorts(sorts) {}
  StringRef getArgument() const final { return "nn-pull-form"; }
  StringRef getDescription() const final { return "give every cell of a result one owner where the maps allow it"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(runOnFunction(function)))
        return signalPassFailure();
  }

  LogicalResult runOnFunction(func::FuncOp function) {
    if (function.isExternal())
      return success();
    if (!function.getBody().hasOneBlock())
      return function.emitError("internal error: a root function is one block");
    bool failing = false;
    for (Operation &op : function.getBody().front())
      failing |= failed(checkOperation(op));
    if (failing)
      return failure();
    rewriteLogSumExps(function.getBody().front());
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
      rewrite(op);
    return success();
  }

  void rewrite(Operation &op) {
    if (auto stop = dyn_cast<StopOp>(op)) {
      stop.getResult().replaceAllUsesWith(stop.getInput());
      stop.erase();
    } else if (auto sample = dyn_cast<SampleOp>(op)) {
      rewriteSample(sample);
    } else if (auto fold = dyn_cast<FoldKeyOp>(op)) {
      rewriteFoldKey(fold);
    } else if (auto equation = dyn_cast<EquationOp>(op)) {
      rewriteWrite(equation, sorts);
    }
  }

  bool sorts; ///< also tables that it does not pay for
};
} // namespace

std::unique_ptr<Pass> nn::createPullFormPass() { return std::make_unique<PullForm>(/*sorts=*/false); }

std::unique_ptr<Pass> nn::createSortedPullFormPass() { return std::make_unique<PullForm>(/*sorts=*/true); }

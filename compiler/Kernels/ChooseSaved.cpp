// choose-saved: decides which values are stored. Cheap maps are computed again in their consumers; what no index
// changes, and what few indices change and takes long, is computed once.
#include "Kernels/Compose.h"
#include "Kernels/Passes.h"

#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/CSE.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace nn;

/// Set on an equation: compute its value again wherever it is read.
static constexpr llvm::StringLiteral recomputeAttrName = "recompute";
/// Up to so many flops and inputs, computing again costs no more than a load from the second-level cache.
static constexpr int64_t cheapCost = 4;
static constexpr unsigned cheapInputs = 2;
/// A composed equation reads from at most so many streams.
static constexpr unsigned mostInputs = 12;

//===-- What no index changes
//---------------------------------------------------------------------------------------===//

/// The operations of a body that depend on scalars alone, through at least one of them; `scalars` holds their values.
static void findScalars(EquationOp equation, llvm::SetVector<Value> &scalars) {
  Block &body = equation.getBodyBlock();
  for (BlockArgument argument : body.getArguments()) {
    AffineMap map = equation.getRead(argument.getArgNumber());
    bool constant = llvm::all_of(map.getResults(), [](AffineExpr e) { return isa<AffineConstantExpr>(e); });
    if (constant && !equation.getFillValue(argument.getArgNumber()))
      scalars.insert(argument);
  }
  auto isConstant = [](Value v) { return v.getDefiningOp<arith::ConstantOp>() != nullptr; };
  for (Operation &op : body.without_terminator()) {
    if (op.getNumResults() != 1 || op.getNumOperands() == 0)
      continue;
    bool known = llvm::all_of(op.getOperands(), [&](Value v) { return isConstant(v) || scalars.contains(v); });
    if (known && llvm::any_of(op.getOperands(), [&](Value v) { return scalars.contains(v); }))
      scalars.insert(op.getResult(0));
  }
}

/// Builds the equation over some indices that computes `value` of the body of `equation` from `members`, which change
/// with no other indices.
static Value buildPart(OpBuilder &builder, EquationOp equation, Value value, ArrayRef<unsigned> dims,
                       const llvm::SetVector<Value> &members) {
  EquationParts parts;
  SmallVector<AffineExpr> indices(equation.getNumDims(), builder.getAffineConstantExpr(0));
  for (auto [position, d] : llvm::enumerate(dims)) {
    parts.extents.push_back(equation.getExtents()[d]);
    indices[d] = builder.getAffineDimExpr(position);
  }
  parts.write = builder.getMultiDimIdentityMap(dims.size());
  IRMapping mapping;
  SmallVector<Value> arguments;
  for (BlockArgument argument : equation.getBodyBlock().getArguments())
    if (members.contains(argument)) {
      unsigned k = argument.getArgNumber();
      auto read = llvm::map_to_vector(equation.getRead(k).getResults(),
                                      [&](AffineExpr expr) { return expr.replaceDims(indices); });
      parts.addInput(equation.getInputs()[k], mapOver(parts, read));
      arguments.push_back(argument);
    }
  auto body = [&](OpBuilder &inner, Location, ValueRange values) {
    mapping.map(arguments, values);
    for (Operation &op : equation.getBodyBlock().without_terminator())
      if (isa<arith::ConstantOp>(op) || (op.getNumResults() == 1 && members.contains(op.getResult(0))))
        inner.clone(op, mapping);
    return mapping.lookup(value);
  };
  Type type = RankedTensorType::get(parts.extents, value.getType());
  auto part = EquationOp::create(builder, value.getLoc(), parts, type, body);
  eraseUnused(part.getBodyBlock());
  return dropUnusedInputs(part).getResult();
}

/// Lets an equation read values of its body instead of computing them. Returns the equation that is left.
static EquationOp readInstead(EquationOp equation, EquationParts &parts, ArrayRef<Value> values) {
  for (Value value : values)
    value.replaceAllUsesWith(equation.getBodyBlock().addArgument(value.getType(), value.getLoc()));
  EquationOp result = replaceEquation(equation, parts, [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, equation, scalars);
  });
  eraseUnused(result.getBodyBlock());
  return dropUnusedInputs(result);
}

/// The scalars of a body that something other than a scalar uses.
static SmallVector<Value> neededScalars(const llvm::SetVector<Value> &scalars) {
  SmallVector<Value> needed;
  for (Value value : scalars) {
    bool used = llvm::any_of(value.getUsers(), [&](Operation *user) {
      return user->getNumResults() != 1 || !scalars.contains(user->getResult(0));
    });
    if (value.getDefiningOp() && used)
      needed.push_back(value);
  }
  return needed;
}

/// Moves the scalar part of a body into equations of their own. Returns the equation that is left.
static EquationOp hoistScalars(EquationOp equation) {
  if (countPoints(equation) <= 1)
    return equation;
  llvm::SetVector<Value> scalars;
  findScalars(equation, scalars);
  SmallVector<Value> needed = neededScalars(scalars);
  if (needed.empty())
    return equation;
  OpBuilder builder(equation);
  EquationParts parts = partsOf(equation);
  for (Value value : needed)
    parts.addInput(buildPart(builder, equation, value, {}, scalars), mapOver(parts, {}));
  return readInstead(equation, parts, needed);
}

//===-- What few indices change
//---------------------------------------------------------------------------------------===//

namespace {
/// The values of a body by the indices that they change with; see `hoistRows`.
class Rows {
public:
  explicit Rows(EquationOp equation);
  /// True if the value takes long, and there are few points of the indices that it changes with.
  bool isDear(Value value) const;
  bool isFew(Value value) const;
  SmallVector<unsigned> dimsOf(Value value) const { return llvm::to_vector(dims.lookup(value).set_bits()); }
  /// All that changes with no other indices than `value`.
  llvm::SetVector<Value> membersOf(Value value) const;

private:
  llvm::SmallBitVector readDims(unsigned k);

  EquationOp equation;
  llvm::MapVector<Value, llvm::SmallBitVector> dims;
};
} // namespace

/// All indices for what is no plain read: those that do not tell which cells are in range.
llvm::SmallBitVector Rows::readDims(unsigned k) {
  unsigned count = equation.getNumDims();
  llvm::SmallBitVector result(count), all(count, true);
  if (equation.getFillValue(k))
    return all;
  ArrayRef<int64_t> shape = cast<ShapedType>(equation.getInputs()[k].getType()).getShape();
  for (auto [expr, size] : llvm::zip(equation.getRead(k).getResults(), shape)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim ? equation.getExtents()[dim.getPosition()] > size : !isa<AffineConstantExpr>(expr))
      return all;
    if (dim)
      result.set(dim.getPosition());
  }
  return result;
}

Rows::Rows(EquationOp equation) : equation(equation) {
  unsigned count = equation.getNumDims();
  for (BlockArgument argument : equation.getBodyBlock().getArguments())
    dims[argument] = readDims(argument.getArgNumber());
  for (Operation &op : equation.getBodyBlock().without_terminator()) {
    if (op.getNumResults() != 1)
      continue;
    bool arithmetic = isa<arith::ArithDialect, math::MathDialect>(op.getDialect());
    llvm::SmallBitVector changing(count, !arithmetic);
    for (Value operand : op.getOperands())
      changing |= dims.lookup(operand);
    dims[op.getResult(0)] = changing;
  }
}

bool Rows::isFew(Value value) const {
  constexpr int64_t share = 16;
  int64_t points = 1;
  for (unsigned d : dimsOf(value))
    points *= EquationOp(equation).getExtents()[d];
  return points > 1 && points * share <= countPoints(equation);
}

bool Rows::isDear(Value value) const {
  Operation *op = value.getDefiningOp();
  bool takesLong = op && (isa<arith::DivFOp>(op) ||
                          (isa<math::MathDialect>(op->getDialect()) && !isa<math::AbsFOp, math::FmaOp>(op)));
  return takesLong && isFew(value);
}

llvm::SetVector<Value> Rows::membersOf(Value value) const {
  llvm::SmallBitVector others = dims.lookup(value);
  others.flip();
  llvm::SetVector<Value> members;
  for (auto &[other, changing] : dims)
    if (!changing.anyCommon(others))
      members.insert(other);
  return members;
}

/// x / sqrt(v) is x (1 / sqrt(v)), within 1.5 ulps, where roots are few. A root is 0, infinite, or far from both, so
/// that its reciprocal is what it should be.
static void multiplyByReciprocals(EquationOp equation) {
  Rows rows(equation);
  OpBuilder builder(equation);
  for (Operation &op : llvm::make_early_inc_range(equation.getBodyBlock().without_terminator())) {
    auto division = dyn_cast<arith::DivFOp>(op);
    if (!division || !division.getRhs().getDefiningOp<math::SqrtOp>() || !rows.isDear(division.getRhs()) ||
        rows.isFew(division))
      continue;
    builder.setInsertionPoint(division);
    Location loc = division.getLoc();
    Value one = constantOf(builder, loc, division.getType(), 1);
    Value reciprocal = arith::DivFOp::create(builder, loc, one, division.getRhs());
    division.replaceAllUsesWith(arith::MulFOp::create(builder, loc, division.getLhs(), reciprocal).getResult());
    division.erase();
  }
}

/// Moves roots, quotients and the like that change with few of the indices, as those of a channel's variance, into
/// equations over these.
static EquationOp hoistRows(EquationOp equation) {
  multiplyByReciprocals(equation);
  Rows rows(equation);
  SmallVector<Value> needed;
  for (Operation &op : equation.getBodyBlock().without_terminator())
    if (op.getNumResults() == 1 && rows.isDear(op.getResult(0)) && llvm::any_of(op.getUsers(), [&](Operation *user) {
          return user->getNumResults() != 1 || !rows.isDear(user->getResult(0));
        }))
      needed.push_back(op.getResult(0));
  if (needed.empty())
    return equation;
  OpBuilder builder(equation);
  EquationParts parts = partsOf(equation);
  for (Value value : needed) {
    SmallVector<unsigned> dims = rows.dimsOf(value);
    auto read = llvm::map_to_vector(dims, [&](unsigned d) { return builder.getAffineDimExpr(d); });
    parts.addInput(buildPart(builder, equation, value, dims, rows.membersOf(value)), mapOver(parts, read));
  }
  return readInstead(equation, parts, needed);
}

//===-- Constants
//---------------------------------------------------------------------------------------------------===//

/// Puts constants of one value into the body.
static EquationOp bindConstants(EquationOp equation) {
  for (unsigned k = equation.getInputs().size(); k-- > 0;) {
    auto constant = equation.getInputs()[k].getDefiningOp<ConstantOp>();
    auto splat = constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : SplatElementsAttr();
    if (splat && !equation.getFillValue(k))
      equation = bindInput(equation, k, splat.getSplatValue<TypedAttr>());
  }
  return equation;
}

//===-- Maps
//--------------------------------------------------------------------------------------------------------===//

/// True if the value is stored whatever its readers do: it is returned, a loop starts from it, a
/// routine reads it, or it is kept until something else is known.
static bool isStored(EquationOp equation) {
  return llvm::any_of(equation->getUsers(),
                      [](Operation *user) { return isa<func::ReturnOp, LoopOp, RoutineOp, BarrierOp>(user); });
}

/// True if every reader of the value is an equation over no more points than the value has.
static bool readersAreSmall(EquationOp producer) {
  int64_t points = countPoints(producer);
  return llvm::all_of(producer->getUsers(), [&](Operation *user) {
    auto equation = dyn_cast<EquationOp>(user);
    return equation && countPoints(equation) <= points;
  });
}

static bool isCheap(EquationOp producer) {
  unsigned streams =
      llvm::count_if(producer.getInputs(), [](Value input) { return cast<ShapedType>(input.getType()).getRank() > 0; });
  return bodyCost(producer.getBodyBlock()) <= cheapCost && streams <= cheapInputs;
}

/// True if the producer copies a tensor with room around it for a contraction, which reads each cell many times.
static bool makesRoomFor(EquationOp producer, EquationOp consumer) {
  bool fills = llvm::any_of(llvm::seq<unsigned>(0, producer.getInputs().size()),
                            [&](unsigned k) { return bool(producer.getFillValue(k)); });
  return fills && consumer.getCombine() == Combine::sum && consumer.getInputs().size() > 1;
}

/// Whether the consumer shall compute input `k` itself. Of a value that is stored anyway, reading the stored one leaves
/// what it is computed from free to be overwritten.
static bool shouldCompose(EquationOp producer, EquationOp consumer, unsigned k) {
  if (isStored(producer) || !canCompose(producer, consumer, k))
    return false;
  bool forced = producer->hasAttr(recomputeAttrName);
  if (!forced && producer.getInputs().size() + consumer.getInputs().size() > mostInputs)
    return false;
  if (forced || (bodyCost(producer.getBodyBlock()) == 0 && !makesRoomFor(producer, consumer)))
    return true;
  if (countPoints(consumer) > countPoints(producer))
    return false;
  bool onlyReader = llvm::all_of(producer->getUsers(), [&](Operation *user) { return user == consumer; });
  return onlyReader || (isCheap(producer) && readersAreSmall(producer));
}

/// Composes into `equation` whatever should be, then again into what came of it.
static void composeInto(EquationOp equation) {
  for (unsigned k = 0; k < equation.getInputs().size();) {
    auto producer = equation.getInputs()[k].getDefiningOp<EquationOp>();
    if (!producer || !shouldCompose(producer, equation, k)) {
      ++k;
      continue;
    }
    equation = compose(producer, equation, k);
    if (producer->use_empty())
      producer->erase();
    k = 0;
  }
}

/// Reads every value that is stored anyway instead of computing it again. Then an optimizer's update reads the new
/// moments, and the old ones can be overwritten.
static void reuseResults(Block &block) {
  SmallVector<EquationOp> stored;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto equation = dyn_cast<EquationOp>(op);
    if (!equation)
      continue;
    for (EquationOp earlier : stored)
      equation = reuse(earlier, equation);
    if (isStored(equation) && bodyCost(equation.getBodyBlock()) > 0)
      stored.push_back(equation);
  }
}

namespace {
struct ChooseSaved : PassWrapper<ChooseSaved, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChooseSaved)
  StringRef getArgument() const final { return "nn-choose-saved"; }
  StringRef getDescription() const final { return "compose cheap maps into their consumers instead of storing them"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        runOnFunction(function);
  }

  static void removeDuplicates(func::FuncOp function) {
    IRRewriter rewriter(function.getContext());
    DominanceInfo dominance(function);
    eliminateCommonSubExpressions(rewriter, dominance, function);
  }

  static void removeDead(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  static void runOnFunction(func::FuncOp function) {
    Block &block = function.getBody().front();
    removeDuplicates(function);
    reuseResults(block);
    for (Operation &op : llvm::make_early_inc_range(block))
      if (auto equation = dyn_cast<EquationOp>(op))
        dropUnusedInputs(hoistRows(hoistScalars(bindConstants(equation))));
    removeDuplicates(function);
    for (Operation &op : llvm::make_early_inc_range(block))
      if (auto equation = dyn_cast<EquationOp>(op))
        composeInto(equation);
    removeDuplicates(function);
    removeDead(block);
  }
};
} // namespace

std::unique_ptr<Pass> nn::createChooseSavedPass() { return std::make_unique<ChooseSaved>(); }

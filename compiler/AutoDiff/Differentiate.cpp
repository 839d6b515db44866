// differentiate: replaces gradients, tangents and jacobians by the equations that compute them.
#include "AutoDiff/Differentiate.h"
#include "AutoDiff/Passes.h"
#include "Dialect/NN/IR/Batching.h"

#include "mlir/Analysis/SliceAnalysis.h"

namespace nn {
#define GEN_PASS_DEF_DIFFERENTIATE
#define GEN_PASS_REGISTRATION
#include "AutoDiff/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

void nn::registerAutoDiffPasses() { nn::registerDifferentiate(); }

static Value zerosLike(OpBuilder &builder, Location loc, Value value) {
  return createSplat(builder, loc, cast<RankedTensorType>(value.getType()), 0);
}

/// True if the derivative is of the batch's sum: y is shared, or it is per-example and every variable is, too, so that
/// an example's variable can say what it does to all rows. A per-example derivative by a shared value has no such sum.
static bool isOfBatch(DiffContext &context, Value y, ValueRange wrt) {
  return !context.perExample(y) || llvm::all_of(wrt, [&](Value x) { return context.perExample(x); });
}

static LogicalResult replaceGrad(DiffContext &context, GradOp op) {
  OpBuilder builder(op);
  auto type = cast<RankedTensorType>(op.getY().getType());
  Value one = createSplat(builder, op.getLoc(), type, 1);
  SmallVector<Value> grads;
  bool ofBatch = isOfBatch(context, op.getY(), op.getWrt());
  if (failed(Pullback(builder, context, ofBatch).run(op.getY(), one, op.getWrt(), grads)))
    return failure();
  for (auto [grad, x] : llvm::zip(grads, op.getWrt()))
    if (!grad)
      grad = zerosLike(builder, op.getLoc(), x);
  op.replaceAllUsesWith(grads);
  return success();
}

static LogicalResult replaceJvp(DiffContext &context, JvpOp op) {
  OpBuilder builder(op);
  SmallVector<Value> results;
  if (failed(pushForward(builder, context, op.getX(), {op.getTangent()}, op.getY(), results)))
    return failure();
  op.replaceAllUsesWith(results.front() ? results.front() : zerosLike(builder, op.getLoc(), op.getY()));
  return success();
}

// --- Jacobians ---

/// One seed for each element of a tensor of this type, stacked: seed e is 1 at element e (row-major), else 0.
static Value unitSeeds(OpBuilder &builder, Location loc, RankedTensorType type) {
  RankedTensorType stacked = Batching(type.getNumElements()).extend(type);
  EquationParts parts;
  parts.extents = llvm::to_vector(stacked.getShape());
  parts.write = builder.getMultiDimIdentityMap(stacked.getRank());
  AffineExpr place = builder.getAffineConstantExpr(0);
  for (unsigned d = 0; d < type.getRank(); ++d)
    place = place * type.getDimSize(d) + builder.getAffineDimExpr(d + 1);
  auto body = [&](OpBuilder &inner, Location at, ValueRange) -> Value {
    Value seed = IndexOp::create(inner, at, inner.getI32Type(), 0), element = buildIndexExpr(inner, at, place);
    Value equal = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, seed, element);
    Value one = constantOf(inner, at, type.getElementType(), 1), zero = constantOf(inner, at, type.getElementType(), 0);
    return arith::SelectOp::create(inner, at, equal, one, zero);
  };
  return EquationOp::create(builder, loc, parts, stacked, body).getResult();
}

/// Applies what was written since `start` for one seed to all seeds at once; returns what `result` becomes, with the
/// seeds' axis in front.
static FailureOr<Value> applyToSeeds(OpBuilder &builder, Operation *start, Operation *seed, Value seeds, Value result) {
  Batching batching(cast<ShapedType>(seeds.getType()).getDimSize(0));
  batching.set(seed->getResult(0), seeds, true);
  SmallVector<Operation *> written;
  for (Operation *op = start->getNextNode(); op != &*builder.getInsertionPoint(); op = op->getNextNode())
    written.push_back(op);
  SmallVector<Operation *> seeded;
  for (Operation *op : written) {
    if (llvm::none_of(op->getOperands(), [&](Value v) { return batching.isMapped(v); }))
      continue; // the same for all seeds: stays where it is
    if (failed(batchOperation(builder, *op, batching)))
      return failure();
    seeded.push_back(op);
  }
  Value now = batching.lookupMapped(builder, result.getLoc(), result);
  for (Operation *op : llvm::reverse(seeded))
    op->erase();
  return now;
}

static LogicalResult replaceJacobian(DiffContext &context, JacobianOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto y = cast<RankedTensorType>(op.getY().getType()), x = cast<RankedTensorType>(op.getX().getType());
  bool forward = x.getNumElements() < y.getNumElements();
  RankedTensorType seedType = forward ? x : y;
  Value seeds = unitSeeds(builder, loc, seedType);
  // A seed to write the derivative for; its uses are replaced by all seeds.
  Operation *seed = createSplat(builder, loc, seedType, 0).getDefiningOp();
  SmallVector<Value> results;
  if (forward) {
    if (failed(pushForward(builder, context, op.getX(), {seed->getResult(0)}, op.getY(), results)))
      return failure();
  } else {
    bool ofBatch = isOfBatch(context, op.getY(), op.getX());
    if (failed(Pullback(builder, context, ofBatch).run(op.getY(), seed->getResult(0), op.getX(), results)))
      return failure();
  }
  Value jacobian;
  if (results.front()) {
    FailureOr<Value> stacked = applyToSeeds(builder, seed, seed, seeds, results.front());
    if (failed(stacked))
      return failure();
    context.perExample.forget();
    if (!forward) {
      jacobian = ReshapeOp::create(builder, loc, op.getType(), *stacked);
    } else {
      // [elements of x, elements of y] turned over
      int64_t nx = x.getNumElements(), ny = y.getNumElements();
      Value matrix = ReshapeOp::create(builder, loc, RankedTensorType::get({nx, ny}, y.getElementType()), *stacked);
      jacobian = ReshapeOp::create(builder, loc, op.getType(), swapAxes(builder, loc, matrix, 0, 1));
    }
  } else {
    jacobian = zerosLike(builder, loc, op.getResult());
  }
  op.replaceAllUsesWith(jacobian);
  return success();
}

// --- The pass ---

static LogicalResult differentiateBlock(DiffContext &context, Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isa<EquationOp>(op))
      for (Region &region : op.getRegions())
        for (Block &inside : region)
          if (failed(differentiateBlock(context, inside)))
            return failure();
    LogicalResult result = success();
    if (auto grad = dyn_cast<GradOp>(op))
      result = replaceGrad(context, grad);
    else if (auto jvp = dyn_cast<JvpOp>(op))
      result = replaceJvp(context, jvp);
    else if (auto jacobian = dyn_cast<JacobianOp>(op))
      result = replaceJacobian(context, jacobian);
    else if (auto call = dyn_cast<CallOp>(op))
      result = call.emitError("calls must be inlined before derivatives are taken");
    else
      continue;
    if (failed(result))
      return failure();
    op.erase();
    context.perExample.forget();
  }
  return success();
}

/// Whether a derivative is taken of a derivative, or along many seeds at once.
static bool looksThroughDerivatives(func::FuncOp function) {
  WalkResult result = function.walk([](Operation *op) {
    if (isa<JacobianOp>(op))
      return WalkResult::interrupt();
    if (!isa<GradOp, JvpOp>(op))
      return WalkResult::advance();
    llvm::SetVector<Operation *> slice;
    getForwardSlice(op, &slice);
    bool nested = llvm::any_of(slice, llvm::IsaPred<GradOp, JvpOp>);
    return nested ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

namespace {
struct DifferentiatePass : nn::impl::DifferentiateBase<DifferentiatePass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    // What is computed again is written for one gradient. A second one reads the values between anyway.
    if (looksThroughDerivatives(function))
      function.walk([](Operation *op) { op->removeAttr(rematAttrName); });
    DiffContext context;
    if (failed(differentiateBlock(context, function.getBody().front())))
      return signalPassFailure();
    // What only derivatives look at has been looked at.
    function.walk([](Operation *op) {
      op->removeAttr(rematAttrName);
      if (!isa<StopOp, WithSlopesOp>(op))
        return;
      op->getResult(0).replaceAllUsesWith(op->getOperand(0));
      op->erase();
    });
  }
};
} // namespace

// batch: adds the example index to every value that differs by example.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/Passes.h"

namespace nn {
#define GEN_PASS_DEF_BATCH
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

/// A sample as an equation: element e, in row-major order behind the axes of the keys, is nn.random of its key and e.
static void lowerSample(SampleOp sample) {
  OpBuilder builder(sample);
  auto type = cast<RankedTensorType>(sample.getType());
  unsigned rank = type.getRank(), keyAxes = cast<ShapedType>(sample.getKey().getType()).getRank() - 1;
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(rank);
  for (unsigned word = 0; word < 4; ++word) {
    SmallVector<AffineExpr> read(parts.write.getResults().take_front(keyAxes));
    read.push_back(builder.getAffineConstantExpr(word));
    parts.addInput(sample.getKey(), AffineMap::get(rank, 0, read, builder.getContext()));
  }
  AffineExpr element = builder.getAffineConstantExpr(0);
  for (unsigned d = keyAxes; d < rank; ++d)
    element = element * type.getDimSize(d) + builder.getAffineDimExpr(d);
  auto body = [&](OpBuilder &inner, Location loc, ValueRange key) -> Value {
    Value place = buildIndexExpr(inner, loc, element);
    return RandomOp::create(inner, loc, type.getElementType(), sample.getLaw(), key[0], key[1], key[2], key[3], place,
                            sample.getSite());
  };
  auto equation = EquationOp::create(builder, sample.getLoc(), parts, type, body);
  sample.replaceAllUsesWith(equation.getResult());
  sample.erase();
}

/// A folded key as an equation: its last word drawn from the key at the turn, the others as they are.
static void lowerFoldKey(FoldKeyOp fold) {
  OpBuilder builder(fold);
  auto type = cast<RankedTensorType>(fold.getType());
  unsigned rank = type.getRank();
  EquationParts parts;
  parts.extents = llvm::to_vector(type.getShape());
  parts.write = builder.getMultiDimIdentityMap(rank);
  AffineMap leading = parts.write.dropResult(rank - 1);
  for (unsigned word = 0; word < 4; ++word)
    parts.addInput(fold.getKey(), leading.insertResult(builder.getAffineConstantExpr(word), rank - 1));
  parts.addInput(fold.getKey(), parts.write);
  bool one = cast<ShapedType>(fold.getCounter().getType()).getRank() == 0;
  parts.addInput(fold.getCounter(), one ? AffineMap::get(rank, 0, builder.getContext()) : leading);
  auto body = [&](OpBuilder &inner, Location loc, ValueRange scalars) -> Value {
    Type i32 = inner.getI32Type();
    Value bits = RandomOp::create(inner, loc, i32, Distribution::bits, scalars[0], scalars[1], scalars[2], scalars[3],
                                  scalars[5], -1);
    Value word = IndexOp::create(inner, loc, i32, rank - 1), last = constantOf(inner, loc, i32, 3);
    Value isLast = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::eq, word, last);
    return arith::SelectOp::create(inner, loc, isLast, bits, scalars[4]);
  };
  auto equation = EquationOp::create(builder, fold.getLoc(), parts, type, body);
  fold.replaceAllUsesWith(equation.getResult());
  fold.erase();
}

/// The equation whose only reader is this sum over the batch, if the sum can be taken inside of it.
static EquationOp summedEquation(BatchSumOp sum) {
  auto equation = sum.getInput().getDefiningOp<EquationOp>();
  if (!equation || !equation->hasOneUse() || equation->getBlock() != sum->getBlock())
    return {};
  bool adds = equation.getCombine() == Combine::map || equation.getCombine() == Combine::sum;
  return adds ? equation : EquationOp();
}

namespace {

class RootBatcher {
public:
  RootBatcher(func::FuncOp root, int64_t bound) : root(root), batching(bound) {}
  LogicalResult run();

private:
  void findRows(Block &block);
  LogicalResult write(OpBuilder &builder, Operation &op);
  LogicalResult writeSummed(OpBuilder &builder, BatchSumOp sum, EquationOp equation);

  func::FuncOp root;
  Batching batching;
};

} // namespace

/// The argument that holds the number of valid rows; a new one if the function did not ask for it.
void RootBatcher::findRows(Block &block) {
  for (unsigned k = 0; k < root.getNumArguments(); ++k)
    if (auto bind = root.getArgAttrOfType<BindAttr>(k, bindingAttrName); bind && bind.getKind() == Binding::batch_size)
      batching.rows = block.getArgument(k);
  bool needed = root.walk([](BatchSumOp) { return WalkResult::interrupt(); }).wasInterrupted();
  if (batching.rows || !needed)
    return;
  MLIRContext *context = root.getContext();
  auto type = RankedTensorType::get({}, IntegerType::get(context, 32));
  batching.rows = block.addArgument(type, root.getLoc());
  SmallVector<DictionaryAttr> attrs;
  root.getAllArgAttrs(attrs);
  NamedAttrList tag;
  tag.set(bindingAttrName, BindAttr::get(context, Binding::batch_size, ""));
  attrs.resize(block.getNumArguments() - 1);
  attrs.push_back(tag.getDictionary(context));
  root.setFunctionType(FunctionType::get(context, block.getArgumentTypes(), root.getResultTypes()));
  root.setAllArgAttrs(attrs);
}

// An equation read by a batch sum alone is written together with it: the batch becomes one more reduced index.
LogicalResult RootBatcher::writeSummed(OpBuilder &builder, BatchSumOp sum, EquationOp equation) {
  if (failed(equation.batch(builder, batching)))
    return failure();
  auto batched = batching.lookup(equation.getResult()).getDefiningOp<EquationOp>();
  EquationParts parts = EquationParts::of(batched);
  parts.combine = Combine::sum;
  parts.write = parts.write.dropResult(0);
  maskRows(parts, batching.rows);
  auto body = [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, batched, scalars); };
  auto result = EquationOp::create(builder, equation.getLoc(), parts, sum.getType(), body);
  batching.set(sum.getResult(), result.getResult(), false);
  batched.erase();
  return success();
}

LogicalResult RootBatcher::write(OpBuilder &builder, Operation &op) {
  if (auto equation = dyn_cast<EquationOp>(op); equation && equation->hasOneUse())
    if (auto sum = dyn_cast<BatchSumOp>(*equation->user_begin()); sum && summedEquation(sum))
      return success();
  if (auto sum = dyn_cast<BatchSumOp>(op))
    if (EquationOp equation = summedEquation(sum))
      return writeSummed(builder, sum, equation);
  if (auto result = dyn_cast<func::ReturnOp>(op)) {
    auto values = llvm::map_to_vector(result.getOperands(), [&](Value value) { return batching.lookup(value); });
    func::ReturnOp::create(builder, op.getLoc(), values);
    return success();
  }
  return batchOperation(builder, op, batching);
}

LogicalResult RootBatcher::run() {
  Block *old = &root.getBody().front();
  findRows(*old);
  Block *block = new Block;
  root.getBody().push_back(block);
  Value oldRows = batching.rows;
  for (auto [k, argument] : llvm::enumerate(old->getArguments())) {
    bool differs = static_cast<bool>(root.getArgAttr(k, perExampleAttrName));
    Type type = differs ? batching.extend(argument.getType()) : argument.getType();
    batching.set(argument, block->addArgument(type, argument.getLoc()), differs);
  }
  if (oldRows)
    batching.rows = batching.lookup(oldRows);
  batching.ofExamples = true;
  OpBuilder builder = OpBuilder::atBlockEnd(block);
  for (Operation &op : *old)
    if (failed(write(builder, op)))
      return failure();
  old->dropAllReferences();
  old->erase();
  root.setFunctionType(builder.getFunctionType(block->getArgumentTypes(), block->getTerminator()->getOperandTypes()));
  return success();
}

/// In a function without a batch there is one example, and it has no axis.
static void resolveSingleExample(func::FuncOp root) {
  root.walk([](Operation *op) {
    OpBuilder builder(op);
    if (auto sum = dyn_cast<BatchSumOp>(op)) {
      op->replaceAllUsesWith(ValueRange(sum.getInput()));
    } else if (auto stack = dyn_cast<BatchStackOp>(op)) {
      int64_t bound = cast<ShapedType>(stack.getType()).getDimSize(0);
      op->replaceAllUsesWith(ValueRange(repeatLeading(builder, op->getLoc(), stack.getInput(), bound)));
    } else if (isa<ExampleOp>(op)) {
      auto type = cast<RankedTensorType>(op->getResult(0).getType());
      op->replaceAllUsesWith(ValueRange(createSplat(builder, op->getLoc(), type, 0)));
    } else {
      return;
    }
    op->erase();
  });
}

namespace {
struct BatchPass : nn::impl::BatchBase<BatchPass> {
  void runOnOperation() override {
    func::FuncOp root = getOperation();
    if (root.isExternal())
      return;
    if (auto bound = root->getAttrOfType<IntegerAttr>(batchAttrName)) {
      if (failed(RootBatcher(root, bound.getInt()).run()))
        return signalPassFailure();
    } else {
      resolveSingleExample(root);
    }
    root.walk(lowerSample);
    root.walk(lowerFoldKey);
    root.walk([&](Operation *op) {
      if (isa<BatchSumOp, BatchStackOp, ExampleOp>(op)) {
        op->emitError("examples cannot be coupled here: nothing in this loop differs by example");
        signalPassFailure();
      }
    });
  }
};
} // namespace

// outline-loops: the bodies of loops become functions, so that what follows sees functions without regions.
#include "Kernels/Equations.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

/// Moves the body of a loop into a function in front of `root`, and writes a call of its turns in the loop's place.
static void outline(Operation *op, func::FuncOp root, SymbolTable &symbols) {
  OpBuilder builder(root);
  Block &block = op->getRegion(0).front();
  Operation *yield = block.getTerminator();
  auto type = FunctionType::get(op->getContext(), block.getArgumentTypes(), yield->getOperandTypes());
  auto body = func::FuncOp::create(builder, op->getLoc(), (root.getSymName() + ".loop").str(), type);
  body.setPrivate();
  body->setAttr(loopBodyAttrName, builder.getUnitAttr());
  symbols.insert(body, Block::iterator(root));
  body.getBody().takeBody(op->getRegion(0));
  builder.setInsertionPoint(yield);
  func::ReturnOp::create(builder, yield->getLoc(), yield->getOperands());
  yield->erase();

  builder.setInsertionPoint(op);
  auto scan = dyn_cast<ScanOp>(op);
  auto iterate = dyn_cast<IterateOp>(op);
  auto loop = LoopOp::create(builder, op->getLoc(), op->getResultTypes(), body.getSymName(),
                             scan ? scan.getLength() : iterate.getAtMost(), /*stacked=*/bool(scan),
                             /*until=*/iterate && iterate.getUntil(), scan ? scan.getInits() : iterate.getInits(),
                             scan ? ValueRange(scan.getXs()) : ValueRange(),
                             scan ? scan.getCaptures() : iterate.getCaptures(), ValueRange(), IntegerAttr());
  op->replaceAllUsesWith(loop.getResults());
  op->erase();
}

namespace {
struct OutlineLoops : PassWrapper<OutlineLoops, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OutlineLoops)
  StringRef getArgument() const final { return "nn-outline-loops"; }
  StringRef getDescription() const final { return "make the bodies of loops functions"; }

  void runOnOperation() final {
    SymbolTable symbols(getOperation());
    for (auto root : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      // Inner loops first: their functions come before those that call them.
      SmallVector<Operation *> loops;
      root.walk<WalkOrder::PostOrder>([&](Operation *op) {
        if (isa<ScanOp, IterateOp>(op))
          loops.push_back(op);
      });
      for (Operation *op : loops) {
        auto iterate = dyn_cast<IterateOp>(op);
        if (!iterate || iterate.getAtMost() > 0) {
          outline(op, root, symbols);
          continue;
        }
        iterate.replaceAllUsesWith(iterate.getInits());
        iterate.erase();
      }
    }
  }
};
} // namespace

std::unique_ptr<Pass> nn::createOutlineLoopsPass() { return std::make_unique<OutlineLoops>(); }

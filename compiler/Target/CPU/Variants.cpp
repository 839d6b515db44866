// Which functions of a planned module are compiled for which instruction set.
#include "Dialect/NN/IR/Trace.h"
#include "Target/CPU/Program.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace nn;

/// `init`, and what prints the values of one example.
static bool runsOnce(func::FuncOp root) {
  if (root.getSymName() == "init")
    return true;
  auto module = root->getParentOfType<ModuleOp>();
  return llvm::any_of(module.getOps<RecipeOp>(), [&](RecipeOp recipe) {
    auto trace = recipe->getAttrOfType<FlatSymbolRefAttr>(traceAttrName);
    return trace && trace.getValue() == root.getSymName();
  });
}

bool nn::hasVariant(func::FuncOp root, ISA isa, const TargetOptions &options) {
  return isa == options.isas.front() || !runsOnce(root);
}

/// Adds a function, the kernels that it launches, the bodies of its loops, and what these reach.
static void addReached(func::FuncOp function, ModuleOp module, llvm::StringSet<> &reached) {
  if (!reached.insert(function.getSymName()).second)
    return;
  for (Operation &op : function.getBody().front())
    if (auto launch = dyn_cast<LaunchOp>(op))
      reached.insert(launch.getKernel());
    else if (auto loop = dyn_cast<LoopOp>(op))
      addReached(module.lookupSymbol<func::FuncOp>(loop.getBody()), module, reached);
}

OwningOpRef<ModuleOp> nn::variantOf(ModuleOp planned, ISA isa, const TargetOptions &options) {
  llvm::StringSet<> kept, left;
  for (func::FuncOp root : planned.getOps<func::FuncOp>())
    if (isRoot(root))
      addReached(root, planned, hasVariant(root, isa, options) ? kept : left);
  OwningOpRef<ModuleOp> part = planned.clone();
  for (Operation &op : llvm::make_early_inc_range(*part->getBody())) {
    auto name = SymbolTable::getSymbolName(&op);
    if (::llvm::isa<KernelOp, func::FuncOp>(op) && left.contains(name) && !kept.contains(name))
      op.erase();
  }
  return part;
}

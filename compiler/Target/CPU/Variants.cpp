// Which functions of a planned module are compiled for which instruction set.
#include "Dialect/NN/IR/Trace.h"
#include "Kernels/Kernels.h"
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

bool nn::runsOnGPU(func::FuncOp root) { return !runsOnce(root); }

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

static bool dotsPairs(KernelOp kernel) {
  return kernel.getBody().walk([](DotPairsOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

bool nn::dotsPairs(ModuleOp planned) {
  return llvm::any_of(planned.getOps<KernelOp>(), [](KernelOp kernel) { return ::dotsPairs(kernel); });
}

/// True if code for a set gains nothing over that for the next lower one: products of bf16, where there are none.
static bool gainsNothing(func::FuncOp root, ISA isa, const TargetOptions &options) {
  if (isa != ISA::AVX512BF16 || !llvm::is_contained(options.isas, ISA::AVX512))
    return false;
  auto module = root->getParentOfType<ModuleOp>();
  llvm::StringSet<> reached;
  addReached(root, module, reached);
  return llvm::none_of(module.getOps<KernelOp>(),
                       [&](KernelOp kernel) { return reached.contains(kernel.getSymName()) && ::dotsPairs(kernel); });
}

bool nn::hasVariant(func::FuncOp root, ISA isa, const TargetOptions &options) {
  return isa == options.isas.front() || !(runsOnce(root) || gainsNothing(root, isa, options));
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

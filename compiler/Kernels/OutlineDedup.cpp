// outline-dedup: kernels that differ in nothing but their names become one, launched several times.
#include "Kernels/Passes.h"

#include "Dialect/NN/IR/NN.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace nn;

/// The text of a kernel under a name that all share, without locations: equal text is equal structure.
static std::string structureOf(KernelOp kernel) {
  StringAttr name = kernel.getSymNameAttr();
  kernel.setSymName("kernel");
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope().printGenericOpForm().enableDebugInfo(false));
  kernel.setSymNameAttr(name);
  return text;
}

namespace {
struct OutlineDedup : PassWrapper<OutlineDedup, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(OutlineDedup)
  StringRef getArgument() const final { return "nn-outline-dedup"; }
  StringRef getDescription() const final { return "merge structurally equal kernels"; }

  void runOnOperation() final {
    llvm::StringMap<KernelOp> kept;
    llvm::DenseMap<StringAttr, StringAttr> merged;
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      auto [entry, isNew] = kept.try_emplace(structureOf(kernel), kernel);
      if (isNew)
        continue;
      merged[kernel.getSymNameAttr()] = entry->second.getSymNameAttr();
      kernel.erase();
    }
    getOperation().walk([&](LaunchOp launch) {
      auto found = merged.find(launch.getKernelAttr().getAttr());
      if (found != merged.end())
        launch.setKernel(found->second.getValue());
    });
  }
};
} // namespace

std::unique_ptr<Pass> nn::createOutlineDedupPass() { return std::make_unique<OutlineDedup>(); }

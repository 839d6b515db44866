// Registration of the kernel passes, and their order.
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void nn::registerKernelPasses() {
  registerPass(createOutlineLoopsPass);
  registerPass(createSplitIndicesPass);
  registerPass(createPullFormPass);
  registerPass(createChooseSavedPass);
  registerPass(createPushMasksPass);
  registerPass(createMinimalFiltersPass);
  registerPass(createPackOperandsPass);
  registerPass(createPairFactorsPass);
  registerPass(createPackPanelsPass);
  registerPass(createFormKernelsPass);
  registerPass(createAssignLayoutsPass);
  registerPass(createOutlineDedupPass);
  registerPass(createPlanStepPass);
  PassPipelineRegistration<>("nn-kernels", "from flat equations on tensors to planned kernels on buffers",
                             buildKernelPipeline);
}

void nn::buildKernelPipeline(OpPassManager &manager) {
  manager.addPass(createOutlineLoopsPass());
  manager.addPass(createSplitIndicesPass());
  manager.addPass(createPullFormPass());
  manager.addPass(createChooseSavedPass());
  manager.addPass(createPushMasksPass());
  manager.addPass(createMinimalFiltersPass());
  manager.addPass(createPackOperandsPass());
  manager.addPass(createPairFactorsPass());
  manager.addPass(createPackPanelsPass());
  manager.addPass(createFormKernelsPass());
  manager.addPass(createAssignLayoutsPass());
  manager.addPass(createOutlineDedupPass());
  manager.addPass(createPlanStepPass());
}

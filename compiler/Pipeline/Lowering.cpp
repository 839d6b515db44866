// Dialects and the order of the passes.
#include "Pipeline/Lowering.h"
#include "AutoDiff/Passes.h"
#include "Dialect/NN/IR/NN.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Interpreter/InterpretPass.h"
#include "Kernels/Passes.h"
#include "Target/CPU/CPU.h"
#include "Target/GPU/GPU.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace nn {

void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
}

void registerAllPasses() {
  mlir::registerTransformsPasses();
  registerTransformPasses();
  registerAutoDiffPasses();
  registerInterpreterPasses();
  registerKernelPasses();
  registerCPUPasses();
  registerGPUPasses();
}

void buildTensorPipeline(mlir::OpPassManager &passes) {
  passes.addPass(createInlineSpecialize());
  mlir::OpPassManager &root = passes.nest<mlir::func::FuncOp>();
  root.addPass(createCountTies());
  root.addPass(createNormalize());
  root.addPass(createDistribute());
  root.addPass(createUnwrapShifts());
  root.addPass(createDifferentiate());
  root.addPass(createBatch());
  root.addPass(createSimplify());
  root.addPass(createRoundContractions());
}

} // namespace nn

// Dialects and the order of the passes.
#include "Pipeline/Lowering.h"
#include "Dialect/NN/IR/NN.h"
#include "Interpreter/InterpretPass.h"
#include "Kernels/Passes.h"
#include "Target/CPU/CPU.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace nn {

void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
}

void registerAllPasses() {
  mlir::registerTransformsPasses();
  registerInterpreterPasses();
  registerKernelPasses();
  registerCPUPasses();
}

void buildTensorPipeline(mlir::OpPassManager &passes) {}

} // namespace nn

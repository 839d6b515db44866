// nn-opt: runs single passes on nn IR; for tests and for looking at one stage at a time.
#include "Dialect/NN/IR/NN.h"
#include "Kernels/Passes.h"
#include "Target/CPU/CPU.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<nn::NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
  mlir::registerTransformsPasses();
  nn::registerKernelPasses();
  nn::registerCPUPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "nn-opt: runs passes on nn IR", registry));
}

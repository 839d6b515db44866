// nn-opt: runs single passes on nn IR; for tests and for looking at one stage at a time.
#include "Pipeline/Lowering.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  nn::registerDialects(registry);
  nn::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "nn-opt: runs passes on nn IR", registry));
}

// nn-emit-gpu: every nn.kernel becomes the functions of its pieces.
#include "Target/GPU/EqualPieces.h"
#include "Target/GPU/GPU.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Pieces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace nn;

namespace {

struct EmitGPUPass : PassWrapper<EmitGPUPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitGPUPass)

  StringRef getArgument() const override { return "nn-emit-gpu"; }
  StringRef getDescription() const override {
    return "emit functions of single threads for the pieces of kernels; drop the roots that launch them";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<NNDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect, memref::MemRefDialect,
                    scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }
  void runOnOperation() override {
    noteOverlaps(getOperation());
    for (func::FuncOp function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      function.erase();
    for (KernelOp kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      OpBuilder builder(kernel);
      for (const Piece &piece : piecesOf(kernel).pieces)
        emitPiece(builder, piece);
      kernel.erase();
    }
  }
};

} // namespace

std::unique_ptr<Pass> nn::createEmitGPUPass() { return std::make_unique<EmitGPUPass>(); }

void nn::registerGPUPasses() {
  PassRegistration<EmitGPUPass>();
  registerPass(createMergeEqualPiecesPass);
  registerPass(createSplitSumsPass);
  registerPass(createSplitPlacesPass);
  registerPass(createStreamStripesPass);
}

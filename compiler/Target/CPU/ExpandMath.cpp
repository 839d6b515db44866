// nn-expand-math and the lowering to the LLVM dialect.
#include "Target/CPU/CPU.h"
#include "Target/CPU/Passes.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace nn;

void ExpandMathPass::getDependentDialects(DialectRegistry &registry) const {
  registry.insert<arith::ArithDialect, math::MathDialect, vector::VectorDialect, func::FuncDialect>();
}

void ExpandMathPass::runOnOperation() {
  MLIRContext *context = &getContext();
  // Before functions are gone whose signs tell which divisions are products.
  RewritePatternSet divisions(context);
  populateReciprocalPatterns(divisions);
  if (failed(applyPatternsGreedily(getOperation(), std::move(divisions))))
    return signalPassFailure();

  RewritePatternSet polynomials(context);
  populateUnfusedPatterns(polynomials);
  populateSineCosinePatterns(polynomials);
  populateExponentialPatterns(polynomials);
  populateLogarithmPatterns(polynomials);
  populateOddRationalPatterns(polynomials);
  populateComplementaryErrorPatterns(polynomials);
  populateCubeRootPatterns(polynomials);
  populateInverseTrigonometricPatterns(polynomials);
  populatePowerPatterns(polynomials);
  populateQuotientPatterns(polynomials);
  populateBFloatPatterns(polynomials);
  if (failed(applyPatternsGreedily(getOperation(), std::move(polynomials))))
    return signalPassFailure();

  RewritePatternSet calls(context);
  populateMathToLibmConversionPatterns(calls);
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  target.addIllegalOp<math::AcosOp, math::AcoshOp, math::AsinOp, math::AsinhOp, math::AtanOp, math::Atan2Op,
                      math::AtanhOp, math::CbrtOp, math::CoshOp, math::ErfOp, math::ErfcOp, math::ExpM1Op,
                      math::Log1pOp, math::SinhOp, math::TanOp, math::TanhOp>();
  if (failed(applyPartialConversion(getOperation(), target, std::move(calls))))
    signalPassFailure();
}

void nn::buildCPULowering(OpPassManager &pm) {
  pm.addPass(createCSEPass()); // equations in one loop share functions, which are one before they are taken apart
  pm.addPass(std::make_unique<ExpandMathPass>());
  pm.addPass(createConvertMathToFuncs());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  arith::ArithExpandOpsPassOptions arithmetic;
  arithmetic.includeBf16 = true; // widening is a shift
  pm.addPass(arith::createArithExpandOpsPass(arithmetic));
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(options));
  pm.addPass(createCSEPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

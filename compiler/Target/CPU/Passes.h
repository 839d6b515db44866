// Passes between emitted loops and the LLVM dialect; for use within this room.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

namespace nn {

/// nn-expand-math: f32 functions become polynomials on lanes; f64 ones, and what has no polynomial, become calls of
/// libm.
struct ExpandMathPass : mlir::PassWrapper<ExpandMathPass, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandMathPass)
  llvm::StringRef getArgument() const override { return "nn-expand-math"; }
  llvm::StringRef getDescription() const override { return "expand math functions to polynomials or libm calls"; }
  void getDependentDialects(mlir::DialectRegistry &registry) const override;
  void runOnOperation() override;
};

/// Rewrites x y + z of machines without fused operations to a product and a sum.
void populateUnfusedPatterns(mlir::RewritePatternSet &patterns);

/// Rewrites sin and cos of f32, scalar or lanes, to polynomials good to two units in the last place for |x| up to 1e6;
/// up to 1e4 where there are no fused operations.
void populateSineCosinePatterns(mlir::RewritePatternSet &patterns);

/// Rewrites exp and expm1 of f32 to polynomials, good to 1 and 2 ulps, subnormal results included; exp to 1.5 where
/// there are no fused operations.
void populateExponentialPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites log, log1p and log2 of f32 to polynomials, good to 2 ulps, for subnormal numbers, too.
void populateLogarithmPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites erf and tanh of f32 to rational functions, within 6 units of the last place: 4e-7.
void populateOddRationalPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites erfc of f32 to a rational function times exp, good to 5 ulps (6 without fused operations) down to
/// the smallest numbers.
void populateComplementaryErrorPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites cbrt of f32 to two steps of Halley's iteration, good to 1 ulp.
void populateCubeRootPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites asin and acos of f32 to polynomials, good to 3 and 2 ulps.
void populateInverseTrigonometricPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites divisions of f32 by constants, and several by one number, to products.
void populateReciprocalPatterns(mlir::RewritePatternSet &patterns);

/// Rewrites powers with integer exponents: known ones to products, others of floats to pow.
void populatePowerPatterns(mlir::RewritePatternSet &patterns);
/// Rewrites rounding to bf16 to operations on integers.
void populateBFloatPatterns(mlir::RewritePatternSet &patterns);
/// Defines integer quotients by divisors that only the run knows.
void populateQuotientPatterns(mlir::RewritePatternSet &patterns);

/// From scf, vector, memref, math and arith to the LLVM dialect; buffers become bare pointers.
void buildCPULowering(mlir::OpPassManager &pm);

} // namespace nn

/// The passes from equations on tensors to kernels on buffers; README.md beside this file states their contracts.
#pragma once

#include <memory>

namespace mlir {
class OpPassManager;
class Pass;
} // namespace mlir

namespace nn {

/// Makes the bodies of loops functions.
std::unique_ptr<mlir::Pass> createOutlineLoopsPass();
/// Takes indices apart that stand for several: those with quotients in subscripts, and axes that reshapes join.
std::unique_ptr<mlir::Pass> createSplitIndicesPass();
/// Gives every cell of a result one owner where the maps allow it; samples become equations, logsumexp a maximum and a
/// sum.
std::unique_ptr<mlir::Pass> createPullFormPass();
/// The same, but that every table of a scattered write is sorted where the maps allow it, also where that does not pay.
std::unique_ptr<mlir::Pass> createSortedPullFormPass();
/// Composes cheap maps into their consumers, and computes what no index changes once.
std::unique_ptr<mlir::Pass> createChooseSavedPass();
/// Computes only what masks leave: conditions under which a value is known become domains.
std::unique_ptr<mlir::Pass> createPushMasksPass();
/// Sums over windows of three places with four products for two results.
std::unique_ptr<mlir::Pass> createMinimalFiltersPass();
/// The same wherever it is possible, also where it does not pay.
std::unique_ptr<mlir::Pass> createEagerMinimalFiltersPass();
/// Copies operands of outer products so that vectors run along their last axis.
std::unique_ptr<mlir::Pass> createPackOperandsPass();
/// Stores factors that are rounded to bf16 as words of two, side by side along a summed index.
std::unique_ptr<mlir::Pass> createPairFactorsPass();
/// Copies matrices that contractions read many times, so that vectors read lines one after the other.
std::unique_ptr<mlir::Pass> createPackPanelsPass();
/// Groups equations into kernels on buffers.
std::unique_ptr<mlir::Pass> createFormKernelsPass();
/// Orders the axes of parameters, optimizer states and gradients so that contractions read with unit stride.
std::unique_ptr<mlir::Pass> createAssignLayoutsPass();
/// Merges structurally equal kernels.
std::unique_ptr<mlir::Pass> createOutlineDedupPass();
/// Orders launches, updates in place, and gives every buffer its place.
std::unique_ptr<mlir::Pass> createPlanStepPass();

/// Makes the passes known by name to nn-opt and nnc.
void registerKernelPasses();
/// Appends the passes, in order.
void buildKernelPipeline(mlir::OpPassManager &manager);

} // namespace nn

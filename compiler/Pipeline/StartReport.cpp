// Looks at the training steps alone, in a copy of the module in which everything is inlined.
#include "Pipeline/StartReport.h"
#include "Dialect/NN/IR/Trace.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Pipeline/Locations.h"
#include "Pipeline/RunPasses.h"
#include "Symmetry/Prover/EqualUnits.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

namespace nn {

/// The module without what no training step needs.
static mlir::OwningOpRef<mlir::ModuleOp> trainingOf(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> steps(module.clone());
  for (mlir::Operation &op : llvm::make_early_inc_range(steps->getOps()))
    if (llvm::isa<CommandOp, ReportOp, ClaimOp>(op))
      op.erase();
  for (auto recipe : steps->getOps<RecipeOp>()) {
    recipe.setEvalAttr(recipe.getStepAttr());
    recipe->removeAttr(traceAttrName);
  }
  return steps;
}

static std::string quoted(llvm::ArrayRef<std::string> names) { return "`" + llvm::join(names, "`, `") + "`"; }

static void warn(const prover::EqualUnits &equal, mlir::ModuleOp module, DiagnosticEngine &diagnostics) {
  auto parameter = module.lookupSymbol<ParameterOp>(equal.parameter);
  bool isVector = llvm::cast<mlir::RankedTensorType>(parameter.getType()).getRank() == 1;
  auto &report = diagnostics.report(diag::EqualUnits, rangeOf(parameter.getLoc(), diagnostics.sources), equal.units,
                                    equal.parameter);
  std::string together = equal.others.empty() ? "" : ", as in " + quoted(equal.others);
  report.note("along axis " + llvm::Twine(equal.axis) + " all that it starts from is equal" + together +
              ": each unit computes the same and gets the same gradient, so " + llvm::Twine(equal.units) +
              " of them do the work of one");
  report.help(llvm::Twine("let chance tell them apart: `~ ") + (isVector ? "normal(0, 1)" : "glorot_uniform") + "`" +
              (equal.others.empty() ? "" : "; what is drawn in one of these parameters is enough"));
}

void warnOfEqualUnits(mlir::ModuleOp module, DiagnosticEngine &diagnostics) {
  if (module.getOps<RecipeOp>().empty())
    return;
  mlir::OwningOpRef<mlir::ModuleOp> steps = trainingOf(module);
  DiagnosticEngine silent(diagnostics.sources); // what cannot be inlined is said when the module itself is compiled
  if (!runPasses(*steps, silent, {}, [](mlir::OpPassManager &p) { p.addPass(createInlineSpecialize()); }))
    return;
  for (const prover::EqualUnits &equal : prover::findEqualUnits(*steps))
    warn(equal, module, diagnostics);
}

} // namespace nn

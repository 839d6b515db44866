/// Running MLIR passes for a session: what they say becomes diagnostics, what they make can be printed.
#ifndef NOETHER_PIPELINE_RUNPASSES_H
#define NOETHER_PIPELINE_RUNPASSES_H

#include "Diagnostics/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class OpPassManager;
}

namespace nn {

/// While it lives, what MLIR reports in a context becomes diagnostics of the engine. A sentence is the user's business
/// (NN1002); what verifiers say of an operation (`'nn.equation' op ...`) is a fault of the compiler (NN1099).
class IRReports {
public:
  IRReports(mlir::MLIRContext &context, DiagnosticEngine &engine);

private:
  void file(mlir::Diagnostic &diagnostic);
  DiagnosticEngine &engine;
  mlir::ScopedDiagnosticHandler handler;
};

/// Which passes print the IR they leave, and where.
struct PassPrinting {
  llvm::ArrayRef<std::string> after; ///< arguments of passes: `nn-normalize`, with or without `nn-`
};

/// Runs the passes that `add` appends, verifying after each. A failure has been reported to the engine.
bool runPasses(mlir::ModuleOp module, DiagnosticEngine &engine, const PassPrinting &printing,
               llvm::function_ref<void(mlir::OpPassManager &)> add);

/// The names of the passes that `add` appends, as `--print-after` takes them.
std::vector<std::string> passNames(mlir::MLIRContext &context, llvm::function_ref<void(mlir::OpPassManager &)> add);

} // namespace nn

#endif

#include "Pipeline/ClaimModule.h"
#include "Frontend/Emit/Emit.h"

#include "mlir/IR/Verifier.h"

namespace nn {

std::optional<std::vector<ClaimModule>> emitClaim(const sema::ClaimPrograms &choices, mlir::MLIRContext &context,
                                                  const SourceManager &sources, DiagnosticEngine &diagnostics) {
  std::vector<ClaimModule> modules;
  for (const auto &choice : choices) {
    mlir::OwningOpRef<mlir::ModuleOp> module = emit::emit(*choice, context, sources, diagnostics);
    if (!module || mlir::failed(mlir::verify(*module)))
      return std::nullopt;
    modules.push_back({std::move(module), choice->claims[0].sizes});
  }
  return modules;
}

} // namespace nn

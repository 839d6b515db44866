/// A claim as a module of its own.
#ifndef NOETHER_PIPELINE_CLAIMMODULE_H
#define NOETHER_PIPELINE_CLAIMMODULE_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/Sema/Sema.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <optional>

namespace nn {

/// At one choice of sizes for the claim's dimension variables.
struct ClaimModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::pair<std::string, int64_t>> sizes;
};

/// The `nn` form of a claim at each of its choices; nothing if one of them has none, which is reported.
std::optional<std::vector<ClaimModule>> emitClaim(const sema::ClaimPrograms &choices, mlir::MLIRContext &context,
                                                  const SourceManager &sources, DiagnosticEngine &diagnostics);

} // namespace nn

#endif

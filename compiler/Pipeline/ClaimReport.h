/// The verdicts on claims of symmetry, as the user reads them.
#ifndef NOETHER_PIPELINE_CLAIMREPORT_H
#define NOETHER_PIPELINE_CLAIMREPORT_H

#include "Diagnostics/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nn {

class CertificateWriter;

struct ClaimOptions {
  bool numeric = false;                      ///< run the model for what is proved, too
  bool explain = false;                      ///< print derivations
  CertificateWriter *certificates = nullptr; ///< takes what is proved; null: nobody
};

/// A claim as a module of its own, at one choice of sizes for its dimension variables.
struct ClaimModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::pair<std::string, int64_t>> sizes;
};

/// Checks a claim at one or more choices of sizes. What is wrong is reported, what holds printed to `out` (null:
/// nowhere). False if an action is refused or the claim refuted.
bool reportClaim(llvm::ArrayRef<ClaimModule> choices, DiagnosticEngine &diagnostics, const ClaimOptions &options,
                 llvm::raw_ostream *out);

} // namespace nn

#endif

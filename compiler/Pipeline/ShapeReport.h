/// The verdicts on claims of convexity and linearity, as the user reads them.
#ifndef NOETHER_PIPELINE_SHAPEREPORT_H
#define NOETHER_PIPELINE_SHAPEREPORT_H

#include "Frontend/Sema/Checked.h"
#include "Pipeline/ClaimReport.h"

namespace nn {

/// Checks a claim at one or more choices of sizes. What is wrong is reported, what holds printed to `out` (null:
/// nowhere). False if it is refuted.
bool reportShape(llvm::ArrayRef<ClaimModule> choices, const checked::Claim &claim, DiagnosticEngine &diagnostics,
                 const ClaimOptions &options, llvm::raw_ostream *out);

} // namespace nn

#endif

/// The verdicts on claims of symmetry, as the user reads them.
#ifndef NOETHER_PIPELINE_CLAIMREPORT_H
#define NOETHER_PIPELINE_CLAIMREPORT_H

#include "Diagnostics/Diagnostics.h"
#include "Pipeline/ClaimModule.h"
#include "Pipeline/FixSearch.h"
#include <functional>

namespace nn {

class CertificateWriter;

struct ClaimOptions {
  bool numeric = false;                                                  ///< run the model for what is proved, too
  bool explain = false;                                                  ///< print derivations
  std::function<std::optional<ClaimFix>(const UnprovedClaim &)> suggest; ///< a fix of a refuted claim; may be null
  std::string *witness = nullptr;            ///< takes the first case in which a claim fails, as JSON; null: nowhere
  CertificateWriter *certificates = nullptr; ///< takes what is proved; null: nobody
  std::function<std::vector<ClaimModule>(const ast::Item *)> larger = {}; ///< the claim at larger sizes; may be null
  /// The claim at sizes that are drawn, if its program is the same for all; may be null.
  std::function<std::vector<ClaimModule>(const ast::Item *)> drawn = {};
};

/// Where the proof of a claim ends.
struct ProofEnd {
  bool proved = false;
  SourceRange place;   ///< invalid: nowhere in a source file
  std::string culprit; ///< the parameter that does not move along; may be empty
  std::string why;
};

/// Tries to prove one action of a claim, at all choices of sizes, and runs nothing. Nothing if the group does not act.
std::optional<ProofEnd> proveClaim(llvm::ArrayRef<ClaimModule> choices, DiagnosticEngine &diagnostics, size_t action);

/// Checks a claim at one or more choices of sizes. What is wrong is reported, what holds printed to `out` (null:
/// nowhere). False if an action is refused or the claim refuted.
bool reportClaim(const ast::SymmetryClaim *written, llvm::ArrayRef<ClaimModule> choices, DiagnosticEngine &diagnostics,
                 const ClaimOptions &options, llvm::raw_ostream *out);

} // namespace nn

#endif

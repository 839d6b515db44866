/// The words of `--target`.
#ifndef NOETHER_PIPELINE_TARGETS_H
#define NOETHER_PIPELINE_TARGETS_H

#include "Diagnostics/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <vector>

namespace nn {

/// What a program is compiled for; the processor always.
struct Targets {
  bool cuda = false;
  std::vector<int64_t> binaries; ///< capabilities of the GPUs that get binary code beside the text: 90 for sm_90
};

/// Of a list with commas; empty: the processor. Nothing if it names what is not known or not there, which is reported.
std::optional<Targets> parseTargets(llvm::StringRef list, DiagnosticEngine &diagnostics);

} // namespace nn

#endif

// The words of `--target`: cpu, cuda, sm_90.
#include "Pipeline/Targets.h"
#include "Target/GPU/Assemble.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <string>

namespace nn {

/// "sm_90": 90. The text is for what came with Ampere and later.
static std::optional<int64_t> parseCapability(llvm::StringRef name) {
  constexpr int64_t least = 80, most = 999;
  int64_t capability = 0;
  if (!name.consume_front("sm_") || name.getAsInteger(10, capability) || capability < least || capability > most)
    return std::nullopt;
  return capability;
}

std::optional<Targets> parseTargets(llvm::StringRef list, DiagnosticEngine &diagnostics) {
  Targets targets;
  if (list.empty())
    return targets;
  for (llvm::StringRef word : llvm::split(list, ',')) {
    llvm::StringRef name = word.trim();
    if (name == "cpu")
      continue;
    std::optional<int64_t> capability = parseCapability(name);
    if (name != "cuda" && !capability) {
      diagnostics.report(diag::UnknownTarget, {}, name).help("known are cpu, cuda, and sm_80, sm_90, ...");
      return std::nullopt;
    }
    targets.cuda = true;
    if (capability && !llvm::is_contained(targets.binaries, *capability))
      targets.binaries.push_back(*capability);
  }
  if (!targets.binaries.empty() && findAssembler().empty()) {
    diagnostics.report(diag::NoAssembler, {}, std::to_string(targets.binaries.front()))
        .help("`--target cpu,cuda` needs none: the driver compiles the text when the program starts");
    return std::nullopt;
  }
  return targets;
}

} // namespace nn

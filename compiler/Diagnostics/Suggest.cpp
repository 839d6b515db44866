// Suggestions for misspelled names.
#include "Diagnostics/Diagnostics.h"

namespace nn {

/// Edits that a name of this length may be away from what was meant.
static unsigned tolerance(llvm::StringRef name) {
  if (name.size() <= 1)
    return 0;
  return name.size() <= 4 ? 1 : unsigned(name.size()) / 3;
}

/// Swapping two neighbours is one slip of the hand, though two edits.
static bool isTransposition(llvm::StringRef a, llvm::StringRef b) {
  if (a.size() != b.size())
    return false;
  size_t i = 0;
  while (i < a.size() && a[i] == b[i])
    ++i;
  return i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] && a.substr(i + 2) == b.substr(i + 2);
}

std::optional<llvm::StringRef> closest(llvm::StringRef name, llvm::ArrayRef<std::string> candidates) {
  std::optional<llvm::StringRef> best;
  unsigned bestDistance = tolerance(name) + 1;
  for (const std::string &candidate : candidates) {
    if (candidate == name || candidate.empty())
      continue;
    unsigned distance = name.edit_distance(candidate, /*AllowReplacements=*/true, bestDistance);
    if (name.equals_insensitive(candidate))
      distance = 0;
    else if (isTransposition(name, candidate))
      distance = 1;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

} // namespace nn

/// Changes of a program that may make a wrong claim of symmetry right. Whether they do is for a proof to say.
#ifndef NOETHER_PIPELINE_CLAIMFIX_H
#define NOETHER_PIPELINE_CLAIMFIX_H

#include "Frontend/AST/AST.h"

#include "llvm/ADT/ArrayRef.h"

namespace nn {

/// A claim that is not proved, in a parsed file.
struct UnprovedClaim {
  const ast::SymmetryClaim *claim = nullptr;
  size_t action = 0;
  SourceRange place;   ///< of what does not move along
  std::string culprit; ///< the parameter that does not; may be empty
};

struct Proposal {
  struct Edit {
    SourceRange range;
    std::string replacement;
  };
  std::vector<Edit> edits; ///< in one file, apart from each other
  std::string help;        ///< "turn vectors by a gate: `norm_gate`"
};

/// The text with the edits made.
std::string applyEdits(llvm::StringRef text, std::vector<Proposal::Edit> edits);

/// Changes of the model, or of what a group is said to move, that leave the group as it is claimed. `library` has the
/// standard library.
std::vector<Proposal> fixesOfModel(const SourceManager &sources, const ast::File &file,
                                   llvm::ArrayRef<const ast::File *> library, const UnprovedClaim &unproved);
/// Claims of subgroups, the largest first.
std::vector<Proposal> weakerClaims(const SourceManager &sources, const UnprovedClaim &unproved);

} // namespace nn

#endif

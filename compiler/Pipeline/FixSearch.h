/// The search for a change of a program that makes a wrong claim of symmetry right.
#ifndef NOETHER_PIPELINE_FIXSEARCH_H
#define NOETHER_PIPELINE_FIXSEARCH_H

#include "Frontend/Sema/Sema.h"
#include "Pipeline/ClaimFix.h"
#include "Pipeline/Modules.h"

#include "mlir/IR/MLIRContext.h"

#include <set>

namespace nn {

/// A change that was tried: with it the program has no error in this claim, and the claim is proved.
struct ClaimFix {
  SourceRange range; ///< the smallest in the program that differs
  std::string replacement;
  std::string help; ///< what is changed, in words
  std::string text; ///< the whole file with it
};

/// Tries proposals one by one, in memory. One that moves the place where a proof ends is a step, and others are tried
/// on top of it; changes of the model come before weaker claims.
class FixSearch {
public:
  FixSearch(SourceManager &sources, mlir::MLIRContext &context, const std::vector<const ast::File *> &library,
            sema::Options meaning)
      : sources(sources), context(context), library(library), meaning(std::move(meaning)) {}

  std::optional<ClaimFix> find(const ast::File &program, const UnprovedClaim &unproved);

private:
  /// A program with some changes made.
  struct State {
    std::shared_ptr<ast::File> program;
    std::shared_ptr<Modules> modules;
    std::string text;
    std::vector<std::string> helps;
    UnprovedClaim unproved;
    std::string why;
    bool proved = false;
  };
  /// Checks the program and the one claim; nothing if there is another mistake.
  std::optional<State> check(std::string text, size_t claim, size_t action);
  std::optional<State> tryAll(const State &state, const std::vector<Proposal> &proposals, size_t claim,
                              std::vector<State> &steps);

  SourceManager &sources;
  mlir::MLIRContext &context;
  const std::vector<const ast::File *> &library;
  sema::Options meaning;
  std::string original; ///< the path of the program
  std::set<std::string> seen;
  int budget = 0;
};

} // namespace nn

#endif

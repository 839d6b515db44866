/// Semantic analysis: from the syntax tree of a file to the checked program.
#ifndef NOETHER_FRONTEND_SEMA_SEMA_H
#define NOETHER_FRONTEND_SEMA_SEMA_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"
#include "Frontend/Sema/Checked.h"

#include <map>
#include <memory>
#include <string>

namespace nn::sema {

struct Options {
  std::string sourceDirectory; ///< of the file: where its data is looked for first
  std::string dataDirectory;   ///< --data DIR
  std::string programName;     ///< the file's stem
  bool measureData = false;    ///< read data sets to the last value, for their ranges and counts
  /// `--set NAME=VALUE`: of these, values for arguments of commands that decide shapes, `draw.n=16,64`.
  std::vector<std::pair<std::string, std::string>> settings = {};
  /// The files that `use` names, already parsed; they must outlive the program.
  std::map<const ast::Use *, const ast::File *> uses = {};
};

/// Checks a file against the standard library (`prelude`, already parsed; its nodes must outlive the program). Every
/// error is reported to `diags`; the result is null if there was one.
std::unique_ptr<checked::Program> check(const ast::File &file, const std::vector<const ast::File *> &prelude,
                                        DiagnosticEngine &diags, const Options &options);

/// The claims in a file, in the order of the source.
std::vector<const ast::Item *> claimsOf(const ast::File &file);
/// Those of symmetry: only these have actions, and so certificates, fixes and tests by the executable.
std::vector<const ast::SymmetryClaim *> symmetryClaimsOf(const ast::File &file);
/// A claim with its dimension variables at up to two choices of sizes.
using ClaimPrograms = std::vector<std::unique_ptr<checked::Program>>;
/// A claim of a file that `check` has found no error in; empty if the claim is wrong (reported).
ClaimPrograms checkClaim(const ast::Item *claim, const ast::File &file, const std::vector<const ast::File *> &prelude,
                         DiagnosticEngine &diags, const Options &options);
/// The same at larger sizes, for a claim of which those say nothing; empty if no larger one goes with it.
ClaimPrograms checkLargerClaim(const ast::Item *claim, const ast::File &file,
                               const std::vector<const ast::File *> &prelude, const SourceManager &sources,
                               const Options &options);

/// The same at sizes that are drawn, if the program that the claim is about is the same for all sizes but for its
/// extents; otherwise empty.
ClaimPrograms checkDrawnClaim(const ast::Item *claim, const ast::File &file,
                              const std::vector<const ast::File *> &prelude, const SourceManager &sources,
                              const Options &options);

/// The program of a file that `check` has found no error in, with the functions of its claims of symmetry inside: with
/// the sizes that the program calls their models with, where it does. Claims that do not go with these are left out.
std::unique_ptr<checked::Program> checkWithClaims(const ast::File &file, const std::vector<const ast::File *> &prelude,
                                                  const SourceManager &sources, const Options &options);

/// Whether a name means a function that the language brings along and the standard library does not define.
bool isBuiltin(llvm::StringRef name);

} // namespace nn::sema

#endif

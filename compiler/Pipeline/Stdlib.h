/// The standard library as the compiler carries it: parsed for programs, searched for `nnc show`.
#ifndef NOETHER_PIPELINE_STDLIB_H
#define NOETHER_PIPELINE_STDLIB_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"

#include <memory>
#include <vector>

namespace nn {

/// Parses every file of the standard library; their paths are `stdlib/NAME.nn`. Empty after an error.
std::vector<std::unique_ptr<ast::File>> parseStdlib(SourceManager &sources, DiagnosticEngine &diagnostics);

/// What an item at the top of a file declares; empty for claims, recipes and other nameless ones.
llvm::StringRef declaredName(const ast::Item &item);

/// An item with the `///` lines above it, as written.
llvm::StringRef sourceOf(const SourceManager &sources, const ast::Item &item);

} // namespace nn

#endif

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

/// The modules of the library that a program has to name: `graphs` of `use graphs`, in the order of their names.
llvm::ArrayRef<std::string> libraryModuleNames();
/// How such a module's file is called: `stdlib/modules/graphs.nn`.
std::string libraryModulePath(llvm::StringRef name);
/// Null after an error.
std::unique_ptr<ast::File> parseLibraryModule(llvm::StringRef name, SourceManager &sources,
                                              DiagnosticEngine &diagnostics);

/// The standard library with its modules behind it.
std::vector<std::unique_ptr<ast::File>> parseWholeLibrary(SourceManager &sources, DiagnosticEngine &diagnostics);

/// What an item at the top of a file declares; empty for claims, recipes and other nameless ones.
llvm::StringRef declaredName(const ast::Item &item);

/// An item with the `///` lines above it, as written.
llvm::StringRef sourceOf(const SourceManager &sources, const ast::Item &item);

} // namespace nn

#endif

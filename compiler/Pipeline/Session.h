/// One compilation: a program goes through the stages up to the one that was asked for.
#ifndef NOETHER_PIPELINE_SESSION_H
#define NOETHER_PIPELINE_SESSION_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"
#include "Pipeline/Options.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>

namespace nn {

/// Everything that the stages of one compilation share. Each method reports into `diagnostics` and says by its result
/// whether its stage succeeded; the caller flushes.
class Session {
public:
  explicit Session(CompileOptions options) : options(std::move(options)) {}

  /// Reads the program and finds all that can be known without running it.
  bool check(llvm::StringRef path);
  /// Compiles the program and writes what `options.emit` asks for.
  bool build(llvm::StringRef path);

  CompileOptions options;
  SourceManager sources;
  DiagnosticEngine diagnostics{sources};

private:
  /// The number of the program's file; nothing if it cannot be read.
  std::optional<uint32_t> load(llvm::StringRef path);
  /// The program's syntax tree; null after an error.
  std::unique_ptr<ast::File> parse(llvm::StringRef path);
  /// Prints to `options.output`, or to standard output.
  bool write(llvm::function_ref<void(llvm::raw_ostream &)> print);
};

} // namespace nn

#endif

/// The files that a program uses: `use graphs`, `use "my.nn" as my`.
#ifndef NOETHER_PIPELINE_MODULES_H
#define NOETHER_PIPELINE_MODULES_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"
#include <map>
#include <memory>
#include <vector>

namespace nn {

/// Parsed files, and which one each `use` means.
struct Modules {
  std::vector<std::unique_ptr<ast::File>> files;
  std::map<const ast::Use *, const ast::File *> uses;
};

/// Reads everything that a parsed program uses, also through other files. A path in quotes is that of a file; a name,
/// `nets.unet`, is the file `nets/unet.nn`, else a module of the library. Both start at the folder of the file that
/// uses them. What is missing and what uses itself is reported, and false returned.
bool loadModules(const ast::File &program, SourceManager &sources, DiagnosticEngine &diagnostics, Modules &modules);

} // namespace nn

#endif

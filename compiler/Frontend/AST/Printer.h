/// Prints a syntax tree as `--emit=ast` shows it.
#ifndef NOETHER_FRONTEND_AST_PRINTER_H
#define NOETHER_FRONTEND_AST_PRINTER_H

#include "Frontend/AST/AST.h"

namespace llvm {
class raw_ostream;
}

namespace nn::ast {

/// One node a line: `role: Kind details <line:column-line:column>`, children indented by two blanks below it.
void print(llvm::raw_ostream &out, const SourceManager &sources, const File &file);

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_PRINTER_H

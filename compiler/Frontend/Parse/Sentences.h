/// Says in a plain sentence why a line does not fit the grammar. Private to this folder.
#ifndef NOETHER_FRONTEND_PARSE_SENTENCES_H
#define NOETHER_FRONTEND_PARSE_SENTENCES_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/Parse/Antlr.h"

namespace nn::parse {

/// A line (its blocks emptied) that does not parse as `entry`, and the first token that does not fit.
struct BadLine {
  llvm::ArrayRef<Token> tokens;
  Entry entry;
  size_t failedAt;
  /// A block whose kind is unknown holds the line: it is not in the wrong place.
  bool anyPlace = false;
};

/// Reports exactly one error about the line. The result is the word or sign that it is about, if the same mistake is
/// likely to be made wherever it stands; else empty.
llvm::StringRef explainLine(const BadLine &line, uint32_t file, DiagnosticEngine &engine);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_SENTENCES_H

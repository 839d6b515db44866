/// Parsing: from the text of a file to its syntax tree.
#ifndef NOETHER_FRONTEND_PARSE_PARSER_H
#define NOETHER_FRONTEND_PARSE_PARSER_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"

#include <memory>

namespace nn::parse {

struct ParseOptions {
  /// When set, the file is read in exact mode (slow) and every place that the grammar reads in two ways is described
  /// here. For tests of the grammar.
  std::vector<std::string> *ambiguities = nullptr;
};

/// Parses a file of the SourceManager. Every syntax error that is independent of the others is reported to `engine`
/// (kinds NN01xx); after one of them the result is null.
std::unique_ptr<ast::File> parseFile(const SourceManager &sources, uint32_t file, DiagnosticEngine &engine,
                                     const ParseOptions &options = {});

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_PARSER_H

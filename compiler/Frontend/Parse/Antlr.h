/// Runs the generated parser over a list of tokens. Private: the only header here that shows the generator's types.
#ifndef NOETHER_FRONTEND_PARSE_ANTLR_H
#define NOETHER_FRONTEND_PARSE_ANTLR_H

#include "Frontend/Parse/Token.h"

#include "NoetherParser.h"
#include <memory>

namespace nn::parse {

/// Where in the grammar to begin.
enum class Entry : uint8_t { File, Top, Stmt, Clause, ExpItem };

/// One run of the generated parser; owns the tree. A token's index in the tree is its index in the list.
class Run {
public:
  explicit Run(llvm::ArrayRef<Token> tokens);
  ~Run();
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  /// Parses everything from `entry`: first with the fast prediction, then, if that fails, with the complete one.
  /// False if the tokens do not follow the grammar; then `failedAt` and `rules` say where.
  bool parse(Entry entry);
  /// The same in exact mode: every ambiguity is described in `ambiguities`.
  bool parseExactly(Entry entry, std::vector<std::string> &ambiguities);

  antlr4::ParserRuleContext *tree = nullptr;
  /// The index of the first token that does not fit, or the number of tokens.
  size_t failedAt = 0;
  /// The rules being read there, innermost first.
  std::vector<std::string> rules;

private:
  bool attempt(Entry entry, antlr4::atn::PredictionMode mode);

  size_t count;
  std::unique_ptr<antlr4::ListTokenSource> source;
  std::unique_ptr<antlr4::CommonTokenStream> stream;
  std::unique_ptr<NoetherParser> parser;
};

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_ANTLR_H

/// Finds the brackets that do not match, and makes them match, so that the rest of the file can still be read.
#ifndef NOETHER_FRONTEND_PARSE_BRACKETS_H
#define NOETHER_FRONTEND_PARSE_BRACKETS_H

#include "Frontend/Parse/Token.h"

namespace nn::parse {

struct BracketError {
  enum class Form : uint8_t {
    Unclosed,         ///< `open` has no partner; one belongs at `place`
    Stray,            ///< `close` has no partner
    Doubled,          ///< `open` stands directly behind its like and is one too many
    StrayBehindBlock, ///< like Stray, but behind a block: the error is more likely in the line where that began
    Mismatched,       ///< `close` is where the partner of `open` belongs
    Unopened,         ///< `{` is missing at `place`, the partner of `close`
  };
  Form form;
  Token open;
  Token close;
  /// A byte of the file, right behind a token.
  uint32_t place = 0;
};

struct BracketRepair {
  /// The tokens with matching brackets.
  TokenList tokens;
  std::vector<BracketError> errors;
};

/// Takes the tokens with all their newlines. If the brackets match, they stay as they are; if not, the indentation of
/// the lines decides where a bracket is missing: a line that is indented no deeper than the line of an open bracket,
/// and does not begin with a closing one, stands outside.
BracketRepair repairBrackets(const TokenList &tokens, llvm::StringRef text);

/// `(` for `)` and so on; 0 if `token` is no bracket.
char closerOf(const Token &token);
char openerOf(const Token &token);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_BRACKETS_H

/// Tokens of a file, free of the parser generator's types. Private to this folder.
#ifndef NOETHER_FRONTEND_PARSE_TOKEN_H
#define NOETHER_FRONTEND_PARSE_TOKEN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

namespace nn::parse {

/// What a token is, as far as anything but the grammar asks.
enum class TokenClass : uint8_t {
  Word,    ///< a name or a keyword
  Integer, ///< `12`
  Float,   ///< `1.5`, `1e-3`
  String,  ///< `"..."`
  Punct,   ///< operators, brackets, separators
  Newline,
  OpenString, ///< a string whose quote is not closed on its line
  Other,      ///< a character that begins no token
};

struct Token {
  TokenClass cls = TokenClass::Other;
  /// The token's number in the grammar.
  uint16_t type = 0;
  /// Bytes of the file.
  uint32_t begin = 0;
  uint32_t end = 0;
  llvm::StringRef text;

  bool is(llvm::StringRef spelling) const { return text == spelling; }
  bool isNewline() const { return cls == TokenClass::Newline; }
};

using TokenList = std::vector<Token>;

struct LexedFile {
  /// Everything but blanks and comments.
  TokenList tokens;
  /// The `///` comments, in order.
  TokenList docs;
};

/// Splits UTF-8 text (which must be valid) into tokens; `Token::text` points into `text`.
LexedFile lex(llvm::StringRef text);

/// A token of the grammar by its spelling (`"then"`, `"=="`), at a place of its own; for trying repairs.
Token makeToken(llvm::StringRef spelling, uint32_t at);

/// The words of the grammar ("model", "then", ...), reserved or contextual.
llvm::ArrayRef<llvm::StringRef> keywords();
bool isKeyword(llvm::StringRef word);
/// A keyword that cannot be a name.
bool isReserved(llvm::StringRef word);
bool isReducer(llvm::StringRef word);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_TOKEN_H

/// Turns text into tokens with the generated lexer.
#include "Frontend/Parse/Token.h"

#include "NoetherLexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn::parse {
namespace {

/// Byte offsets of the characters of UTF-8 text, the end included; the lexer counts characters, we count bytes.
std::vector<uint32_t> characterOffsets(llvm::StringRef text) {
  std::vector<uint32_t> offsets;
  offsets.reserve(text.size() + 1);
  for (uint32_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
      offsets.push_back(i);
  offsets.push_back(text.size());
  return offsets;
}

TokenClass classify(size_t type, llvm::StringRef text) {
  switch (type) {
  case NoetherLexer::ID:
    return TokenClass::Word;
  case NoetherLexer::INT:
    return TokenClass::Integer;
  case NoetherLexer::FLOAT:
    return TokenClass::Float;
  case NoetherLexer::STRING:
    return TokenClass::String;
  case NoetherLexer::NL:
    return TokenClass::Newline;
  case NoetherLexer::OPEN_STRING:
    return TokenClass::OpenString;
  case NoetherLexer::OTHER:
    return TokenClass::Other;
  default:
    return llvm::isAlpha(text.front()) ? TokenClass::Word : TokenClass::Punct;
  }
}

struct Spellings {
  llvm::StringMap<uint16_t> types;
  std::vector<std::string> storage;
  std::vector<llvm::StringRef> keywords;

  Spellings() {
    antlr4::ANTLRInputStream input;
    NoetherLexer lexer(&input);
    const auto &vocabulary = lexer.getVocabulary();
    storage.reserve(vocabulary.getMaxTokenType() + 1);
    for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
      std::string literal = vocabulary.getLiteralName(type);
      if (literal.size() < 3)
        continue;
      storage.push_back(literal.substr(1, literal.size() - 2));
      types[storage.back()] = static_cast<uint16_t>(type);
      if (llvm::isAlpha(storage.back().front()))
        keywords.push_back(storage.back());
    }
    types["\n"] = NoetherLexer::NL;
  }
};

const Spellings &spellings() {
  static const Spellings table;
  return table;
}

} // namespace

LexedFile lex(llvm::StringRef text) {
  bool hasMark = text.starts_with("\xEF\xBB\xBF");
  llvm::StringRef body = hasMark ? text.drop_front(3) : text;
  std::vector<uint32_t> offsets = characterOffsets(body);
  antlr4::ANTLRInputStream input(body.str());
  NoetherLexer lexer(&input);
  lexer.removeErrorListeners();
  LexedFile result;
  uint32_t shift = hasMark ? 3 : 0;
  while (true) {
    std::unique_ptr<antlr4::Token> raw = lexer.nextToken();
    size_t type = raw->getType();
    if (type == antlr4::Token::EOF)
      break;
    if (type == NoetherLexer::WS || type == NoetherLexer::COMMENT)
      continue;
    Token token;
    token.type = static_cast<uint16_t>(type);
    token.begin = offsets[raw->getStartIndex()] + shift;
    token.end = offsets[raw->getStopIndex() + 1] + shift;
    token.text = text.slice(token.begin, token.end);
    token.cls = classify(type, token.text);
    (type == NoetherLexer::DOC ? result.docs : result.tokens).push_back(token);
  }
  return result;
}

Token makeToken(llvm::StringRef spelling, uint32_t at) {
  auto found = spellings().types.find(spelling);
  Token token;
  if (found != spellings().types.end()) {
    token.type = found->second;
    token.text = found->first();
  } else {
    token.type = NoetherLexer::ID;
    token.text = spelling;
  }
  token.cls = classify(token.type, token.text);
  token.begin = token.end = at;
  return token;
}

llvm::ArrayRef<llvm::StringRef> keywords() { return spellings().keywords; }

bool isKeyword(llvm::StringRef word) {
  auto found = spellings().types.find(word);
  return found != spellings().types.end() && llvm::isAlpha(word.front());
}

bool isReducer(llvm::StringRef word) {
  static const llvm::StringSet<> reducers = {"sum",       "mean",   "max",    "min", "prod",
                                             "logsumexp", "argmax", "argmin", "any", "all"};
  return reducers.contains(word);
}

bool isReserved(llvm::StringRef word) {
  static const llvm::StringSet<> reserved = {"if",    "then", "else",    "and",    "or",    "not",       "true",
                                             "false", "inf",  "on",      "like",   "train", "minimize",  "maximize",
                                             "using", "for",  "augment", "report", "plot",  "invariant", "equivariant"};
  return reserved.contains(word) || isReducer(word);
}

} // namespace nn::parse

/// Characters, strings and numbers that are none.
#include "Frontend/Parse/Lexical.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

namespace nn::parse {

bool checkText(uint32_t file, DiagnosticEngine &engine) {
  llvm::StringRef text = engine.sources.text(file);
  const auto *position = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  if (llvm::isLegalUTF8String(&position, end))
    return true;
  auto at = static_cast<uint32_t>(reinterpret_cast<const char *>(position) - text.begin());
  engine.report(diag::NotText, SourceRange{file, at, at + 1});
  return false;
}

namespace {

/// What was meant by a character that many keyboards and word processors put in the place of one of ours.
llvm::StringRef meantBy(llvm::StringRef character) {
  return llvm::StringSwitch<llvm::StringRef>(character)
      .Cases({"\u2212", "\u2013", "\u2014"}, "-")
      .Cases({"\u00D7", "\u00B7", "\u22C5"}, "*")
      .Case("\u00F7", "/")
      .Case("\u2264", "<=")
      .Case("\u2265", ">=")
      .Case("\u2260", "!=")
      .Case("\u2192", "->")
      .Case("\u21D2", "=>")
      .Case("\u2026", "..")
      .Cases({"\u201C", "\u201D", "'", "\u2018", "\u2019"}, "\"")
      .Case("\u2211", "sum")
      .Case("\u221E", "inf")
      .Cases({"!", "\u00AC"}, "not")
      .Cases({"&", "\u2227"}, "and")
      .Cases({"|", "\u2228"}, "or")
      .Case("\u221A", "sqrt")
      .Default("");
}

llvm::StringRef raisedDigit(llvm::StringRef character) {
  return llvm::StringSwitch<llvm::StringRef>(character).Case("\u00B2", "2").Case("\u00B3", "3").Default("");
}

class TokenRepair {
public:
  TokenRepair(TokenList &tokens, uint32_t file, DiagnosticEngine &engine)
      : tokens(tokens), file(file), engine(engine) {}

  std::vector<uint32_t> run() {
    TokenList kept;
    for (at = 0; at < tokens.size(); ++at) {
      Token token = tokens[at];
      if (blockComment() || (token.is("#") && hashComment()) || (token.cls == TokenClass::Other && quoted(kept))) {
        continue;
      } else if (token.cls == TokenClass::Other) {
        character(kept);
      } else if (token.cls == TokenClass::OpenString) {
        places.push_back(token.begin);
        unclosed(kept);
      } else if (size_t length = malformedNumber()) {
        number(length);
        kept.push_back(asOtherToken(token, "0"));
      } else {
        kept.push_back(token);
      }
    }
    tokens = std::move(kept);
    return std::move(places);
  }

private:
  SourceRange range(const Token &token) const { return {file, token.begin, token.end}; }
  bool touches(size_t first) const { return first + 1 < tokens.size() && tokens[first].end == tokens[first + 1].begin; }
  bool isNumber(size_t index) const {
    return index < tokens.size() &&
           (tokens[index].cls == TokenClass::Integer || tokens[index].cls == TokenClass::Float);
  }

  static Token asOtherToken(const Token &token, llvm::StringRef like) {
    Token result = lex(like).tokens.front();
    result.begin = token.begin;
    result.end = token.end;
    return result;
  }

  /// `/* ... */`
  bool blockComment() {
    if (!tokens[at].is("/") || !touches(at) || !tokens[at + 1].is("*"))
      return false;
    places.push_back(tokens[at].begin);
    engine.report(diag::UnknownCharacter, SourceRange::join(range(tokens[at]), range(tokens[at + 1])), "/*")
        .help("a comment begins with `//`, on each of its lines");
    size_t end = at + 2;
    while (end + 1 < tokens.size() && !(tokens[end].is("*") && touches(end) && tokens[end + 1].is("/")))
      ++end;
    if (end + 1 >= tokens.size())
      for (end = at + 1; end + 1 < tokens.size() && !tokens[end + 1].isNewline();)
        ++end;
    else
      ++end;
    at = end;
    return true;
  }

  /// `# ...`: the whole line is meant as a comment. The first one stands for all.
  bool hashComment() {
    if (!saidHash)
      engine.report(diag::UnknownCharacter, range(tokens[at]), "#")
          .fix(range(tokens[at]), "//", "a comment begins with `//`");
    saidHash = true;
    places.push_back(tokens[at].begin);
    while (at + 1 < tokens.size() && !tokens[at + 1].isNewline())
      ++at;
    return true;
  }

  /// A text between other quotes, closed on its line.
  bool quoted(TokenList &kept) {
    if (meantBy(tokens[at].text) != "\"")
      return false;
    size_t end = at + 1;
    while (end < tokens.size() && !tokens[end].isNewline() && meantBy(tokens[end].text) != "\"")
      ++end;
    if (end >= tokens.size() || tokens[end].isNewline())
      return false;
    SourceRange where = SourceRange::join(range(tokens[at]), range(tokens[end]));
    llvm::StringRef inside = engine.sources.text(SourceRange{file, tokens[at].end, tokens[end].begin});
    places.push_back(where.begin);
    engine.report(diag::UnknownCharacter, range(tokens[at]), tokens[at].text)
        .fix(where, "\"" + inside + "\"", "a string stands between `\"` and `\"`");
    kept.push_back(asOtherToken(tokens[at], "\"\""));
    at = end;
    return true;
  }

  /// A string without an end has swallowed the brackets that close behind it: they count.
  void unclosed(TokenList &kept) {
    const Token &token = tokens[at];
    llvm::StringRef body = token.text.rtrim(), bare = body.rtrim(")]}");
    SourceRange end{file, token.begin + uint32_t(bare.size()), token.begin + uint32_t(bare.size())};
    Diagnostic &error = engine.report(diag::UnclosedString, range(token));
    if (bare.size() > 1)
      error.fix(end, "\"", "a string ends with `\"` on the line it begins on");
    else
      error.help("a string ends with `\"` on the line it begins on");
    kept.push_back(asOtherToken(token, "\"\""));
    for (size_t i = bare.size(); i < body.size(); ++i)
      kept.push_back(makeToken(body.substr(i, 1), token.begin + uint32_t(i)));
  }

  /// A run of strange characters is one error.
  void character(TokenList &kept) {
    size_t last = at;
    while (touches(last) && tokens[last + 1].cls == TokenClass::Other)
      ++last;
    SourceRange where = SourceRange::join(range(tokens[at]), range(tokens[last]));
    llvm::StringRef written = engine.sources.text(where), meant = meantBy(tokens[at].text);
    places.push_back(where.begin);
    Diagnostic &error = engine.report(diag::UnknownCharacter, where, written);
    if (meant == "\"")
      error.help("a string stands between `\"` and `\"`");
    else if (written == "?")
      error.help("a choice is written `if c then a else b`");
    else if (written == "\\")
      error.help("an expression goes on in the next line behind an operator");
    else if (written == "\u2207" || written == "\u2202")
      error.help("`grad(y, x)` is the derivative of y by x");
    else if (llvm::StringRef power = raisedDigit(written); !power.empty()) {
      error.fix(where, " ^ " + power, "write `^ " + power + "`");
      kept.push_back(makeToken("^", where.begin));
      kept.push_back(asOtherToken(tokens[at], power));
    } else if (!meant.empty() && (last == at || tokens[last].is(tokens[at].text)))
      error.fix(where, meant, "write `" + meant + "`");
    if (!meant.empty() && meant != "\"")
      kept.push_back(asOtherToken(tokens[at], meant));
    at = last;
  }

  /// The number of tokens, from here on, that together look like a number and are none; 0 if they are fine.
  size_t malformedNumber() const {
    bool behindDot = at > 0 && tokens[at - 1].is(".");
    if (tokens[at].is(".") && touches(at) && isNumber(at + 1) && tokens[at + 1].cls == TokenClass::Integer &&
        !endsOperand(at))
      return 2;
    if (!isNumber(at) || behindDot || !touches(at))
      return 0;
    if (tokens[at + 1].is("."))
      return touches(at + 1) && (isNumber(at + 2) || tokens[at + 2].cls == TokenClass::Word) ? 3 : 2;
    return tokens[at + 1].cls == TokenClass::Word ? 2 : 0;
  }

  /// Something whose member `.0` could be stands right before token `index`.
  bool endsOperand(size_t index) const {
    if (index == 0)
      return false;
    const Token &previous = tokens[index - 1];
    return previous.cls == TokenClass::Word || previous.is(")") || previous.is("]") || isNumber(index - 1);
  }

  /// `_000` of `1_000`.
  static bool isGrouped(llvm::StringRef text) {
    return text.starts_with("_") && text.size() > 1 && text.find_first_not_of("0123456789_") == llvm::StringRef::npos;
  }

  /// Reports the tokens from `at` on as one number, and takes them.
  void number(size_t length) {
    SourceRange where = SourceRange::join(range(tokens[at]), range(tokens[at + length - 1]));
    llvm::StringRef written = engine.sources.text(where);
    places.push_back(where.begin);
    Diagnostic &error = engine.report(diag::MalformedNumber, where, written);
    if (length == 2 && tokens[at].cls == TokenClass::Integer && isGrouped(tokens[at + 1].text)) {
      std::string digits = written.str();
      llvm::erase(digits, '_');
      error.fix(where, digits, "digits stand together");
    } else if (length == 2 && tokens[at + 1].cls == TokenClass::Word)
      error.fix(where, tokens[at].text + " * " + tokens[at + 1].text, "is a product meant?");
    else if (length == 2 && tokens[at].is("."))
      error.fix(where, "0" + written, "write a digit in front of the point");
    else if (length == 2)
      error.fix(where, written + "0", "write a digit behind the point");
    else
      error.help("a number has at most one point, with digits on both sides of it");
    at += length - 1;
  }

  TokenList &tokens;
  uint32_t file;
  DiagnosticEngine &engine;
  std::vector<uint32_t> places;
  size_t at = 0;
  bool saidHash = false;
};

} // namespace

std::vector<uint32_t> repairTokens(TokenList &tokens, uint32_t file, DiagnosticEngine &engine) {
  return TokenRepair(tokens, file, engine).run();
}

} // namespace nn::parse

/// Bracket matching, guided by indentation where it fails.
#include "Frontend/Parse/Brackets.h"

#include "Frontend/Parse/NewlineFilter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn::parse {

char closerOf(const Token &token) {
  return llvm::StringSwitch<char>(token.text).Case("(", ')').Case("[", ']').Case("{", '}').Default(0);
}

char openerOf(const Token &token) {
  return llvm::StringSwitch<char>(token.text).Case(")", '(').Case("]", '[').Case("}", '{').Default(0);
}

namespace {

bool match(const TokenList &tokens) {
  std::vector<char> expected;
  for (const Token &token : tokens) {
    if (char closer = closerOf(token)) {
      expected.push_back(closer);
    } else if (openerOf(token)) {
      if (expected.empty() || expected.back() != token.text.front())
        return false;
      expected.pop_back();
    }
  }
  return expected.empty();
}

class Repairer {
public:
  Repairer(const TokenList &tokens, llvm::StringRef text) : tokens(tokens), text(text) {}

  BracketRepair run() {
    for (at = 0; at < tokens.size(); ++at) {
      const Token &token = tokens[at];
      if (token.isNewline()) {
        result.tokens.push_back(token);
        continue;
      }
      if (isFirstOnLine(at))
        closeByIndentation();
      if (token.is("{"))
        closeBeforeBlock();
      if (closerOf(token)) {
        stack.push_back({at, indentOf(at)});
        result.tokens.push_back(token);
      } else if (openerOf(token)) {
        close();
      } else {
        result.tokens.push_back(token);
      }
    }
    if (!stack.empty())
      reportUnclosed(tokens.size());
    while (!stack.empty())
      insertCloser(tokens.size());
    return std::move(result);
  }

private:
  struct Open {
    size_t index;
    uint32_t indent;
  };

  bool isFirstOnLine(size_t index) const { return index == 0 || tokens[index - 1].isNewline(); }
  bool isLastOnLine(size_t index) const { return index + 1 == tokens.size() || tokens[index + 1].isNewline(); }
  size_t lineOf(size_t index) const {
    while (!isFirstOnLine(index))
      --index;
    return index;
  }
  uint32_t indentOf(size_t index) const {
    uint32_t begin = tokens[lineOf(index)].begin;
    size_t lineBegin = text.rfind('\n', begin);
    return begin - (lineBegin == llvm::StringRef::npos ? 0 : static_cast<uint32_t>(lineBegin) + 1);
  }
  /// The last token before `index` that is no newline.
  size_t before(size_t index) const {
    do
      --index;
    while (index > 0 && tokens[index].isNewline());
    return index;
  }
  char expected() const { return closerOf(tokens[stack.back().index]); }

  /// A block that is not a function's without a name stands in no parentheses.
  void closeBeforeBlock() {
    if (stack.empty() || expected() == '}' || tokens[before(at)].is("=>"))
      return;
    reportUnclosed(at);
    while (!stack.empty() && expected() != '}')
      insertCloser(at);
  }

  /// A line that stands outside closes what it stands outside of.
  void closeByIndentation() {
    const Token &first = tokens[at];
    if (first.is("}"))
      closeInnerBlocks();
    if (openerOf(first))
      return;
    const Token *next = at + 1 < tokens.size() ? &tokens[at + 1] : nullptr;
    bool reported = false;
    while (!stack.empty() && indentOf(at) <= stack.back().indent) {
      if (expected() != '}' && continuesBefore(first, next))
        return;
      if (!reported)
        reportUnclosed(at);
      reported = true;
      insertCloser(at);
    }
  }

  /// `}` in front of a line closes the block of a line that is indented the same, and no block further in.
  void closeInnerBlocks() {
    bool hasPartner = llvm::any_of(
        stack, [&](const Open &open) { return tokens[open.index].is("{") && open.indent == indentOf(at); });
    bool reported = false;
    while (hasPartner && stack.back().indent > indentOf(at)) {
      if (!reported)
        reportUnclosed(at);
      reported = true;
      insertCloser(at);
    }
  }

  /// Where the partner of the innermost bracket belongs, when it is missed at token `index`.
  uint32_t placeFor(size_t index) const {
    size_t end = stack.back().index;
    while (!isLastOnLine(end))
      ++end;
    const Token &last = tokens[end];
    bool lineCouldEnd = end > stack.back().index && !continuesAfter(last) && !closerOf(last);
    return expected() != '}' && lineCouldEnd && end < index ? last.end : tokens[before(index)].end;
  }

  void reportUnclosed(size_t index) {
    size_t open = stack.back().index;
    if (tokens[open].is("{") && open + 1 < tokens.size() && tokens[open + 1].is("{")) {
      result.errors.push_back({BracketError::Form::Doubled, tokens[open + 1], {}, tokens[open + 1].begin});
      return;
    }
    result.errors.push_back({BracketError::Form::Unclosed, tokens[stack.back().index], {}, placeFor(index)});
  }

  /// Closes the innermost bracket before token `index`, in front of the newlines there.
  void insertCloser(size_t index) {
    size_t position = result.tokens.size();
    while (position > 0 && result.tokens[position - 1].isNewline())
      --position;
    uint32_t place = index > 0 ? tokens[before(index)].end : 0;
    result.tokens.insert(result.tokens.begin() + position, makeToken(llvm::StringRef(closerText(), 1), place));
    stack.pop_back();
  }
  const char *closerText() const {
    static const char closers[] = ")]}";
    return closers + (expected() == ')' ? 0 : expected() == ']' ? 1 : 2);
  }

  void close() {
    const Token &token = tokens[at];
    bool isTooFarOut = token.is("}") && !stack.empty() && expected() == '}' && stack.back().indent < indentOf(at);
    if (isTooFarOut && isFirstOnLine(at) && insertMissingOpener())
      return;
    bool isDoubled = isTooFarOut && !isFirstOnLine(at) && tokens[at - 1].is("}");
    if (!stack.empty() && expected() == token.text.front() && !isDoubled) {
      result.tokens.push_back(token);
      stack.pop_back();
      return;
    }
    if (token.is("}") && !isDoubled && insertMissingOpener())
      return;
    if (isDoubled) {
      result.errors.push_back({BracketError::Form::Stray, {}, token, token.begin});
      return;
    }
    if (stack.empty() || nextCloses() || !closesDeeper()) {
      if (!stack.empty() && !nextCloses() && !token.is("}") && expected() != '}')
        return replace();
      bool isBehindBlock = !token.is("}") && at > 0 && tokens[at - 1].is("}");
      result.errors.push_back(
          {isBehindBlock ? BracketError::Form::StrayBehindBlock : BracketError::Form::Stray, {}, token, token.begin});
      return;
    }
    reportUnclosed(at);
    while (expected() != token.text.front())
      insertCloser(at);
    result.tokens.push_back(token);
    stack.pop_back();
  }

  /// `f(x]`: the wrong kind of bracket closes.
  void replace() {
    const Token &token = tokens[at];
    result.errors.push_back({BracketError::Form::Mismatched, tokens[stack.back().index], token, token.begin});
    result.tokens.push_back(makeToken(llvm::StringRef(closerText(), 1), token.begin));
    stack.pop_back();
  }

  /// The next token closes the innermost bracket, so this one is too many.
  bool nextCloses() const {
    return !stack.empty() && at + 1 < tokens.size() && tokens[at + 1].is(llvm::StringRef(closerText(), 1));
  }

  /// This token closes a bracket further out, and those in between are unclosed. `)` and `]` reach out of a block only
  /// from a line that stands outside of it.
  bool closesDeeper() const {
    const Token &token = tokens[at];
    for (const Open &open : llvm::reverse(stack)) {
      if (closerOf(tokens[open.index]) == token.text.front())
        return true;
      if (tokens[open.index].is("{") && !token.is("}") && !(isFirstOnLine(at) && indentOf(at) <= open.indent))
        return false;
    }
    return false;
  }

  /// A `}` too many: perhaps the `{` is missing behind `=>`, or at the end of a header.
  bool insertMissingOpener() {
    size_t from = stack.empty() ? 0 : stack.back().index + 1;
    for (size_t i = at; i-- > from;) {
      if (tokens[i].isNewline() || !isLastOnLine(i) || indentOf(i) > indentOf(at))
        continue;
      if (tokens[i].is("=>") || isBlocklessHeader(lineOf(i), i))
        return insertOpener(i);
    }
    return false;
  }

  bool isBlocklessHeader(size_t first, size_t last) const {
    static constexpr llvm::StringRef words[] = {"model",    "fn",      "loss",  "regularizer", "optimizer",
                                                "schedule", "command", "train", "experiment"};
    if (!llvm::is_contained(words, tokens[first].text) || (last == first && !tokens[first].is("train")))
      return false;
    return llvm::none_of(llvm::ArrayRef(tokens).slice(first, last - first + 1),
                         [](const Token &token) { return token.is("{") || token.is("="); });
  }

  bool insertOpener(size_t behind) {
    auto position = llvm::find_if(result.tokens, [&](const Token &t) { return t.begin == tokens[behind].begin; });
    if (position == result.tokens.end())
      return false;
    uint32_t place = tokens[behind].end;
    result.tokens.insert(position + 1, makeToken("{", place));
    result.tokens.push_back(tokens[at]);
    result.errors.push_back({BracketError::Form::Unopened, {}, tokens[at], place});
    return true;
  }

  const TokenList &tokens;
  llvm::StringRef text;
  BracketRepair result;
  std::vector<Open> stack;
  size_t at = 0;
};

} // namespace

BracketRepair repairBrackets(const TokenList &tokens, llvm::StringRef text) {
  if (match(tokens))
    return {tokens, {}};
  return Repairer(tokens, text).run();
}

} // namespace nn::parse

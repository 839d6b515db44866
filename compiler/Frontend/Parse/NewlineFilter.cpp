/// The newline rules (a) to (d) of the reference.
#include "Frontend/Parse/NewlineFilter.h"

#include "llvm/ADT/StringSet.h"

namespace nn::parse {

bool continuesAfter(const Token &previous) {
  static const llvm::StringSet<> open = {"+",  "-",  "*",  "/",  "%",   "@",  "^",   "==", "!=",   "<",
                                         "<=", ">",  ">=", "|>", "=",   "~",  ",",   ":",  ".",    "..",
                                         "=>", "->", "(",  "[",  "and", "or", "not", "if", "then", "else"};
  return previous.cls != TokenClass::String && open.contains(previous.text);
}

bool continuesBefore(const Token &next, const Token *afterNext) {
  static const llvm::StringSet<> joining = {"+",  "*", "/",  "%",   "@",  "^",    "==",  "!=", "<",
                                            "<=", ">", ">=", "|>",  "=>", "->",   ")",   "]",  ",",
                                            ".",  "=", "{",  "and", "or", "then", "else"};
  if (joining.contains(next.text))
    return true;
  return next.is("-") && (!afterNext || afterNext->begin > next.end || afterNext->isNewline());
}

namespace {

/// Follows the brackets; a closing one pops its own kind only, so that a stray one does no harm.
class BracketStack {
public:
  void see(const Token &token) {
    if (token.text.size() != 1)
      return;
    char c = token.text.front();
    if (c == '(' || c == '[' || c == '{')
      stack.push_back(c);
    else if (!stack.empty() && ((c == ')' && stack.back() == '(') || (c == ']' && stack.back() == '[') ||
                                (c == '}' && stack.back() == '{')))
      stack.pop_back();
  }
  bool innermostJoinsLines() const { return !stack.empty() && stack.back() != '{'; }

private:
  std::vector<char> stack;
};

} // namespace

TokenList filterNewlines(const TokenList &tokens) {
  TokenList result;
  result.reserve(tokens.size());
  BracketStack brackets;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token &token = tokens[i];
    if (!token.isNewline()) {
      brackets.see(token);
      result.push_back(token);
      continue;
    }
    size_t next = i + 1;
    while (next < tokens.size() && tokens[next].isNewline())
      ++next;
    bool isEdge = result.empty() || next == tokens.size();
    // A word behind a dot is a field, whatever it is called.
    bool isField = result.size() >= 2 && result[result.size() - 2].is(".") && result.back().cls == TokenClass::Word;
    if (!isEdge && !brackets.innermostJoinsLines() && (isField || !continuesAfter(result.back())) &&
        !continuesBefore(tokens[next], next + 1 < tokens.size() ? &tokens[next + 1] : nullptr))
      result.push_back(token);
    i = next - 1;
  }
  return result;
}

} // namespace nn::parse

/// The sentences about a line that does not parse, each found by looking at its tokens and by trying repairs.
#include "Frontend/Parse/Sentences.h"

#include "Frontend/Parse/Foreign.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn::parse {
namespace {

using Tokens = llvm::ArrayRef<Token>;

bool isBinaryOperator(const Token &token) {
  static const llvm::StringSet<> operators = {
      "+", "-", "*", "/", "%", "@", "^", "==", "!=", "<", "<=", ">", ">=", "|>", "and", "or"};
  return token.cls != TokenClass::String && operators.contains(token.text);
}

bool isComparison(const Token &token) {
  return token.is("==") || token.is("!=") || token.is("<") || token.is("<=") || token.is(">") || token.is(">=");
}

bool isCloser(const Token &token) { return token.is(")") || token.is("]") || token.is("}"); }
bool isOpener(const Token &token) { return token.is("(") || token.is("[") || token.is("{"); }

/// Words that are followed by a name that they declare.
bool introducesName(const Token &token) {
  static const llvm::StringSet<> words = {"model",      "fn",    "loss",       "regularizer", "optimizer", "schedule",
                                          "command",    "type",  "group",      "data",        "param",     "state",
                                          "experiment", "sweep", "derivative", "update"};
  return words.contains(token.text);
}

bool endsOperand(const Token &token) {
  if (token.cls == TokenClass::Word)
    return !isReserved(token.text) || token.is("true") || token.is("false") || token.is("inf");
  return token.cls == TokenClass::Integer || token.cls == TokenClass::Float || token.cls == TokenClass::String ||
         isCloser(token);
}

bool beginsOperand(const Token &token) {
  if (token.cls == TokenClass::Word)
    return !isReserved(token.text) || isReducer(token.text) || token.is("true") || token.is("false") ||
           token.is("inf") || token.is("if") || token.is("not");
  return token.cls == TokenClass::Integer || token.cls == TokenClass::Float || token.cls == TokenClass::String ||
         token.is("(") || token.is("[");
}

class LineExplainer {
public:
  LineExplainer(const BadLine &line, uint32_t file, DiagnosticEngine &engine)
      : tokens(line.tokens), entry(line.entry), at(line.failedAt), anyPlace(line.anyPlace), file(file), engine(engine) {
  }

  /// The reserved word that the error is about, if it is about one.
  llvm::StringRef run() {
    if (reservedName())
      return reserved;
    bool found = wrongPlace() || danglingLine() || parameterWithoutType() || missingInputs() || typeBeforeName() ||
                 reducerInParentheses() || misspelledKeyword() || wrongUnit() || missingName() || doubled() ||
                 namedByEquals() || equalsForComparison() || chainedComparison() || unfinishedIf() ||
                 missingOperand() || missingBody() || missingToken() || wrongToken() || missingIntroduction() ||
                 sideBySide();
    if (!found)
      generic();
    return "";
  }

private:
  // ---- the line and places in it
  bool atEnd() const { return at == tokens.size(); }
  const Token &token() const { return tokens[at]; }
  bool hasPrevious() const { return at > 0; }
  const Token &previous() const { return tokens[at - 1]; }
  SourceRange range(const Token &token) const { return {file, token.begin, token.end}; }
  SourceRange here() const { return atEnd() ? range(tokens.back()) : range(token()); }
  std::string quoted(const Token &token) const { return "`" + token.text.str() + "`"; }
  bool isFirstOnLine(size_t index) const {
    if (index == 0)
      return true;
    SourceRange between{file, tokens[index - 1].end, tokens[index].begin};
    return engine.sources.text(between).contains('\n');
  }
  size_t depthAt(size_t index) const {
    size_t depth = 0;
    for (const Token &token : tokens.take_front(index))
      depth += isOpener(token) ? 1 : isCloser(token) ? -1 : 0;
    return depth;
  }

  // ---- trying repairs
  static constexpr size_t fits = ~size_t(0);
  /// Where the tokens stop to fit; `fits` if they do.
  size_t failure(Tokens candidate, Entry as) const {
    Run run(candidate);
    return run.parse(as) ? fits : run.failedAt;
  }
  size_t failure(Tokens candidate) const { return failure(candidate, entry); }
  TokenList with(size_t index, size_t removed, llvm::ArrayRef<llvm::StringRef> inserted) const {
    TokenList result(tokens.begin(), tokens.begin() + index);
    uint32_t place = index < tokens.size() ? tokens[index].begin : tokens.back().end;
    for (llvm::StringRef text : inserted)
      result.push_back(makeToken(text, place));
    result.insert(result.end(), tokens.begin() + index + removed, tokens.end());
    return result;
  }
  bool fitsWith(size_t index, size_t removed, llvm::ArrayRef<llvm::StringRef> inserted) const {
    return failure(with(index, removed, inserted)) == fits;
  }
  /// With an operand in front of the bad token the line goes on.
  bool missesOperand() const {
    size_t next = failure(with(at, 0, {"x"}));
    return next == fits || next > at + 1;
  }

  // ---- one method a sentence; each says whether it was the right one
  bool wrongPlace();
  bool danglingLine();
  bool misspelledKeyword();
  bool misspelledAt(size_t index);
  bool reservedName();
  bool parameterWithoutType();
  bool missingInputs();
  bool wrongUnit();
  bool typeBeforeName();
  bool reducerInParentheses();
  bool missingName();
  bool doubled();
  bool namedByEquals();
  bool equalsForComparison();
  bool chainedComparison();
  bool unfinishedIf();
  bool missingOperand();
  bool missingBody();
  bool isInHeader(size_t index) const;
  bool couldBeMissing(llvm::StringRef candidate, size_t index) const;
  bool missingToken();
  bool wrongToken();
  bool missingIntroduction();
  bool sideBySide();
  void generic();

  void reportMissingOperand(const Token &before);
  const Token *reducerOf(size_t index) const;

  Tokens tokens;
  Entry entry;
  size_t at;
  bool anyPlace;
  uint32_t file;
  DiagnosticEngine &engine;
  llvm::StringRef reserved; ///< the word that `reservedName` reported
};

/// The line is fine, but belongs elsewhere.
bool LineExplainer::wrongPlace() {
  if (anyPlace)
    return false;
  const std::pair<Entry, llvm::StringRef> places[] = {
      {Entry::Clause, "in the block of `train`"},
      {Entry::Top, "at the top of a file"},
      {Entry::ExpItem, "in the block of `experiment`"},
  };
  for (auto [other, where] : places) {
    if (other == entry || failure(tokens, other) != fits)
      continue;
    engine.report(diag::WrongPlace, range(tokens.front()), tokens.front().text, where);
    return true;
  }
  return false;
}

/// `a = b +`, and the next line begins a statement of its own.
bool LineExplainer::danglingLine() {
  for (size_t start = std::min(at, tokens.size() - 1); start > 0; --start) {
    if (!isFirstOnLine(start) || depthAt(start) != 0)
      continue;
    const Token &last = tokens[start - 1];
    size_t next = failure(tokens.drop_front(start));
    if (endsOperand(last) || (next != fits && start + next <= at))
      return false;
    reportMissingOperand(last);
    return true;
  }
  return false;
}

bool LineExplainer::misspelledKeyword() {
  for (size_t index : {at, at - 1, size_t(0), at - 2})
    if (index < tokens.size() && misspelledAt(index))
      return true;
  return false;
}

/// With a keyword in the place of a word that is close to it the line fits.
bool LineExplainer::misspelledAt(size_t index) {
  const Token &word = tokens[index];
  if (word.cls != TokenClass::Word || isReserved(word.text))
    return false;
  using Candidate = std::tuple<unsigned, bool, llvm::StringRef>; // distance, whether the last letter differs, word
  std::vector<Candidate> candidates;
  unsigned limit = word.text.size() < 4 ? 1 : 2;
  for (llvm::StringRef keyword : keywords()) {
    unsigned distance = word.text.edit_distance(keyword, /*AllowReplacements=*/true, limit);
    if (distance > 0 && distance <= limit && keyword.size() > distance)
      candidates.push_back({distance, keyword.back() != word.text.back(), keyword});
  }
  llvm::sort(candidates);
  for (auto [distance, differsAtEnd, keyword] : candidates) {
    size_t next = failure(with(index, 1, {keyword}));
    if (next != fits && next <= at + 2)
      continue;
    engine.report(diag::UnexpectedWord, range(word), word.text)
        .fix(range(word), keyword, "did you mean `" + keyword + "`?");
    return true;
  }
  return false;
}

/// A reserved word where a name belongs: with a name there the line goes on.
bool LineExplainer::reservedName() {
  for (size_t index : {at, at - 1, size_t(0)}) {
    if (index >= tokens.size() || tokens[index].cls != TokenClass::Word || !isReserved(tokens[index].text))
      continue;
    bool isNamed = index + 1 < tokens.size() && (tokens[index + 1].is("=") || tokens[index + 1].is(":"));
    bool isDeclared = index > 0 && introducesName(tokens[index - 1]);
    bool isInput = isNamed && isInHeader(index) && depthAt(index) > 0;
    if ((!isNamed && !isDeclared) ||
        !(fitsWith(index, 1, {"x"}) || (isInput && failure(with(index, 1, {"x"})) > index)))
      continue;
    reserved = tokens[index].text;
    engine.report(diag::ReservedWord, range(tokens[index]), tokens[index].text)
        .help("choose another name; a word with more letters is free, such as `" + tokens[index].text + "_1`");
    return true;
  }
  return false;
}

/// `param w ~ normal(0, 1)`.
bool LineExplainer::parameterWithoutType() {
  bool isDrawn = tokens.size() > 3 && tokens[0].is("param") && tokens[1].cls == TokenClass::Word &&
                 (tokens[2].is("~") || tokens[2].is("="));
  if (!isDrawn || !fitsWith(2, 0, {":", "f32"}))
    return false;
  engine.report(diag::SyntaxError, range(tokens[1]), "the parameter " + quoted(tokens[1]) + " has no type")
      .help("its type says its shape: `param " + tokens[1].text + ": f32[3] " + tokens[2].text + " ...`");
  return true;
}

/// `model Net { ... }`.
bool LineExplainer::missingInputs() {
  bool isBare = tokens.size() > 2 && introducesName(tokens[0]) && tokens[1].cls == TokenClass::Word &&
                (tokens[2].is("{") || tokens[2].is("->"));
  if (!isBare || !fitsWith(2, 0, {"(", "x", ":", "f32", ")"}))
    return false;
  engine.report(diag::SyntaxError, range(tokens[1]), quoted(tokens[1]) + " has no list of inputs")
      .help("name what comes in: `" + tokens[0].text + " " + tokens[1].text + "(x: f32[8]) -> f32[2]`");
  return true;
}

/// `for 100 iterations`, `for 100 steps with batch size 32`.
bool LineExplainer::wrongUnit() {
  if (!tokens[0].is("for") || tokens.size() < 3 || tokens[1].cls == TokenClass::Word)
    return false;
  if (at == 2 && token().cls == TokenClass::Word) {
    Diagnostic &error = engine.report(diag::UnexpectedWord, range(token()), token().text);
    std::vector<std::string> units = {"epochs", "steps"};
    std::optional<llvm::StringRef> unit = closest(token().text, units);
    if (!unit && (token().is("iterations") || token().is("updates") || token().is("batches")))
      unit = "steps";
    if (unit)
      error.fix(range(token()), *unit, "did you mean `" + *unit + "`?");
    else
      error.help("training is as long as `10 epochs` or `1000 steps`");
    return true;
  }
  if (at != 3 || (!token().is("with") && !token().is("batch") && !token().is(",") && !token().is("by")))
    return false;
  llvm::StringRef size = tokens.back().cls == TokenClass::Integer ? tokens.back().text : "64";
  engine.report(diag::UnexpectedWord, range(token()), token().text)
      .fix({file, token().begin, tokens.back().end}, "in batches of " + size, "a batch's size is said like this");
  return true;
}

/// `fn half(f32 x)`.
bool LineExplainer::typeBeforeName() {
  bool sideBySide = !atEnd() && hasPrevious() && token().cls == TokenClass::Word && depthAt(at) > 0 && isInHeader(at) &&
                    previous().cls == TokenClass::Word && !isReserved(previous().text);
  if (!sideBySide || !fitsWith(at - 1, 2, {token().text, ":", previous().text}))
    return false;
  SourceRange both{file, previous().begin, token().end};
  engine.report(diag::SideBySide, range(token()), token().text, previous().text)
      .fix(both, token().text + ": " + previous().text, "the name comes first, then its type");
  return true;
}

/// `sum(i) x[i]`.
bool LineExplainer::reducerInParentheses() {
  if (atEnd() || !hasPrevious() || !previous().is(")") || !beginsOperand(token()))
    return false;
  size_t open = at - 1;
  while (open > 0 && !(tokens[open].is("(") && depthAt(open) == depthAt(at)))
    --open;
  if (open == 0 || !isReducer(tokens[open - 1].text))
    return false;
  TokenList changed = with(open, 1, {"["});
  changed[at - 1] = makeToken("]", previous().begin);
  size_t next = failure(changed);
  if (next != fits && next <= at)
    return false;
  llvm::StringRef indices = engine.sources.text(SourceRange{file, tokens[open].end, previous().begin});
  engine.report(diag::SideBySide, range(token()), token().text, previous().text)
      .fix({file, tokens[open].begin, previous().end}, "[" + indices + "]", "the indices of a sum stand in brackets");
  return true;
}

/// `model (x: f32) = x`: with a name behind the word the line fits.
bool LineExplainer::missingName() {
  for (size_t index = 0; index < tokens.size() && index <= at; ++index) {
    bool isNamed = index + 1 < tokens.size() && tokens[index + 1].cls == TokenClass::Word;
    if (!introducesName(tokens[index]) || isNamed || !fitsWith(index + 1, 0, {"x"}))
      continue;
    engine.report(diag::MissingName, range(tokens[index]), tokens[index].text);
    return true;
  }
  return false;
}

/// The same token stands twice in a row.
bool LineExplainer::doubled() {
  for (size_t index : {at, at - 1}) {
    if (index == 0 || index >= tokens.size() || tokens[index].text != tokens[index - 1].text || !fitsWith(index, 1, {}))
      continue;
    engine.report(diag::DoubledToken, range(tokens[index]), tokens[index].text)
        .fix(SourceRange{file, tokens[index - 1].end, tokens[index].end}, "", "remove one of the two");
    return true;
  }
  return false;
}

/// `adam(lr = 1e-3)`.
bool LineExplainer::namedByEquals() {
  if (atEnd() || !token().is("=") || depthAt(at) == 0)
    return false;
  size_t next = failure(with(at, 1, {":"}));
  if (next != fits && next <= at + 1)
    return false;
  engine.report(diag::ArgumentByEquals, range(token()))
      .fix(SourceRange{file, previous().end, token().end}, ":", "write `:`");
  return true;
}

/// `if a = b then`.
bool LineExplainer::equalsForComparison() {
  if (atEnd() || !token().is("="))
    return false;
  size_t next = failure(with(at, 1, {"=="}));
  if (next != fits && next <= at + 1)
    return false;
  engine.report(diag::EqualsInExpression, range(token())).fix(range(token()), "==", "to compare, write `==`");
  return true;
}

bool LineExplainer::chainedComparison() {
  if (atEnd() || !isComparison(token()))
    return false;
  for (size_t i = at - 1; i < at && depthAt(i) >= depthAt(at); --i) {
    if (depthAt(i) != depthAt(at) || !isComparison(tokens[i]))
      continue;
    size_t next = failure(with(at, 1, {"+"}));
    if (next != fits && next <= at + 1)
      return false;
    engine.report(diag::ChainedComparison, range(token()))
        .label(range(tokens[i]), "the first comparison")
        .help("join two comparisons with `and`: `a < b and b < c`");
    return true;
  }
  return false;
}

bool LineExplainer::unfinishedIf() {
  for (llvm::StringRef word : {"then", "else"}) {
    size_t next = failure(with(at, 0, {word, "x"}));
    size_t bare = failure(with(at, 0, {word}));
    if (next != fits && bare != fits && std::max(next, bare) <= at + 1)
      continue;
    for (size_t i = at; i-- > 0;)
      if (tokens[i].is("if")) {
        engine.report(diag::UnfinishedIf, range(tokens[i]), word)
            .help("both values are written: `if condition then value else other`");
        return true;
      }
  }
  return false;
}

void LineExplainer::reportMissingOperand(const Token &before) {
  if (introducesName(before))
    engine.report(diag::MissingName, range(before), before.text);
  else
    engine.report(diag::NothingFollows, range(before), before.text);
}

/// The reducer whose binders the `]` at `index` closes.
const Token *LineExplainer::reducerOf(size_t index) const {
  size_t depth = depthAt(index);
  while (index-- > 0)
    if (depthAt(index) < depth)
      return tokens[index].is("[") && index > 0 && isReducer(tokens[index - 1].text) ? &tokens[index - 1] : nullptr;
  return nullptr;
}

bool LineExplainer::missingOperand() {
  bool operandCouldStand = atEnd() || !beginsOperand(token());
  bool isOpen = hasPrevious() && (!endsOperand(previous()) || isKeyword(previous().text));
  bool isReduction = hasPrevious() && previous().is("]") && reducerOf(at - 1);
  if ((isOpen || isReduction) && operandCouldStand && missesOperand()) {
    if (isReduction)
      engine.report(diag::NothingFollows, range(previous()),
                    engine.sources.text(SourceRange{file, reducerOf(at - 1)->begin, previous().end}));
    else if (atEnd() || isCloser(token()))
      reportMissingOperand(previous());
    else
      engine.report(diag::NothingBetween, range(token()), previous().text, token().text);
    return true;
  }
  if (!atEnd() && isBinaryOperator(token()) && (!hasPrevious() || isOpener(previous())) && missesOperand()) {
    engine.report(diag::NothingBefore, range(token()), token().text);
    return true;
  }
  return false;
}

bool LineExplainer::missingBody() {
  if (!atEnd() || !(fitsWith(at, 0, {"{", "}"})))
    return false;
  const Token &first = tokens.front();
  bool hasName = introducesName(first) && tokens.size() > 1;
  std::string what = hasName ? (first.text + " " + tokens[1].text).str() : first.text.str();
  bool isBlock = first.is("train") || first.is("experiment");
  engine.report(diag::MissingBody, tokens.size() > 1 && hasName ? range(tokens[1]) : range(first), what)
      .help(isBlock ? "a block `{ ... }` follows it" : "`= expression` follows it, or a block `{ ... }`");
  return true;
}

/// In front of the `=` or the block of a declaration: there types are written.
bool LineExplainer::isInHeader(size_t index) const {
  return introducesName(tokens.front()) && llvm::none_of(llvm::seq(index), [&](size_t i) {
           return depthAt(i) == 0 && (tokens[i].is("=") || tokens[i].is("{"));
         });
}

/// Between two values that stand side by side an operator is as likely as most signs.
bool LineExplainer::couldBeMissing(llvm::StringRef candidate, size_t index) const {
  if (candidate == "=")
    return depthAt(index) == 0 && !tokens.front().is("report");
  if (candidate == "on" && depthAt(index) > 0)
    return false; // only `symmetrize` has it there
  bool isBetweenValues = endsOperand(tokens[index - 1]) && index < tokens.size() && beginsOperand(tokens[index]);
  if (isKeyword(candidate) && fitsWith(index, 0, {"x"}))
    return false; // the word would only be a name
  bool isSign = candidate == ":" || candidate == "=>" || candidate == ".";
  return !isSign || !isBetweenValues || (candidate == ":" && isInHeader(index));
}

/// With one more token in front of the bad one the line fits.
bool LineExplainer::missingToken() {
  static constexpr llvm::StringRef candidates[] = {"best", "when", "to",    "of",     "batches", "->",    "=",
                                                   ":",    "=>",   ".",     "on",     "in",      "under", "then",
                                                   "else", "by",   "steps", "epochs", "against"};
  for (size_t index : {at, at - 1})
    for (llvm::StringRef candidate : candidates) {
      if (index == 0 || index > tokens.size() || !couldBeMissing(candidate, index) || !fitsWith(index, 0, {candidate}))
        continue;
      SourceRange place{file, tokens[index - 1].end, tokens[index - 1].end};
      engine.report(diag::MissingToken, place, candidate, tokens[index - 1].text)
          .fix(place, " " + candidate, "write `" + candidate + "` here");
      return true;
    }
  return false;
}

/// The signs that are taken for each other, the likeliest first.
llvm::SmallVector<llvm::StringRef> signsLike(llvm::StringRef sign) {
  llvm::SmallVector<llvm::StringRef> signs = {"=>", "->", "=", "==", ":", "~", "|>", ",", ".", ".."};
  llvm::StringRef first = llvm::StringSwitch<llvm::StringRef>(sign)
                              .Case("=>", "->")
                              .Case("->", "=>")
                              .Case("=", "==")
                              .Cases({"==", ":", "~"}, "=")
                              .Case(".", "..")
                              .Case("..", ".")
                              .Default("");
  llvm::erase(signs, sign);
  llvm::erase(signs, first);
  if (!first.empty())
    signs.insert(signs.begin(), first);
  return signs;
}

/// With another sign in the place of the bad one, or of the one before it, the line fits.
bool LineExplainer::wrongToken() {
  for (size_t index : {at, at - 1}) {
    if (index >= tokens.size() || tokens[index].cls != TokenClass::Punct || isOpener(tokens[index]) ||
        isCloser(tokens[index]))
      continue;
    for (llvm::StringRef sign : signsLike(tokens[index].text)) {
      if (!fitsWith(index, 1, {sign}))
        continue;
      engine.report(diag::WrongToken, range(tokens[index]), tokens[index].text)
          .fix(range(tokens[index]), sign, "did you mean `" + sign + "`?");
      return true;
    }
  }
  return false;
}

/// `Net(x: f32[3]) { }`: the word is missing that says what is declared.
bool LineExplainer::missingIntroduction() {
  static constexpr llvm::StringRef words[] = {"model", "train",      "minimize", "for",
                                              "param", "experiment", "type",     "sweep"};
  if (tokens.front().cls != TokenClass::Word && !tokens.front().is("("))
    return false;
  for (llvm::StringRef word : words) {
    if (!fitsWith(0, 0, {word}))
      continue;
    Diagnostic &error = engine.report(diag::MissingIntroduction, range(tokens.front()), tokens.front().text);
    if (word == "model")
      error.help("write `model`, `fn`, `loss` or another such word in front");
    else
      error.help("write `" + word + "` in front");
    return true;
  }
  return false;
}

bool LineExplainer::sideBySide() {
  if (atEnd() || !hasPrevious() || !endsOperand(previous()) || !beginsOperand(token()))
    return false;
  Diagnostic &error = engine.report(diag::SideBySide, range(token()), token().text, previous().text);
  SourceRange between{file, previous().end, previous().end};
  if (depthAt(at) > 0 && isInHeader(at) && fitsWith(at, 0, {","}))
    error.fix(between, ",", "write a comma between them");
  else if (depthAt(at) > 0)
    error.help("write a comma or an operator between them");
  else
    error.help("write an operator between them, or begin a new line");
  return true;
}

void LineExplainer::generic() {
  if (atEnd())
    engine.report(diag::SyntaxError, range(tokens.back()), "the line ends too early, after " + quoted(tokens.back()));
  else if (hasPrevious() && isFirstOnLine(at) && isBinaryOperator(previous()))
    reportMissingOperand(previous());
  else if (!hasPrevious())
    engine.report(diag::SyntaxError, range(token()), "a line cannot begin with " + quoted(token()));
  else
    engine.report(diag::SyntaxError, range(token()), quoted(token()) + " cannot follow " + quoted(previous()));
}

} // namespace

llvm::StringRef explainLine(const BadLine &line, uint32_t file, DiagnosticEngine &engine) {
  if (llvm::StringRef foreign = explainForeign(line, file, engine); !foreign.empty())
    return foreign;
  return LineExplainer(line, file, engine).run();
}

} // namespace nn::parse

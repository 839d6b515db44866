/// Takes a file apart, so that each error is found in its own line; see Note [Errors by statement].
#include "Frontend/Parse/Explain.h"

#include "Frontend/Parse/Brackets.h"
#include "Frontend/Parse/Lexical.h"
#include "Frontend/Parse/NewlineFilter.h"
#include "Frontend/Parse/Sentences.h"

#include "llvm/ADT/STLExtras.h"
#include <optional>

namespace nn::parse {
namespace {

using Tokens = llvm::ArrayRef<Token>;

/// What the lines of a block may be.
enum class Place : uint8_t { Top, Stmt, Clause, ExpItem, Any };

class FileExplainer {
public:
  FileExplainer(uint32_t file, DiagnosticEngine &engine) : file(file), engine(engine) {}

  void explain(TokenList tokens) {
    unsigned before = engine.errorCount();
    badTokens = repairTokens(tokens, file, engine);
    BracketRepair repair = repairBrackets(tokens, engine.sources.text(file));
    brackets(repair.errors);
    TokenList filtered = filterNewlines(repair.tokens);
    lines(filtered, Place::Top);
    if (engine.errorCount() == before)
      for (const BracketError &error : repair.errors)
        bracket(error);
    if (engine.errorCount() == before)
      wholeFile(filtered);
  }

private:
  struct Group {
    Tokens inside;
    bool isOutermost;
  };

  void brackets(llvm::ArrayRef<BracketError> errors);
  void bracket(const BracketError &error);
  void lines(Tokens tokens, Place place);
  void line(Tokens tokens, Place place);
  /// The line with its blocks emptied.
  TokenList withoutBlocks(Tokens tokens, std::vector<Group> &groups) const;
  Place placeIn(Tokens header, const Group &group, bool headerIsFine) const;
  std::optional<BadLine> parse(Tokens tokens, Place place) const;
  static bool isIn(Tokens tokens, llvm::ArrayRef<uint32_t> places) {
    return llvm::any_of(places, [&](uint32_t at) { return tokens.front().begin <= at && at <= tokens.back().end; });
  }
  void wholeFile(Tokens tokens);

  uint32_t file;
  DiagnosticEngine &engine;
  /// Where errors were reported already.
  std::vector<uint32_t> badTokens, badBrackets;
  /// Words and signs that were reported as misused: every further line with one of them has the same mistake.
  llvm::SmallVector<llvm::StringRef> saidWords;
};

/// One mistake often leaves several brackets without a partner: of those in one line the first counts.
void FileExplainer::brackets(llvm::ArrayRef<BracketError> errors) {
  uint32_t lastLine = 0;
  for (const BracketError &error : errors) {
    if (error.form == BracketError::Form::StrayBehindBlock)
      continue;
    uint32_t line = engine.sources.lineColumn(file, error.place).line;
    if (line != lastLine)
      bracket(error);
    lastLine = line;
  }
}

void FileExplainer::bracket(const BracketError &error) {
  auto range = [&](const Token &token) { return SourceRange{file, token.begin, token.end}; };
  SourceRange place{file, error.place, error.place};
  badBrackets.push_back(error.place);
  switch (error.form) {
  case BracketError::Form::Unclosed: {
    std::string closer(1, closerOf(error.open));
    badBrackets.push_back(error.open.begin);
    engine.report(diag::UnclosedBracket, place, error.open.text)
        .label(place, "`" + closer + "` is missing here")
        .label(range(error.open), "opened here");
    return;
  }
  case BracketError::Form::Doubled:
    engine.report(diag::DoubledToken, range(error.open), error.open.text)
        .fix(range(error.open), "", "remove one of them");
    return;
  case BracketError::Form::Stray:
  case BracketError::Form::StrayBehindBlock:
    engine.report(diag::StrayBracket, range(error.close), error.close.text)
        .help("remove it, or open a `" + std::string(1, openerOf(error.close)) + "` before it");
    return;
  case BracketError::Form::Mismatched:
    engine.report(diag::MismatchedBracket, range(error.close), error.close.text, error.open.text)
        .label(range(error.open), "opened here")
        .fix(range(error.close), std::string(1, closerOf(error.open)), "close it with its own kind");
    return;
  case BracketError::Form::Unopened:
    badBrackets.push_back(error.close.begin);
    engine.report(diag::UnopenedBlock, place)
        .label(range(error.close), "the block ends here")
        .fix(place, " {", "write `{` at the end of the line");
    return;
  }
}

void FileExplainer::lines(Tokens tokens, Place place) {
  size_t begin = 0;
  int depth = 0;
  std::optional<uint32_t> suite; // the indentation of a line that ended with `:`, as in Python
  for (size_t i = 0; i <= tokens.size(); ++i) {
    bool isEnd = i == tokens.size() || (depth == 0 && (tokens[i].isNewline() || tokens[i].is(";")));
    if (isEnd) {
      if (i > begin) {
        Tokens each = tokens.slice(begin, i - begin);
        uint32_t indent = engine.sources.lineColumn(file, each.front().begin).column;
        if (suite && indent <= *suite)
          suite.reset();
        if (!suite)
          line(each, place);
        if (!suite && each.back().is(":"))
          suite = indent;
      }
      begin = i + 1;
      continue;
    }
    depth += closerOf(tokens[i]) ? 1 : openerOf(tokens[i]) ? -1 : 0;
  }
}

TokenList FileExplainer::withoutBlocks(Tokens tokens, std::vector<Group> &groups) const {
  TokenList header;
  int braces = 0, others = 0;
  size_t open = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token &token = tokens[i];
    if (token.is("}") && --braces == 0)
      groups.push_back({tokens.slice(open + 1, i - open - 1), others == 0});
    if (braces == 0) {
      header.push_back(token);
      others += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
    }
    if (token.is("{") && ++braces == 1)
      open = i;
  }
  return header;
}

Place FileExplainer::placeIn(Tokens header, const Group &group, bool headerIsFine) const {
  if (group.isOutermost && header.front().is("train"))
    return Place::Clause;
  if (group.isOutermost && header.front().is("experiment"))
    return Place::ExpItem;
  return headerIsFine ? Place::Stmt : Place::Any;
}

/// The line as what it may be here; nothing if it parses. Of several readings the one that goes furthest counts.
std::optional<BadLine> FileExplainer::parse(Tokens tokens, Place place) const {
  llvm::SmallVector<Entry, 3> entries;
  switch (place) {
  case Place::Top:
    entries = {Entry::Top};
    break;
  case Place::Stmt:
    entries = {Entry::Stmt};
    break;
  case Place::Clause:
    entries = {Entry::Clause};
    break;
  case Place::ExpItem:
    entries = {Entry::ExpItem};
    break;
  case Place::Any:
    entries = {Entry::Stmt, Entry::Clause, Entry::ExpItem};
    break;
  }
  BadLine worst{tokens, entries.front(), 0, place == Place::Any};
  Run run(tokens);
  for (Entry entry : entries) {
    if (run.parse(entry))
      return std::nullopt;
    if (run.failedAt > worst.failedAt) {
      worst.failedAt = run.failedAt;
      worst.entry = entry;
    }
  }
  return worst;
}

void FileExplainer::line(Tokens tokens, Place place) {
  if (place == Place::Top && isIn(tokens, badBrackets))
    return;
  std::vector<Group> groups;
  TokenList header = withoutBlocks(tokens, groups);
  std::optional<BadLine> bad = parse(header, place);
  bool isSaid = bad && (isIn(tokens, badTokens) || llvm::any_of(header, [&](const Token &token) {
                          return llvm::is_contained(saidWords, token.text);
                        }));
  if (bad && !(isSaid && groups.empty()))
    if (llvm::StringRef word = explainLine(*bad, file, engine); !word.empty())
      saidWords.push_back(word);
  for (const Group &group : groups)
    lines(group.inside, placeIn(header, group, !bad));
}

/// Every line fits where it stands, and yet the file does not.
void FileExplainer::wholeFile(Tokens tokens) {
  Run run(tokens);
  if (run.parse(Entry::File))
    return;
  size_t at = std::min(run.failedAt, tokens.size() - 1);
  engine.report(diag::SyntaxError, SourceRange{file, tokens[at].begin, tokens[at].end},
                "`" + tokens[at].text.str() + "` cannot stand here");
}

} // namespace

void explainSyntaxErrors(TokenList tokens, uint32_t file, DiagnosticEngine &engine) {
  FileExplainer(file, engine).explain(std::move(tokens));
}

} // namespace nn::parse

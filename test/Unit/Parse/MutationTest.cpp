/// Programs with one token deleted, doubled or swapped with its neighbour: no crash, at most two errors, near the edit.
#include "Frontend/Parse/Parser.h"
#include "Frontend/Parse/Token.h"
#include "Programs.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>
#include <random>

namespace nn {
namespace {

enum class Edit { Delete, Double, Swap };

struct Mutant {
  std::string text;
  /// The lines that were edited, from 1.
  uint32_t firstLine = 0, lastLine = 0;
};

uint32_t lineOf(llvm::StringRef text, uint32_t offset) { return 1 + text.take_front(offset).count('\n'); }

Mutant mutate(llvm::StringRef text, const parse::TokenList &tokens, size_t index, Edit edit) {
  const parse::Token &token = tokens[index];
  Mutant mutant;
  mutant.firstLine = mutant.lastLine = lineOf(text, token.begin);
  llvm::StringRef before = text.take_front(token.begin), after = text.drop_front(token.end);
  switch (edit) {
  case Edit::Delete:
    mutant.text = (before + after).str();
    break;
  case Edit::Double:
    mutant.text = (before + token.text + " " + token.text + after).str();
    break;
  case Edit::Swap: {
    const parse::Token &next = tokens[index + 1];
    llvm::StringRef between = text.slice(token.end, next.begin);
    mutant.lastLine = lineOf(text, next.begin);
    mutant.text = (before + next.text + between + (between.empty() ? " " : "") + token.text +
                   (text.drop_front(next.end).starts_with(" ") ? "" : " ") + text.drop_front(next.end))
                      .str();
    break;
  }
  }
  return mutant;
}

struct Verdict {
  bool parsed = false;
  size_t errors = 0;
  bool isNear = true;
  std::string messages;
};

Verdict judge(const Mutant &mutant) {
  SourceManager sources;
  uint32_t file = sources.add("mutant.nn", mutant.text);
  DiagnosticEngine engine(sources);
  Verdict verdict;
  verdict.parsed = parse::parseFile(sources, file, engine) != nullptr;
  for (const Diagnostic &diagnostic : engine.sorted()) {
    ++verdict.errors;
    uint32_t line = sources.lineColumn(file, diagnostic.primary.begin).line;
    verdict.isNear &= line + 1 >= mutant.firstLine && line <= mutant.lastLine + 1;
  }
  if (!verdict.isNear || verdict.errors > 2) {
    llvm::raw_string_ostream stream(verdict.messages);
    engine.flush(stream, {});
  }
  return verdict;
}

TEST(Mutation, OneEditHasAtMostTwoErrorsCloseToIt) {
  std::map<std::string, std::string> programs = allPrograms();
#if __has_feature(address_sanitizer)
  size_t perProgram = 5; // ten times slower
#else
  size_t perProgram = 40;
#endif
  if (const char *wish = std::getenv("NOETHER_MUTANTS"))
    perProgram = std::stoul(wish);
  bool showFar = std::getenv("NOETHER_MUTANTS_SHOW") != nullptr;
  std::mt19937 random(20);
  size_t failed = 0, near = 0;
  for (const auto &[name, text] : programs) {
    parse::TokenList tokens = parse::lex(text).tokens;
    for (size_t i = 0; i < perProgram; ++i) {
      size_t index = random() % (tokens.size() - 1);
      Edit edit = static_cast<Edit>(random() % 3);
      Mutant mutant = mutate(text, tokens, index, edit);
      Verdict verdict = judge(mutant);
      EXPECT_EQ(verdict.parsed, verdict.errors == 0) << name << "\n" << mutant.text;
      EXPECT_LE(verdict.errors, 2u) << name << ", line " << mutant.firstLine << "\n" << verdict.messages;
      failed += !verdict.parsed;
      near += !verdict.parsed && verdict.isNear;
      if (showFar && !verdict.isNear)
        llvm::errs() << "far: " << name << " line " << mutant.firstLine << " edit " << static_cast<int>(edit) << " of `"
                     << (tokens[index].isNewline() ? "NL" : tokens[index].text) << "`\n"
                     << verdict.messages << "\n";
    }
  }
  RecordProperty("failed", static_cast<int>(failed));
  RecordProperty("near", static_cast<int>(near));
  if (showFar)
    llvm::errs() << near << " of " << failed << "\n";
  EXPECT_GE(static_cast<double>(near), 0.95 * static_cast<double>(failed)) << near << " of " << failed;
}

} // namespace
} // namespace nn

/// The grammar reads every program in one way only.
#include "Frontend/Parse/Parser.h"
#include "Programs.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

namespace nn {
namespace {

struct Outcome {
  bool parsed = false;
  std::string messages;
  std::vector<std::string> ambiguities;
};

Outcome parseExactly(const std::string &text) {
  SourceManager sources;
  uint32_t file = sources.add("test.nn", text);
  DiagnosticEngine engine(sources);
  Outcome outcome;
  parse::ParseOptions options;
  options.ambiguities = &outcome.ambiguities;
  outcome.parsed = parse::parseFile(sources, file, engine, options) != nullptr;
  llvm::raw_string_ostream stream(outcome.messages);
  engine.flush(stream, {});
  return outcome;
}

TEST(Ambiguity, ProgramsHaveOneReading) {
  std::map<std::string, std::string> programs = allPrograms();
  EXPECT_GE(programs.size(), 25u);
  programs.merge(referenceBlocks());
  for (const auto &[name, text] : programs) {
    Outcome outcome = parseExactly(text);
    EXPECT_TRUE(outcome.parsed) << name << "\n" << outcome.messages;
    for (const std::string &place : outcome.ambiguities)
      ADD_FAILURE() << name << ": " << place;
  }
}

TEST(Ambiguity, ContextualWordsAsNames) {
  const char *words[] = {"use",      "as",      "model",   "fn",      "loss",       "regularizer", "optimizer",
                         "schedule", "command", "type",    "group",   "data",       "under",       "by",
                         "within",   "over",    "every",   "step",    "steps",      "epoch",       "epochs",
                         "in",       "of",      "when",    "keep",    "best",       "stop",        "sweep",
                         "against",  "state",   "update",  "param",   "where",      "to",          "convex",
                         "linear",   "subject", "compute", "batches", "experiment", "derivative"};
  for (std::string w : words) {
    std::string text = w + " = 1\n" + w + "[i] = x[i]\n" + w + ": f32 ~ uniform(0, 1)\n(" + w + ", b) = f(" + w +
                       ")\n" + "train m on d {\n  minimize " + w + " over " + w + " using " + w + " every " + w +
                       " steps\n" + "  report " + w + " = " + w + "\n  report every " + w + " steps " + w +
                       " as curve\n" + "  for " + w + " epochs in batches of " + w + "\n  " + w + " = 2\n  using " + w +
                       "\n}\n" + "fn f(" + w + ": " + w + "[" + w + "]) = " + w + "(" + w + ") |> " + w + " => " + w +
                       "\n" + "convex " + w + " in " + w + "\ninvariant " + w + " under " + w + " on " + w + "." + w +
                       "\n" + "model " + w + " = " + w + "\nuse " + w + " as " + w + "\n";
    Outcome outcome = parseExactly(text);
    EXPECT_TRUE(outcome.parsed) << w << "\n" << outcome.messages;
    for (const std::string &place : outcome.ambiguities)
      ADD_FAILURE() << w << ": " << place;
  }
}

} // namespace
} // namespace nn

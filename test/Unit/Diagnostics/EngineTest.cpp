// The engine's promises: source order, one error a range, a cap, and filled placeholders.
#include "Diagnostics/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace nn;

namespace {
struct Engine : testing::Test {
  SourceManager sources;
  uint32_t file = sources.add("a.nn", "one two three\n");
  DiagnosticEngine engine{sources};

  std::string flushed(RenderOptions options = {}) {
    std::string text;
    llvm::raw_string_ostream out(text);
    engine.flush(out, options);
    return text;
  }
};
} // namespace

TEST_F(Engine, sortsByPlace) {
  engine.report(diag::UnknownName, {file, 4, 7}, "two");
  engine.report(diag::UnknownName, {file, 0, 3}, "one");
  engine.report(diag::CannotRead, {}, "missing.nn", "no such file");
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 3u);
  EXPECT_EQ(sorted[0].message, "unknown name `one`");
  EXPECT_EQ(sorted[1].message, "unknown name `two`");
  EXPECT_EQ(sorted[2].message, "cannot read `missing.nn`: no such file");
}

TEST_F(Engine, keepsTheFirstErrorAtARange) {
  engine.report(diag::UnknownName, {file, 0, 3}, "one");
  engine.report(diag::SyntaxError, {file, 0, 3}, "a cascade");
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(sorted[0].message, "unknown name `one`");
  EXPECT_EQ(engine.errorCount(), 2u);
}

TEST_F(Engine, saysOneThingOnceAndMarksItsOtherPlaces) {
  engine.report(diag::UnknownName, {file, 4, 7}, "n").oncePerFile();
  engine.report(diag::UnknownName, {file, 0, 3}, "n").oncePerFile();
  engine.report(diag::UnknownName, {file, 8, 13}, "m").oncePerFile();
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 2u);
  EXPECT_EQ(sorted[0].primary.begin, 0u);
  ASSERT_EQ(sorted[0].labels.size(), 1u);
  EXPECT_EQ(sorted[0].labels[0].range.begin, 4u);
  EXPECT_EQ(sorted[0].labels[0].text, "and here");
}

TEST_F(Engine, whatIsNotRenderedCanStillBeMoved) {
  uint32_t library = sources.add("stdlib/layers.nn", "param W\n", /*isLibrary=*/true);
  engine.report(diag::UnknownName, {library, 6, 7}, "W");
  ASSERT_TRUE(sources.isLibrary(engine.unrendered().back().primary.file));
  engine.unrendered().back().primary = {file, 4, 7};
  EXPECT_EQ(engine.sorted()[0].primary.begin, 4u);
}

TEST_F(Engine, countsWhatTheCapHides) {
  for (uint32_t i = 0; i < 5; ++i)
    engine.report(diag::UnknownName, {file, i, i + 1}, std::string(i + 1, 'n'));
  RenderOptions options;
  options.maxErrors = 2;
  std::string text = flushed(options);
  EXPECT_NE(text.find("and 3 further errors"), std::string::npos);
  EXPECT_TRUE(engine.empty());
  EXPECT_TRUE(engine.hasErrors());
}

TEST(FormatMessage, fillsTextsIntegersAndPlurals) {
  EXPECT_EQ(formatMessage("`{f}` takes {n:int} input{n:s}, not {m:int}", {{"f", 0}, {"", 1}, {"", 2}}),
            "`f` takes 1 input, not 2");
  EXPECT_EQ(formatMessage("{n:int} row{n:s} {{}", {{"", 0}}), "0 rows {}");
}

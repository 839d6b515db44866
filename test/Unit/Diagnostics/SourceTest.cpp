// Line tables: places in files with tabs, Greek letters, carriage returns and without a last newline.
#include "Diagnostics/Source.h"
#include <gtest/gtest.h>

using namespace nn;

TEST(Source, countsLinesAndCharactersFromOne) {
  SourceManager sources;
  uint32_t file = sources.add("a.nn", "α = 1\n\nb = α");
  EXPECT_EQ(sources.lineCount(file), 3u);
  LineColumn one = sources.lineColumn(file, 5);
  EXPECT_EQ(one.line, 1u);
  EXPECT_EQ(one.column, 5u); // `α` is one character and two bytes
  LineColumn end = sources.lineColumn(file, 1000);
  EXPECT_EQ(end.line, 3u);
  EXPECT_EQ(end.column, 6u);
}

TEST(Source, aLineHasNoBreak) {
  SourceManager sources;
  uint32_t file = sources.add("a.nn", "one\r\ntwo\n");
  EXPECT_EQ(sources.line(file, 1), "one");
  EXPECT_EQ(sources.line(file, 2), "two");
  EXPECT_EQ(sources.line(file, 3), "");
}

TEST(Source, offsetIsTheInverseOfLineColumn) {
  SourceManager sources;
  uint32_t file = sources.add("a.nn", "σ[i] = β\n  x\n");
  for (uint32_t offset : {0u, 2u, 3u, 8u, 10u, 12u, 14u, 15u})
    EXPECT_EQ(sources.offset(file, sources.lineColumn(file, offset)), offset);
}

TEST(Source, joinIgnoresNowhereAndOtherFiles) {
  SourceRange a{0, 4, 6}, b{0, 10, 12}, other{1, 0, 1};
  EXPECT_EQ(SourceRange::join(a, b), (SourceRange{0, 4, 12}));
  EXPECT_EQ(SourceRange::join({}, b), b);
  EXPECT_EQ(SourceRange::join(a, {}), a);
  EXPECT_EQ(SourceRange::join(a, other), a);
}

// What a person sees: carets, labels that share a line, labels elsewhere, tabs, Greek letters, fixes; and the JSON
// form.
#include "Diagnostics/Diagnostics.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace nn;

namespace {
struct Render : testing::Test {
  SourceManager sources;
  DiagnosticEngine engine{sources};

  SourceRange find(uint32_t file, llvm::StringRef text, size_t from = 0) {
    size_t at = sources.text(file).find(text, from);
    EXPECT_NE(at, llvm::StringRef::npos);
    return {file, uint32_t(at), uint32_t(at + text.size())};
  }
  std::string flushed(ErrorFormat format = ErrorFormat::Human) {
    std::string text;
    llvm::raw_string_ostream out(text);
    engine.flush(out, {format, false, 20});
    return text;
  }
};
} // namespace

TEST_F(Render, primaryWithTextAndAFix) {
  uint32_t file = sources.add("a.nn", "model M(x: f32[4]) -> f32[4] {\n  x |> rleu\n}\n");
  SourceRange at = find(file, "rleu");
  engine.report(diag::UnknownName, at, "rleu").label(at, "nothing is called that").didYouMean(at, "rleu", {"relu"});
  EXPECT_EQ(flushed(), R"(error[NN0201]: unknown name `rleu`
 --> a.nn:2:8
  |
2 |   x |> rleu
  |        ^^^^ nothing is called that
  |
  = help: did you mean `relu`?
  |
2 |   x |> relu
  |        ~~~~

)");
}

TEST_F(Render, severalLabelsOnOneLineHang) {
  uint32_t file = sources.add("a.nn", "y[i] = sum[j] W[i, j] * x[j]\n");
  engine.report(diag::SyntaxError, find(file, "*"), "`W` has 10 columns but `x` has 12 rows")
      .label(find(file, "W[i, j]"), "10 columns")
      .label(find(file, "x[j]"), "12 rows");
  EXPECT_EQ(flushed(), R"(error[NN0101]: `W` has 10 columns but `x` has 12 rows
 --> a.nn:1:23
  |
1 | y[i] = sum[j] W[i, j] * x[j]
  |               ------- ^ ---- 12 rows
  |               |
  |               10 columns

)");
}

TEST_F(Render, threeTextsHangFromTheRight) {
  uint32_t file = sources.add("a.nn", "alpha beta gamma\n");
  engine.report(diag::SyntaxError, find(file, "alpha"), "m")
      .label(find(file, "alpha"), "first")
      .label(find(file, "beta"), "second")
      .label(find(file, "gamma"), "third");
  EXPECT_EQ(flushed(), R"(error[NN0101]: m
 --> a.nn:1:1
  |
1 | alpha beta gamma
  | ^^^^^ ---- ----- third
  | |     |
  | |     second
  | first

)");
}

TEST_F(Render, farLinesAreElidedAndNearOnesKept) {
  uint32_t file = sources.add("a.nn", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n");
  engine.report(diag::SyntaxError, find(file, "ten"), "m")
      .label(find(file, "one"), "a")
      .label(find(file, "three"), "b");
  EXPECT_EQ(flushed(), R"(error[NN0101]: m
  --> a.nn:10:1
   |
 1 | one
   | --- a
 2 | two
 3 | three
   | ----- b
...
10 | ten
   | ^^^

)");
}

TEST_F(Render, otherFilesFollow) {
  uint32_t library = sources.add("stdlib/layers.nn", "model dense(out: int)\n");
  uint32_t file = sources.add("a.nn", "x |> dense\n");
  engine.report(diag::SyntaxError, find(file, "dense"), "m")
      .label(find(library, "out: int"), "required here")
      .note("n");
  EXPECT_EQ(flushed(), R"(error[NN0101]: m
 --> a.nn:1:6
  |
1 | x |> dense
  |      ^^^^^
 ::: stdlib/layers.nn:1:13
  |
1 | model dense(out: int)
  |             -------- required here
  |
  = note: n

)");
}

TEST_F(Render, tabsAndGreekLettersKeepTheCaretInPlace) {
  uint32_t file = sources.add("a.nn", "\tσ = α * rleu\n");
  engine.report(diag::UnknownName, find(file, "rleu"), "rleu");
  EXPECT_EQ(flushed(), R"(error[NN0201]: unknown name `rleu`
 --> a.nn:1:10
  |
1 |     σ = α * rleu
  |             ^^^^

)");
}

TEST_F(Render, aRangeOverLinesMarksItsFirstAndLast) {
  uint32_t file = sources.add("a.nn", "f(a,\n  b,\n  c)\n");
  SourceRange at{file, 0, 14};
  engine.report(diag::SyntaxError, at, "m").label(at, "here");
  EXPECT_EQ(flushed(), R"(error[NN0101]: m
 --> a.nn:1:1
  |
1 | f(a,
  | ^^^^
2 |   b,
3 |   c)
  |   ^^ here

)");
}

TEST_F(Render, theEndOfTheFileHasACaret) {
  uint32_t file = sources.add("a.nn", "model");
  engine.report(diag::SyntaxError, SourceRange{file, 5, 5}, "the file ends in the middle of a model");
  EXPECT_EQ(flushed(), R"(error[NN0101]: the file ends in the middle of a model
 --> a.nn:1:6
  |
1 | model
  |      ^

)");
}

TEST_F(Render, noPlaceNoSource) {
  engine.report(diag::CannotWrite, {}, "out/x", "No such file or directory").help("make `out` first");
  EXPECT_EQ(flushed(), R"(error[NN0902]: cannot write `out/x`: No such file or directory
  = help: make `out` first

)");
}

TEST_F(Render, jsonIsOneObjectALine) {
  uint32_t file = sources.add("a.nn", "x |> rleu\n");
  SourceRange at = find(file, "rleu");
  engine.report(diag::UnknownName, at, "rleu").fix(at, "relu", "did you mean `relu`?").note("n");
  std::string text = flushed(ErrorFormat::Json);
  EXPECT_EQ(llvm::StringRef(text).count('\n'), 1u);
  auto value = llvm::json::parse(text);
  ASSERT_TRUE(bool(value));
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getString("code"), "NN0201");
  EXPECT_EQ(object.getString("severity"), "error");
  EXPECT_EQ(object.getObject("at")->getInteger("column"), 6);
  EXPECT_EQ(object.getObject("at")->getInteger("end"), 9);
  EXPECT_EQ(object.getArray("fixes")->front().getAsObject()->getString("replacement"), "relu");
}

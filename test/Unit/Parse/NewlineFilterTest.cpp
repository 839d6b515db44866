/// The newline filter, rule by rule.
#include "Frontend/Parse/NewlineFilter.h"

#include <gtest/gtest.h>

namespace nn::parse {
namespace {

/// The tokens that are left, separated by blanks; a newline is shown as `;`.
std::string filtered(llvm::StringRef text) {
  LexedFile lexed = lex(text);
  std::string result;
  for (const Token &token : filterNewlines(lexed.tokens)) {
    if (!result.empty())
      result += ' ';
    result += token.isNewline() ? std::string(";") : token.text.str();
  }
  return result;
}

TEST(NewlineFilter, EndsStatements) {
  EXPECT_EQ(filtered("a = 1\nb = 2"), "a = 1 ; b = 2");
  EXPECT_EQ(filtered("f(x) {\n  y\n}\n"), "f ( x ) { ; y ; }");
  EXPECT_EQ(filtered("a\r\nb"), "a ; b");
}

TEST(NewlineFilter, CollapsesAndTrims) {
  EXPECT_EQ(filtered("\n\n// note\n a\n\n // note\n\nb\n\n"), "a ; b");
  EXPECT_EQ(filtered("\n\n"), "");
}

TEST(NewlineFilter, RuleABrackets) {
  EXPECT_EQ(filtered("f(a\n, b\nc)\nd"), "f ( a , b c ) ; d");
  EXPECT_EQ(filtered("[1\n2\n]"), "[ 1 2 ]");
  EXPECT_EQ(filtered("f(x => {\n a = 1\n a\n})"), "f ( x => { ; a = 1 ; a ; } )");
  EXPECT_EQ(filtered("f({\n(a\nb)\nc\n}\nd)"), "f ( { ; ( a b ) ; c ; } d )");
}

TEST(NewlineFilter, RuleBPrevious) {
  for (std::string open : {"+", "-", "*", "/", "%", "@",  "^",  "==", "!=",  "<",  "<=",  ">",  ">=",   "|>",
                           "=", "~", ",", ":", ".", "..", "=>", "->", "and", "or", "not", "if", "then", "else"})
    EXPECT_EQ(filtered("a " + open + "\nb"), "a " + open + " b");
  EXPECT_EQ(filtered("a where\nb"), "a where ; b");
  EXPECT_EQ(filtered("x.if\nb"), "x . if ; b") << "a field, whatever it is called";
  EXPECT_EQ(filtered("\"+\"\nb"), "\"+\" ; b") << "a string is no operator";
}

TEST(NewlineFilter, RuleCNext) {
  for (std::string joining : {"+",  "*",  "/", "%", "@", "^", "==", "!=", "<",   "<=", ">",    ">=",  "|>",
                              "=>", "->", ")", "]", ",", ".", "=",  "{",  "and", "or", "then", "else"})
    EXPECT_EQ(filtered("a\n\n " + joining + " b"), "a " + joining + " b");
  for (std::string own : {"(", "[", "..", ":", "~", "if", "not", "}", "where", "on", "over"})
    EXPECT_EQ(filtered("a\n" + own + " b"), "a ; " + own + " b");
}

TEST(NewlineFilter, RuleDMinus) {
  EXPECT_EQ(filtered("a\n- b"), "a - b");
  EXPECT_EQ(filtered("a\n  -\tb"), "a - b");
  EXPECT_EQ(filtered("a\n-b"), "a ; - b");
  EXPECT_EQ(filtered("a\n-\nb"), "a - b");
}

TEST(NewlineFilter, CommentsAreBlank) {
  EXPECT_EQ(filtered("a = // why\n1 // because\n+ 2 /// doc\nb"), "a = 1 + 2 ; b");
}

} // namespace
} // namespace nn::parse

// rule: lines.end, lines.brackets, lines.behind, lines.before, lines.minus, lines.opening

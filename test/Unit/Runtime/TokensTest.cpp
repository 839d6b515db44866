/// Texts as tokens, windows over them, and words with a vocabulary.
#include "data/Tokens.h"
#include "Support.h"

using namespace nnrt;
using namespace nnrt::test;

namespace {

struct Texts : testing::Test {
  Result<Table> load(const std::string &text, DataOptions options, bool ngrams = false,
                     std::vector<DeclaredField> declared = {}) {
    ReaderRequest request{folder.write("t.txt", text), std::move(options), {}, std::move(declared)};
    return ngrams ? loadNgrams(request) : loadText(request);
  }
  std::string problem(const std::string &text, DataOptions options, bool ngrams = false) {
    return withoutFolder(load(text, std::move(options), ngrams).text(), folder);
  }
  Folder folder;
};

std::vector<int32_t> values(Table &table, const char *field) {
  return valuesOf<int32_t>(*table.split("train")->column(field), NN_I32);
}

} // namespace

TEST_F(Texts, WindowsAreFollowedByTheNextCharacter) {
  Result<Table> table = load("abcabd", {{"window", "2"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->fields[0].classNames, (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(values(*table, "token"), (std::vector<int32_t>{0, 1, 2, 0}));
  EXPECT_EQ(values(*table, "next"), (std::vector<int32_t>{1, 2, 0, 1}));
}

TEST_F(Texts, WindowsMayOverlap) {
  Result<Table> table = load("abcabd", {{"window", "3"}, {"stride", "1"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(values(*table, "token"), (std::vector<int32_t>{0, 1, 2, 1, 2, 0, 2, 0, 1}));
  EXPECT_EQ(values(*table, "next"), (std::vector<int32_t>{1, 2, 0, 2, 0, 1, 0, 1, 3}));
}

TEST_F(Texts, CharactersAreThoseOfUnicode) {
  Result<Table> table = load("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80h", {{"window", "4"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->fields[0].classNames,
            (std::vector<std::string>{"h", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}));
  EXPECT_EQ(values(*table, "next"), (std::vector<int32_t>{1, 2, 3, 0}));
  EXPECT_EQ(problem("ab\nc\xff", {{"window", "1"}}),
            "t.txt: line 2 (offset 4): the byte 0xff is no UTF-8; `by: \"bytes\"` takes any file");
  EXPECT_EQ(problem("a\xe2\x82", {{"window", "1"}}).substr(0, 28), "t.txt: line 1 (offset 1): th");
  table = load("a\xff", {{"window", "1"}, {"by", "bytes"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(values(*table, "next"), (std::vector<int32_t>{255}));
}

TEST_F(Texts, FrequentWordsComeFirstAndTheRestIsUnknown) {
  const char *text = "to be, or not to be: to\nbe";
  Result<Table> table = load(text, {{"window", "1"}, {"by", "words"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->fields[0].classNames, (std::vector<std::string>{"be", "to", ",", ":", "not", "or"}));
  table = load(text, {{"window", "3"}, {"by", "words"}, {"vocabulary", "3"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->fields[0].classNames, (std::vector<std::string>{"be", "to", "<unk>"}));
  EXPECT_EQ(values(*table, "token"), (std::vector<int32_t>{1, 0, 2, 2, 2, 1, 0, 2, 1}));
}

TEST_F(Texts, NgramsAreEveryFewWords) {
  Result<Table> table = load("a b c a b", {{"n", "3"}}, true);
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(values(*table, "context"), (std::vector<int32_t>{0, 1, 1, 2, 2, 0}));
  EXPECT_EQ(values(*table, "next"), (std::vector<int32_t>{2, 0, 1}));
  EXPECT_EQ(problem("a b", {{"n", "3"}}, true), "t.txt: the text has 2 tokens, but a row takes 3");
  EXPECT_EQ(problem("a b", {}, true), "`n` has to be given: for example `n: 2`");
}

TEST_F(Texts, AProgramKeepsItsVocabulary) {
  DeclaredField token;
  token.name = "token";
  token.names = {"z", "a", "b"};
  Result<Table> table = load("abz", {{"window", "2"}}, false, {token});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(values(*table, "token"), (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(withoutFolder(load("ab\nc", {{"window", "2"}}, false, {token}).text(), folder).substr(0, 39),
            "t.txt: line 1, column 3: the character ");
}

TEST_F(Texts, NamesOptionsThatDoNotFit) {
  EXPECT_EQ(problem("abc", {}), "`window` has to be given: for example `window: 1`");
  EXPECT_EQ(problem("abc", {{"window", "0"}}), "`window` lies between 1 and 1048576, not at 0");
  EXPECT_EQ(problem("abc", {{"window", "3"}}), "t.txt: the text has 3 tokens, but a row takes 4");
  EXPECT_EQ(problem("", {{"window", "3"}}), "t.txt: the text has 0 tokens, but a row takes 4");
  EXPECT_EQ(problem("abc", {{"window", "x"}}), "`window` is an integer, not `x`");
  EXPECT_EQ(problem("abc", {{"window", "1"}, {"by", "lines"}}),
            "`by` is one of \"characters\", \"bytes\", \"words\", not \"lines\"");
}

// rule: data.windows

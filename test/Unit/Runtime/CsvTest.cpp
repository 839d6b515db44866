/// The CSV reader: which columns become which fields, and what it says about tables that are not what they should be.
#include "data/Csv.h"
#include "Support.h"
#include "data/Readers.h"

#include <cmath>

using namespace nnrt;
using namespace nnrt::test;

namespace {

using Kind = DeclaredField::Kind;

DeclaredField declare(const std::string &name, Kind kind, std::vector<int64_t> shape = {}, int64_t classes = 0) {
  DeclaredField field;
  field.name = name;
  field.kind = kind;
  field.dtype = kind == Kind::Float ? NN_F32 : NN_I32;
  field.shape = std::move(shape);
  field.classes = classes;
  return field;
}

struct Csv : testing::Test {
  DataAnswer describe(const std::string &text, DataOptions options = {}, std::vector<DeclaredField> declared = {}) {
    folder.write("t.csv", text);
    return describeData({{{"csv", folder.file("t.csv"), std::move(options)}}, std::move(declared), {}}, true);
  }
  /// The error of describing, without the folder's name.
  std::string problem(const std::string &text, DataOptions options = {}, std::vector<DeclaredField> declared = {}) {
    DataAnswer answer = describe(text, std::move(options), std::move(declared));
    EXPECT_FALSE(answer.ok);
    return withoutFolder(answer.error.text, folder);
  }
  std::vector<float> floats(const std::string &text, const std::string &name, DataOptions options = {}) {
    folder.write("t.csv", text);
    Result<Table> table = loadCsv({folder.file("t.csv"), std::move(options), {}, {}});
    EXPECT_TRUE(bool(table)) << table.text();
    return valuesOf<float>(*table->split("train")->column(name), NN_F32);
  }
  Folder folder;
};

const char *const pets = "name,age,kind\r\nTom,3,cat\r\nRex,4.5,dog\r\n\"Ann, \"\"A\"\"\",1,cat\r\n";

} // namespace

TEST_F(Csv, EveryColumnIsAFieldByItsName) {
  DataAnswer answer = describe(pets);
  ASSERT_TRUE(answer.ok) << answer.error.text;
  ASSERT_EQ(answer.info.fields.size(), 3u);
  EXPECT_EQ(answer.info.splits[0].rows, 3);
  EXPECT_EQ(answer.info.fields[0].classNames, (std::vector<std::string>{"Ann, \"A\"", "Rex", "Tom"}));
  EXPECT_EQ(answer.info.fields[1].name, "age");
  EXPECT_EQ(answer.info.fields[1].dtype, NN_F32);
  EXPECT_EQ(answer.info.fields[1].minimum, 1);
  EXPECT_EQ(answer.info.fields[1].maximum, 4.5);
  EXPECT_EQ(answer.info.fields[2].classNames, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(answer.info.fields[2].classCounts, (std::vector<int64_t>{2, 1}));
}

TEST_F(Csv, ColumnsWithoutNamesAreNumbered) {
  DataAnswer answer = describe("1;2\n3;4\n");
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[1].name, "column_2");
  EXPECT_EQ(answer.info.splits[0].rows, 2);
  EXPECT_EQ(floats("1\t2\n3\t4\n", "column_1"), (std::vector<float>{1, 3}));
}

TEST_F(Csv, NamesBecomeWordsOfTheLanguage) {
  DataAnswer answer = describe("sepal length (cm),2nd,a b,a-b\n1,2,3,4\n");
  ASSERT_TRUE(answer.ok) << answer.error.text;
  std::vector<std::string> names;
  for (const FieldInfo &field : answer.info.fields)
    names.push_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"sepal_length_cm", "_2nd", "a_b", "a_b_2"}));
}

TEST_F(Csv, OptionsGroupColumnsByPositionNameAndRange) {
  std::string text = "a,b,c,d\n1,2,3,4\n5,6,7,8\n";
  EXPECT_EQ(floats(text, "x", {{"x", "[0,2]"}}), (std::vector<float>{1, 3, 5, 7}));
  EXPECT_EQ(floats(text, "x", {{"x", "[\"d\",\"b\"]"}}), (std::vector<float>{4, 2, 8, 6}));
  EXPECT_EQ(floats(text, "x", {{"x", "1..4"}}), (std::vector<float>{2, 3, 4, 6, 7, 8}));
  EXPECT_EQ(floats(text, "x", {{"x", "c"}}), (std::vector<float>{3, 7}));
  DataAnswer answer = describe(text, {{"x", "[0]"}, {"y", "3"}});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].shape, (std::vector<int64_t>{1}));
  EXPECT_EQ(answer.info.fields[1].shape, (std::vector<int64_t>{}));
}

TEST_F(Csv, ARowOfCountsNamesTheClasses) {
  DataAnswer answer = describe("3,2,setosa,virginica\n1,2,0\n3,4,1\n5,6,1\n");
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.splits[0].rows, 3);
  EXPECT_EQ(answer.info.fields[2].classNames, (std::vector<std::string>{"setosa", "virginica"}));
  EXPECT_EQ(answer.info.fields[2].classCounts, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(problem("4,2,setosa,virginica\n1,2,0\n3,4,1\n5,6,1\n"), "t.csv: line 1: it promises 4 rows, but 3 follow");
  EXPECT_EQ(problem("3,2,setosa,virginica\n1,2,0\n3,4,2\n5,6,1\n"),
            "t.csv: line 3, column 2: expected one of the 2 classes, but found `2`");
}

TEST_F(Csv, DeclaredTypesDecide) {
  std::string text = "0,3,1\n1,7,0\n2,5,1\n";
  DataAnswer answer =
      describe(text, {{"a", "0"}, {"b", "1"}, {"c", "2"}},
               {declare("a", Kind::Category), declare("b", Kind::Category), declare("c", Kind::Integer)});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].classes, 3);
  EXPECT_EQ(answer.info.fields[1].classNames, (std::vector<std::string>{"3", "5", "7"}));
  EXPECT_EQ(answer.info.fields[2].classes, 0);
  EXPECT_EQ(answer.info.fields[2].dtype, NN_I32);
  answer = describe(text, {{"b", "1"}}, {declare("b", Kind::Category, {}, 10)});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].classes, 10);
  EXPECT_EQ(answer.info.fields[0].classCounts[7], 1);
  answer = describe(text, {{"m", "[0,1,2,0]"}}, {declare("m", Kind::Float, {2, 2})});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(problem(text, {{"b", "1"}}, {declare("b", Kind::Category, {}, 2)}),
            "t.csv: column 1 holds 3 different values, but `b` is declared as `index(2)`");
}

TEST_F(Csv, MissingValuesAreCountedReplacedOrLeftOut) {
  std::string text = "a,b\n1,2\n,3\nNA,4\n4,?\n5,nan\n";
  DataAnswer answer = describe(text);
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].missing, 2);
  EXPECT_EQ(answer.info.fields[1].missing, 2);
  EXPECT_EQ(answer.info.fields[0].maximum, 5);
  EXPECT_TRUE(std::isnan(floats(text, "a")[1]));
  EXPECT_EQ(floats(text, "a", {{"missing", "-1"}}), (std::vector<float>{1, -1, -1, 4, 5}));
  EXPECT_EQ(floats(text, "a", {{"missing", "drop"}}), (std::vector<float>{1}));
  EXPECT_EQ(problem("a,b\n1,x\n2,\n"), "t.csv: line 3, column `b`: expected one of the 1 classes, but found a missing "
                                       "value; `missing: \"drop\"` leaves such rows out");
}

TEST_F(Csv, NamesLineAndColumnOfWhatIsWrong) {
  EXPECT_EQ(problem("a,b\n1,2\n3,4x\n5,6\n"), "t.csv: line 3, column `b`: expected a number, but found `4x`");
  EXPECT_EQ(problem("1,2\n3,4.5\n", {{"n", "1"}}, {declare("n", Kind::Integer)}),
            "t.csv: line 2, column 1: expected an integer of 32 bits, but found `4.5`");
  EXPECT_EQ(problem("a,b\n1,2\n3\n"), "t.csv: line 3: 1 cells, but line 2 has 2");
  EXPECT_EQ(problem("a,b\n1,\"2\n3,4\n"), "t.csv: line 2: the quote that opens here is never closed");
  EXPECT_EQ(problem("a,b\n1,\"2\"3\n"),
            "t.csv: line 2, column 1: `3` follows the closing quote, where a `,` is expected");
}

TEST_F(Csv, RefusesWhatIsNoTable) {
  EXPECT_EQ(problem(""), "t.csv: the file is empty");
  EXPECT_EQ(problem("\n\n"), "t.csv: the file is empty");
  EXPECT_EQ(problem("a,b\n"), "t.csv: the train split has no rows");
  EXPECT_EQ(problem(std::string("PK\3\4\0\0", 6)),
            "t.csv: a text with separators has no zero bytes; this is another kind of file");
}

TEST_F(Csv, NamesOptionsThatDoNotFit) {
  EXPECT_EQ(problem(pets, {{"x", "agee"}}), "t.csv has no column `agee`; the nearest is `age`");
  EXPECT_EQ(problem(pets, {{"separtor", "3"}}),
            "the reader `csv` has no option `separtor`, and no such field: t.csv has "
            "no column 3: its columns are 0 to 2");
  EXPECT_EQ(describe(pets, {{"separtor", "3"}}).error.suggestion, "separator");
  EXPECT_EQ(problem(pets, {{"x", "3"}}), "t.csv has no column 3: its columns are 0 to 2");
  EXPECT_EQ(problem("1,2\n3,4\n", {{"x", "age"}}), "t.csv names no columns");
  EXPECT_EQ(problem(pets, {{"separator", "--"}}), "a separator is one character, such as \";\", not `--`");
  EXPECT_EQ(problem(pets, {{"missing", "mean"}}),
            "`missing` is \"drop\", which leaves rows out, or a number to put there");
  EXPECT_EQ(describe(pets, {{"x", "[0,9]"}}).error.subject, "x");
}

TEST_F(Csv, ReadsCompressedTablesAndAnySeparator) {
  folder.writeGzip("t.csv.gz", "a|b\n1|2\n");
  Result<Table> table = loadCsv({folder.file("t.csv.gz"), {{"separator", "|"}}, {}, {}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(valuesOf<float>(table->splits[0].columns[1], NN_F32), (std::vector<float>{2}));
}

TEST_F(Csv, AProgramKeepsItsClasses) {
  folder.write("t.csv", "kind\ndog\ncat\ndog\n");
  const char *names[] = {"ant", "cat", "dog"};
  nn_field field{"kind", {NN_I32, 0, nullptr}, 3, 3, names, 0, nullptr, nullptr};
  std::string path = folder.file("t.csv");
  nn_stage stage{"csv", path.c_str(), 0, nullptr};
  nn_dataset dataset{"pets", 1, &stage, 1, &field, nullptr};
  Result<Table> table = loadDataset(dataset, {});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(valuesOf<int32_t>(table->splits[0].columns[0], NN_I32), (std::vector<int32_t>{2, 1, 2}));
  folder.write("t.csv", "kind\ndog\nyak\n");
  EXPECT_EQ(withoutFolder(loadDataset(dataset, {}).text(), folder),
            "t.csv: line 3, column `kind`: expected one of the 3 classes, but found `yak`");
}

TEST_F(Csv, SurvivesEveryTruncation) {
  std::string whole = pets;
  for (size_t length = 0; length < whole.size(); ++length)
    (void)describe(whole.substr(0, length));
}

// rule: data.columns, data.header, data.missing

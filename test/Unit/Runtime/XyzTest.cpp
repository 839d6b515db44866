/// Frames of .xyz files: plain, extended, clouds, folders of classes; and what is said about wrong ones.
#include "data/Xyz.h"
#include "Support.h"
#include "data/Lengths.h"

#include <filesystem>

using namespace nnrt;
using namespace nnrt::test;

namespace {

const char *const twoMolecules = "2\nenergy=-1.5 name=\"a b\"\nO 0 0 0\nH 0 0 1\n1\nenergy=2 name=c\nC 1 2 3\n";

struct Xyz : testing::Test {
  Result<Table> load(const std::string &text, std::vector<DeclaredField> declared = {}) {
    folder.write("points.xyz", text);
    return loadData({{{"xyz", folder.file("points.xyz"), {}}}, std::move(declared), {}});
  }
  std::vector<double> row(const Split &split, const std::string &name, uint32_t row) {
    const Column &column = *split.column(name);
    std::vector<double> values(size_t(column.elements));
    stageRows(column, &row, 1, values.data(), NN_F64);
    return values;
  }
  Folder folder;
};

TEST_F(Xyz, FramesAreExamplesOfDifferentLengths) {
  Result<Table> table = load(twoMolecules);
  ASSERT_TRUE(table) << table.text();
  const Split &train = table->splits[0];
  EXPECT_EQ(train.rows, 2);
  EXPECT_EQ(train.column("pos")->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(row(train, "pos", 0), (std::vector<double>{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(row(train, "pos", 1), (std::vector<double>{1, 2, 3, 0, 0, 0}));
  EXPECT_EQ(row(train, "#n", 0), std::vector<double>{2});
  EXPECT_EQ(row(train, "#n", 1), std::vector<double>{1});
  EXPECT_EQ(row(train, "energy", 0), std::vector<double>{-1.5});
}

TEST_F(Xyz, SymbolsAndTextsAreClasses) {
  Result<Table> table = load(twoMolecules);
  ASSERT_TRUE(table) << table.text();
  const Split &train = table->splits[0];
  EXPECT_EQ(row(train, "kind", 0), (std::vector<double>{2, 1}));
  EXPECT_EQ(row(train, "kind", 1)[0], 0);
  for (const FieldInfo &info : table->fields)
    if (info.name == "kind")
      EXPECT_EQ(info.classNames, (std::vector<std::string>{"C", "H", "O"}));
  EXPECT_EQ(row(train, "name", 0), std::vector<double>{0});
}

TEST_F(Xyz, PropertiesNameColumns) {
  Result<Table> table = load("1\nProperties=species:S:1:forces:R:3:pos:R:3:charge:R:1\nN 4 5 6 1 2 3 0.5\n");
  ASSERT_TRUE(table) << table.text();
  EXPECT_EQ(row(table->splits[0], "pos", 0), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(row(table->splits[0], "forces", 0), (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(row(table->splits[0], "charge", 0), std::vector<double>{0.5});
}

TEST_F(Xyz, ACloudIsALineAPoint) {
  Result<Table> table = load("0 0 1\n# a remark\n2,3,4\n");
  ASSERT_TRUE(table) << table.text();
  EXPECT_EQ(row(table->splits[0], "pos", 0), (std::vector<double>{0, 0, 1, 2, 3, 4}));
}

TEST_F(Xyz, ADeclaredBoundMakesRoom) {
  DeclaredField pos;
  pos.name = "points";
  pos.dtype = NN_F32;
  pos.shape = {4, 3};
  pos.lengths = {"m", ""};
  Result<Table> table = load(twoMolecules, {pos});
  ASSERT_TRUE(table) << table.text();
  EXPECT_EQ(table->splits[0].column("points")->shape, (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(row(table->splits[0], "#m", 1), std::vector<double>{1});
  pos.shape = {1, 3};
  EXPECT_NE(load(twoMolecules, {pos}).text().find("row 0: `m` is 2, but at most 1 is declared"), std::string::npos);
}

TEST_F(Xyz, SaysWhereAFileIsWrong) {
  EXPECT_NE(load("2\n\nO 0 0 0\n").text().find("line 3: the file ends behind 1 of 2 points"), std::string::npos);
  EXPECT_NE(load("1\n\nO 0 x 0\n").text().find("line 3: column 3 should be a number, not `x`"), std::string::npos);
  EXPECT_NE(load("1\n\nO 0 0\n").text().find("line 3: this point has 3 columns, but `pos` comes behind them"),
            std::string::npos);
  EXPECT_NE(load("1\nProperties=pos:R\nO 0 0 0\n").text().find("`Properties` is a list"), std::string::npos);
  EXPECT_NE(load("\n").text().find("the file holds no points"), std::string::npos);
}

TEST_F(Xyz, AFolderHasAFileAnExample) {
  for (const char *inside : {"shapes/train/box", "shapes/train/cone", "shapes/test/cone"})
    std::filesystem::create_directories(folder.file(inside));
  folder.write("shapes/train/box/a.xyz", "0 0 0\n1 1 1\n");
  folder.write("shapes/train/cone/b.xyz", "2 2 2\n");
  folder.write("shapes/test/cone/c.xyz", "3 3 3\n4 4 4\n5 5 5\n");
  Result<Table> table = loadData({{{"folder", folder.file("shapes"), {{"format", "xyz"}}}}, {}, {}});
  ASSERT_TRUE(table) << table.text();
  const Split &train = *table->split("train"), &test = *table->split("test");
  EXPECT_EQ(train.rows, 2);
  EXPECT_EQ(train.column("pos")->shape, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(row(train, "label", 1), std::vector<double>{1});
  EXPECT_EQ(row(test, "#n", 0), std::vector<double>{3});
  std::vector<LengthInfo> lengths = lengthsOf(*table);
  ASSERT_EQ(lengths.size(), 1u);
  EXPECT_EQ(lengths[0].minimum, 1);
  EXPECT_EQ(lengths[0].maximum, 3);
  EXPECT_DOUBLE_EQ(lengths[0].mean, 2);
}

} // namespace

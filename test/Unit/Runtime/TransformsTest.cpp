/// Transforms: which rows they keep, what they change, and that they do the same every time.
#include "data/Transforms.h"
#include "Support.h"
#include "data/Readers.h"

#include <algorithm>
#include <cmath>

using namespace nnrt;
using namespace nnrt::test;

namespace {

struct Transforms : testing::Test {
  void SetUp() override {
    std::string rows = "x,y,kind\n";
    for (int i = 0; i < 100; ++i)
      rows += std::to_string(i) + "," + std::to_string(2 * i) + "," + (i % 4 ? "a" : i % 8 ? "b" : "c") + "\n";
    folder.write("t.csv", rows);
  }
  /// The table behind some transforms; each is a name and options.
  Result<Table> load(std::vector<DataStage> transforms) {
    std::vector<DataStage> stages = {{"csv", folder.file("t.csv"), {}}};
    stages.insert(stages.end(), transforms.begin(), transforms.end());
    return loadData({stages, {}, {}});
  }
  std::vector<float> xs(std::vector<DataStage> transforms, const char *split = "train") {
    Result<Table> table = load(std::move(transforms));
    EXPECT_TRUE(bool(table)) << table.text();
    return valuesOf<float>(*table->split(split)->column("x"), NN_F32);
  }
  std::vector<int32_t> kinds(std::vector<DataStage> transforms) {
    Result<Table> table = load(std::move(transforms));
    EXPECT_TRUE(bool(table)) << table.text();
    return valuesOf<int32_t>(*table->split("train")->column("kind"), NN_I32);
  }
  Folder folder;
};

} // namespace

TEST_F(Transforms, SplitMovesEveryRowToOneSide) {
  DataStage split{"split", "", {{"validation", "0.1"}, {"test", "0.3"}}};
  std::vector<float> train = xs({split}), validation = xs({split}, "validation"), test = xs({split}, "test");
  EXPECT_EQ(train.size(), 60u);
  EXPECT_EQ(validation.size(), 10u);
  EXPECT_EQ(test.size(), 30u);
  EXPECT_EQ(train, xs({split}));
  std::vector<float> all = train;
  all.insert(all.end(), validation.begin(), validation.end());
  all.insert(all.end(), test.begin(), test.end());
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < 100; ++i)
    EXPECT_EQ(all[i], float(i));
  EXPECT_NE(validation, xs({{"split", "", {{"validation", "0.1"}, {"test", "0.3"}, {"seed", "1"}}}}, "validation"));
}

TEST_F(Transforms, TakeAndShuffleChooseRows) {
  EXPECT_EQ(xs({{"take", "", {{"rows", "3"}}}}), (std::vector<float>{0, 1, 2}));
  std::vector<float> shuffled = xs({{"shuffle", "", {}}}),
                     first = xs({{"shuffle", "", {}}, {"take", "", {{"rows", "5"}}}});
  EXPECT_NE(shuffled, xs({}));
  EXPECT_EQ(first, std::vector<float>(shuffled.begin(), shuffled.begin() + 5));
}

TEST_F(Transforms, BootstrapDrawsRowsWithReplacement) {
  std::vector<float> drawn = xs({{"bootstrap", "", {}}}), other = xs({{"bootstrap", "", {{"seed", "1"}}}});
  EXPECT_EQ(drawn.size(), xs({}).size());
  EXPECT_NE(drawn, other);
  EXPECT_EQ(drawn, xs({{"bootstrap", "", {}}}));
  std::sort(drawn.begin(), drawn.end());
  for (float x : drawn)
    EXPECT_TRUE(x >= 0 && x < 100);
  // About 1 - 1/e of the rows are drawn at all.
  auto distinct = std::unique(drawn.begin(), drawn.end()) - drawn.begin();
  EXPECT_GT(distinct, 50);
  EXPECT_LT(distinct, 76);
}

TEST_F(Transforms, NormalizeMeasuresTheTrainingSplit) {
  std::vector<DataStage> stages = {{"split", "", {{"test", "0.5"}}}, {"normalize", "", {}}};
  std::vector<float> train = xs(stages), before = xs({stages[0]}), test = xs(stages, "test");
  double mean = 0, square = 0;
  for (float x : train) {
    mean += double(x) / 50;
    square += double(x) * double(x) / 50;
  }
  EXPECT_NEAR(mean, 0, 1e-6);
  EXPECT_NEAR(square, 1, 1e-6);
  double scale = double(train[1] - train[0]) / double(before[1] - before[0]);
  EXPECT_NEAR(double(test[1] - test[0]), scale * double(xs({stages[0]}, "test")[1] - xs({stages[0]}, "test")[0]), 1e-5);
  stages.push_back({"normalize", "", {}});
  std::vector<float> twice = xs(stages);
  for (size_t i = 0; i < twice.size(); ++i)
    EXPECT_NEAR(twice[i], train[i], 1e-5);
}

TEST_F(Transforms, RelabelChangesAShareToOtherClasses) {
  std::vector<int32_t> before = kinds({}), after = kinds({{"relabel", "", {{"fraction", "0.3"}}}});
  int changed = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    changed += before[i] != after[i];
    EXPECT_TRUE(after[i] >= 0 && after[i] < 3);
  }
  EXPECT_EQ(changed, 30);
  EXPECT_EQ(xs({{"relabel", "", {{"fraction", "0.3"}}}}), xs({}));
}

TEST_F(Transforms, RelabelLeavesOtherSplitsAlone) {
  Result<Table> plain = load({{"split", "", {{"test", "0.5"}}}});
  Result<Table> noisy = load({{"split", "", {{"test", "0.5"}}}, {"relabel", "", {{"fraction", "0.9"}}}});
  ASSERT_TRUE(plain && noisy);
  EXPECT_EQ(valuesOf<int32_t>(*plain->split("test")->column("kind"), NN_I32),
            valuesOf<int32_t>(*noisy->split("test")->column("kind"), NN_I32));
}

TEST_F(Transforms, ResizeResamplesPictures) {
  folder.write("train-images-idx3-ubyte", idx({6, 2, 4}, 256));
  folder.write("train-labels-idx1-ubyte", idx({6}, 3));
  Result<Table> table = loadData({{{"idx", folder.path, {}}, {"resize", "", {{"size", "[1,2]"}}}}, {}, {}});
  ASSERT_TRUE(bool(table)) << table.text();
  const Column &image = *table->split("train")->column("image");
  EXPECT_EQ(image.shape, (std::vector<int64_t>{1, 1, 2}));
  EXPECT_NEAR(valuesOf<float>(image, NN_F32)[0], 3 / 255.0, 1.01 / 255);
}

TEST_F(Transforms, RefuseWhatCannotBeDone) {
  auto problem = [&](const char *name, DataOptions options) {
    Result<Table> table = load({{name, "", std::move(options)}});
    EXPECT_FALSE(bool(table));
    EXPECT_EQ(table.error().stage, 1u);
    return withoutFolder(table.text(), folder);
  };
  EXPECT_EQ(problem("split", {}), "`split` is given a share: `validation: 0.1`, `test: 0.2` or both");
  EXPECT_EQ(problem("split", {{"test", "0.001"}}), "0.001 of 100 rows leaves one of the two splits without any");
  EXPECT_EQ(problem("split", {{"test", "0.6"}, {"validation", "0.5"}}),
            "the shares of `split` leave nothing to train on");
  EXPECT_EQ(problem("take", {{"rows", "101"}}), "`take` asks for 101 rows, but the training split has 100");
  EXPECT_EQ(problem("relabel", {{"fraction", "0.5"}, {"field", "x"}}), "t.csv has no field `x` with a class a row");
  EXPECT_EQ(problem("resize", {{"size", "[2,2]"}}), "t.csv: no field holds pictures, f32[channels, height, width]");
  EXPECT_EQ(problem("resize", {{"size", "[2]"}}), "`size` is [height, width], each from 1 to 16384, not [2]");
  EXPECT_EQ(problem("flip", {}), "there is no data transform `flip`");
  EXPECT_EQ(problem("take", {{"count", "3"}}), "the transform `take` has no option `count`");
}

// rule: data.transforms, data.transform-list

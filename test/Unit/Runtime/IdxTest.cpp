/// The IDX reader: what it finds, and what it says about files that are not what they should be.
#include "data/Idx.h"
#include "Support.h"
#include "data/Gzip.h"
#include "data/Readers.h"

using namespace nnrt;
using namespace nnrt::test;

namespace {

struct Idx : testing::Test {
  void SetUp() override {
    folder.write("train-images-idx3-ubyte", idx({6, 2, 3}, 256));
    folder.write("train-labels-idx1-ubyte", idx({6}, 3));
  }
  DataAnswer describe(DataOptions options = {}, bool thorough = false) {
    return describeData({{{"idx", folder.path, std::move(options)}}, {}, {}}, thorough);
  }
  /// The error of describing, without the folder's name.
  std::string problem(DataOptions options = {}, bool thorough = false) {
    DataAnswer answer = describe(std::move(options), thorough);
    EXPECT_FALSE(answer.ok);
    return withoutFolder(answer.error.text, folder);
  }
  Folder folder;
};

} // namespace

TEST_F(Idx, DescribesFieldsAndSplits) {
  folder.writeGzip("t10k-images-idx3-ubyte.gz", idx({4, 2, 3}, 256));
  folder.writeGzip("t10k-labels-idx1-ubyte.gz", idx({4}, 4));
  DataAnswer answer = describe();
  ASSERT_TRUE(answer.ok) << answer.error.text;
  ASSERT_EQ(answer.info.splits.size(), 2u);
  EXPECT_EQ(answer.info.splits[1].name, "test");
  EXPECT_EQ(answer.info.splits[1].rows, 4);
  EXPECT_EQ(answer.info.fields[0].name, "image");
  EXPECT_EQ(answer.info.fields[0].shape, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(answer.info.fields[0].maximum, 1.0);
  EXPECT_EQ(answer.info.fields[1].classes, 4);
  EXPECT_EQ(answer.info.fields[1].classCounts, (std::vector<int64_t>{2, 2, 2, 0}));
}

TEST_F(Idx, ThoroughDescriptionMeasuresTheRange) {
  DataAnswer answer = describe({}, true);
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].minimum, 0.0);
  EXPECT_EQ(answer.info.fields[0].maximum, 35 / 255.0);
}

TEST_F(Idx, NamesClassesFromAFile) {
  folder.write("classes.txt", "cat\ndog\r\nyak\n");
  DataAnswer answer = describe({{"names", "classes.txt"}});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[1].classNames, (std::vector<std::string>{"cat", "dog", "yak"}));
}

TEST_F(Idx, RefusesLabelsWithoutName) {
  folder.write("classes.txt", "cat\ndog\n");
  EXPECT_EQ(problem({{"names", "classes.txt"}}),
            "train-labels-idx1-ubyte: row 2 (offset 10): label 2, but classes.txt names 2 classes (0 to 1)");
  folder.write("classes.txt", "cat\n\nyak\n");
  EXPECT_EQ(problem({{"names", "classes.txt"}}), "classes.txt: line 2: a class name is missing");
}

TEST_F(Idx, SaysWhereAFileEnds) {
  std::string whole = idx({6, 2, 3}, 256);
  folder.write("train-images-idx3-ubyte", whole.substr(0, whole.size() - 8));
  EXPECT_EQ(problem({}, true), "train-images-idx3-ubyte: row 4: the file ends at offset 44, but its header promises 6 "
                               "images (52 bytes)");
  folder.write("train-images-idx3-ubyte", whole + "x");
  EXPECT_EQ(problem({}, true), "train-images-idx3-ubyte: offset 52: 1 bytes follow the last of 6 images");
  folder.write("train-images-idx3-ubyte", whole.substr(0, 9));
  EXPECT_EQ(problem(), "train-images-idx3-ubyte: offset 9: the file ends inside its IDX header");
}

TEST_F(Idx, SaysWhatIsWrongInAHeader) {
  std::string whole = idx({6, 2, 3}, 256);
  folder.write("train-images-idx3-ubyte", "P5" + whole.substr(2));
  EXPECT_EQ(problem(), "train-images-idx3-ubyte: offset 0: an IDX file starts with two zero bytes, not 50 35");
  whole[2] = 0x0d;
  folder.write("train-images-idx3-ubyte", whole);
  EXPECT_EQ(problem(), "train-images-idx3-ubyte: offset 2: the elements have IDX type 0x0d, but images are read as "
                       "unsigned bytes (0x08)");
  folder.write("train-images-idx3-ubyte", idx({6}, 3));
  EXPECT_EQ(problem(), "train-images-idx3-ubyte: offset 3: the array has 1 axes, but images have 3");
  folder.write("train-images-idx3-ubyte", std::string("\0\0\x08\x03", 4) + std::string(12, '\xff'));
  EXPECT_EQ(problem().substr(0, 34), "train-images-idx3-ubyte: offset 8:");
  folder.write("train-images-idx3-ubyte", idx({6, 0, 3}, 256));
  EXPECT_EQ(problem(), "train-images-idx3-ubyte: offset 8: axis 1 has the extent 0");
}

TEST_F(Idx, ComparesImagesWithLabels) {
  folder.write("train-labels-idx1-ubyte", idx({5}, 3));
  EXPECT_EQ(problem(), "train-labels-idx1-ubyte holds 5 labels, but train-images-idx3-ubyte holds 6 images");
}

TEST_F(Idx, NamesMissingFiles) {
  std::filesystem::remove(folder.file("train-labels-idx1-ubyte"));
  DataAnswer answer = describe();
  EXPECT_EQ(answer.error.kind, DataErrorKind::Missing);
  EXPECT_EQ(answer.error.text, folder.path + " has no train-labels-idx1-ubyte, with or without .gz");
  answer = describeData({{{"idx", "nowhere", {}}}, {}, {folder.path, "/data"}});
  EXPECT_EQ(answer.error.kind, DataErrorKind::Missing);
  EXPECT_EQ(answer.error.text,
            "there is no folder `nowhere` in " + folder.path + ", /data, the current folder, /usr/share/datasets");
}

TEST_F(Idx, SuggestsReadersAndOptions) {
  DataAnswer answer = describeData({{{"idz", folder.path, {}}}, {}, {}});
  EXPECT_EQ(answer.error.kind, DataErrorKind::Unsupported);
  EXPECT_EQ(answer.error.suggestion, "idx");
  answer = describe({{"name", "classes.txt"}});
  EXPECT_EQ(answer.error.text, "the reader `idx` has no option `name`");
  EXPECT_EQ(answer.error.suggestion, "names");
}

TEST_F(Idx, FindsFoldersInOrder) {
  std::filesystem::create_directory(folder.file("a"));
  std::filesystem::create_directory(folder.file("b"));
  std::filesystem::create_directory(folder.file("b/set"));
  EXPECT_EQ(*locate("set", {folder.file("a"), folder.file("b")}, true), folder.file("b/set"));
  std::filesystem::create_directory(folder.file("a/set"));
  EXPECT_EQ(*locate("set", {folder.file("a"), folder.file("b")}, true), folder.file("a/set"));
}

TEST_F(Idx, LoadsAndStagesRows) {
  Result<Table> table = loadIdx({folder.path, {}, {}, {}});
  ASSERT_TRUE(bool(table)) << table.text();
  const Split &train = *table->split("train");
  uint32_t rows[] = {5, 0};
  float images[12];
  int32_t labels[2];
  stageRows(*train.column("image"), rows, 2, images, NN_F32);
  stageRows(*train.column("label"), rows, 2, labels, NN_I32);
  EXPECT_EQ(images[0], 30 / 255.0f);
  EXPECT_EQ(images[11], 5 / 255.0f);
  EXPECT_EQ(labels[0], 2);
  EXPECT_EQ(labels[1], 0);
}

TEST_F(Idx, RefusesDataOfAnotherShapeThanTheProgram) {
  const int64_t shape[] = {1, 28, 28};
  nn_field fields[] = {{"image", {NN_F32, 3, shape}, 0, 0, nullptr, 0, nullptr, nullptr},
                       {"label", {NN_I32, 0, nullptr}, 2, 0, nullptr, 0, nullptr, nullptr}};
  nn_stage stage{"idx", folder.path.c_str(), 0, nullptr};
  nn_dataset dataset{"digits", 1, &stage, 2, fields, nullptr};
  EXPECT_EQ(loadDataset(dataset, {}).text(), folder.file("train-images-idx3-ubyte") +
                                                 ": `image` is f32[1, 2, 3] here, but the program was compiled for "
                                                 "f32[1, 28, 28]");
  dataset.field_count = 1;
  dataset.fields = fields + 1;
  EXPECT_EQ(loadDataset(dataset, {}).text(), folder.file("train-labels-idx1-ubyte") +
                                                 ": row 2: `label` is 2, but the program was compiled for 2 classes (0 "
                                                 "to 1)");
}

TEST_F(Idx, SurvivesEveryTruncationAndManyDamages) {
  std::string whole = idx({6, 2, 3}, 256);
  for (size_t length = 0; length < whole.size(); ++length) {
    folder.write("train-images-idx3-ubyte", whole.substr(0, length));
    EXPECT_FALSE(describe({}, true).ok) << length;
  }
  for (size_t at = 0; at < 16; ++at) {
    std::string damaged = whole;
    damaged[at] = char(damaged[at] ^ 0x55);
    folder.write("train-images-idx3-ubyte", damaged);
    EXPECT_FALSE(describe({}, true).ok) << at;
  }
}

TEST(Gzip, ReadsWhatGzipWrites) {
  Folder folder;
  std::string contents(300000, 'a');
  for (size_t i = 0; i < contents.size(); i += 7)
    contents[i] = char(i);
  folder.writeGzip("x.gz", contents);
  Result<Bytes> bytes = readMaybeGzip(folder.file("x.gz"));
  ASSERT_TRUE(bool(bytes)) << bytes.text();
  EXPECT_EQ(std::string(reinterpret_cast<char *>(bytes->data()), bytes->size()), contents);
  bytes = readMaybeGzip(folder.file("x.gz"), 10);
  EXPECT_EQ(bytes->size(), 10u);
}

TEST(Gzip, ReadsSeveralMembers) {
  Folder folder;
  folder.writeGzip("a.gz", "first ");
  folder.writeGzip("b.gz", "second");
  folder.write("c.gz", folder.read("a.gz") + folder.read("b.gz"));
  Result<Bytes> bytes = readMaybeGzip(folder.file("c.gz"));
  ASSERT_TRUE(bool(bytes)) << bytes.text();
  EXPECT_EQ(std::string(reinterpret_cast<char *>(bytes->data()), bytes->size()), "first second");
}

TEST(Gzip, SaysWhereDataIsCutOrDamaged) {
  Folder folder;
  folder.writeGzip("x.gz", std::string(5000, 'b') + "tail");
  std::string packed = folder.read("x.gz");
  for (size_t length = 0; length < packed.size(); ++length) {
    folder.write("cut.gz", packed.substr(0, length));
    EXPECT_FALSE(bool(readMaybeGzip(folder.file("cut.gz")))) << length;
  }
  folder.write("cut.gz", packed.substr(0, packed.size() - 3));
  EXPECT_EQ(readMaybeGzip(folder.file("cut.gz")).text(),
            folder.file("cut.gz") + ": the gzip data is cut off at byte " + std::to_string(packed.size() - 3));
  folder.write("not.gz", "plain text");
  EXPECT_EQ(readMaybeGzip(folder.file("not.gz")).text(),
            folder.file("not.gz") + ": offset 0: not gzip data, although its name ends in .gz");
  packed[packed.size() - 6] = char(packed[packed.size() - 6] ^ 1);
  folder.write("bad.gz", packed);
  EXPECT_NE(readMaybeGzip(folder.file("bad.gz")).text().find("is damaged near byte"), std::string::npos);
}

/// Arrays of numpy: the format, archives of them, and what they are as data sets.
#include "data/Arrays.h"
#include "Support.h"
#include "data/Npy.h"
#include "data/Readers.h"
#include "data/Zip.h"

using namespace nnrt;
using namespace nnrt::test;

namespace {

using Kind = DeclaredField::Kind;

/// A zip archive of members, packed by deflate or stored.
std::string zip(const std::vector<std::pair<std::string, std::string>> &members, bool deflate = false) {
  auto u16 = [](size_t value) { return std::string{char(value), char(value >> 8)}; };
  auto u32 = [&](size_t value) { return u16(value) + u16(value >> 16); };
  std::string body, directory;
  for (const auto &[name, plain] : members) {
    std::string packed = plain;
    if (deflate) {
      z_stream stream{};
      deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
      packed.resize(deflateBound(&stream, uLong(plain.size())));
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(plain.data()));
      stream.avail_in = uInt(plain.size());
      stream.next_out = reinterpret_cast<Bytef *>(packed.data());
      stream.avail_out = uInt(packed.size());
      ::deflate(&stream, Z_FINISH);
      packed.resize(stream.total_out);
      deflateEnd(&stream);
    }
    size_t sum = crc32(0, reinterpret_cast<const Bytef *>(plain.data()), uInt(plain.size()));
    std::string about =
        u16(deflate ? 8 : 0) + u32(0) + u32(sum) + u32(packed.size()) + u32(plain.size()) + u16(name.size()) + u16(0);
    directory +=
        "PK\1\2" + u16(20) + u16(20) + u16(0) + about + u16(0) + u16(0) + u16(0) + u32(0) + u32(body.size()) + name;
    body += "PK\3\4" + u16(20) + u16(0) + about + name + packed;
  }
  return body + directory + "PK\5\6" + u32(0) + u16(members.size()) + u16(members.size()) + u32(directory.size()) +
         u32(body.size()) + u16(0);
}

DeclaredField declare(const std::string &name, Kind kind, int64_t dtype, std::vector<int64_t> shape) {
  DeclaredField field;
  field.name = name;
  field.kind = kind;
  field.dtype = dtype;
  field.shape = std::move(shape);
  return field;
}

std::string sixFloats() { return rawBytes<float>({1, 2, 3, 4, 5, 6}); }

struct Arrays : testing::Test {
  DataAnswer describe(const std::string &reader, const std::string &file, const std::string &contents,
                      std::vector<DeclaredField> declared = {}) {
    folder.write(file, contents);
    return describeData({{{reader, folder.file(file), {}}}, std::move(declared), {}}, true);
  }
  std::string problem(const std::string &reader, const std::string &file, const std::string &contents,
                      std::vector<DeclaredField> declared = {}) {
    DataAnswer answer = describe(reader, file, contents, std::move(declared));
    EXPECT_FALSE(answer.ok);
    return withoutFolder(answer.error.text, folder);
  }
  Folder folder;
};

std::vector<float> floatsIn(const std::string &file) {
  Result<Array> array = parseNpy(bytesOf(file), "x.npy");
  EXPECT_TRUE(bool(array)) << array.text();
  std::vector<float> values(size_t(6));
  convertNumbers(array->bytes.data() + array->first, array->dtype, values.data(), NN_F32, 6);
  return values;
}

} // namespace

TEST(Npy, ReadsTypeShapeAndNumbers) {
  Result<Array> array = parseNpy(bytesOf(npy("<f4", "(2, 3)", sixFloats())), "x.npy");
  ASSERT_TRUE(bool(array)) << array.text();
  EXPECT_EQ(array->dtype, NN_F32);
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(floatsIn(npy("<f4", "(2, 3)", sixFloats())), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, ReadsEveryElementType) {
  const std::vector<float> expected = {1, 0, 1, 1, 0, 1};
  EXPECT_EQ(floatsIn(npy("<f8", "(6,)", rawBytes<double>({1, 0, 1, 1, 0, 1}))), expected);
  EXPECT_EQ(floatsIn(npy("<i4", "(6,)", rawBytes<int32_t>({1, 0, 1, 1, 0, 1}))), expected);
  EXPECT_EQ(floatsIn(npy("<i8", "(6,)", rawBytes<int64_t>({1, 0, 1, 1, 0, 1}))), expected);
  EXPECT_EQ(floatsIn(npy("|u1", "(6,)", rawBytes<uint8_t>({1, 0, 1, 1, 0, 1}))), expected);
  EXPECT_EQ(floatsIn(npy("|b1", "(6,)", rawBytes<uint8_t>({1, 0, 1, 1, 0, 1}))), expected);
}

TEST(Npy, ReadsBigEndianAndFortranOrder) {
  std::string swapped = sixFloats();
  for (size_t at = 0; at < swapped.size(); at += 4)
    std::reverse(swapped.begin() + long(at), swapped.begin() + long(at) + 4);
  EXPECT_EQ(floatsIn(npy(">f4", "(2, 3)", swapped)), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(floatsIn(npy("<f4", "(2, 3)", sixFloats(), true)), (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST(Npy, RefusesWhatItCannotRead) {
  auto problem = [](const std::string &text) { return parseNpy(bytesOf(text), "x.npy").text(); };
  EXPECT_EQ(problem("hello"), "x.npy: offset 0: not an .npy array");
  EXPECT_EQ(problem(npy("<c8", "(1,)", "12345678")), "x.npy: elements of type `<c8` are not read");
  EXPECT_EQ(problem(npy("<f4", "(2,)", "1234")), "x.npy: 4 bytes of elements, but its header says f32[2]");
  EXPECT_EQ(problem(npy("<f8", "(9999999999, 9999999999)", "1234")), "x.npy: the shape in the header is damaged");
}

TEST_F(Arrays, RowsLieAlongTheFirstAxis) {
  DataAnswer answer = describe("npy", "speed.npy", npy("<f4", "(2, 3)", sixFloats()));
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.splits[0].rows, 2);
  EXPECT_EQ(answer.info.fields[0].name, "speed");
  EXPECT_EQ(answer.info.fields[0].shape, (std::vector<int64_t>{3}));
  EXPECT_EQ(answer.info.fields[0].maximum, 6);
  answer = describe("npy", "speed.npy", npy("<f4", "(2, 3)", sixFloats()), {declare("v", Kind::Float, NN_F64, {3})});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].name, "v");
  EXPECT_EQ(answer.info.fields[0].dtype, NN_F64);
}

TEST_F(Arrays, EveryArrayOfAnArchiveIsAField) {
  for (bool deflate : {false, true}) {
    std::string archive = zip({{"x.npy", npy("<f4", "(2, 3)", sixFloats())},
                               {"y.npy", npy("<i8", "(2,)", rawBytes<int64_t>({0, 4}))},
                               {"readme.txt", "no array"}},
                              deflate);
    DataAnswer answer = describe("npz", "t.npz", archive);
    ASSERT_TRUE(answer.ok) << answer.error.text;
    ASSERT_EQ(answer.info.fields.size(), 2u);
    EXPECT_EQ(answer.info.fields[1].dtype, NN_I32);
    EXPECT_EQ(answer.info.fields[1].classes, 5);
    answer = describe("npz", "t.npz", archive, {declare("y", Kind::Integer, NN_I32, {})});
    ASSERT_TRUE(answer.ok) << answer.error.text;
    EXPECT_EQ(answer.info.fields[0].classes, 0);
    answer = describe("npz", "t.npz", archive, {declare("y", Kind::Category, NN_I32, {})});
    ASSERT_TRUE(answer.ok) << answer.error.text;
    ASSERT_EQ(answer.info.fields.size(), 1u);
    EXPECT_EQ(answer.info.fields[0].classCounts, (std::vector<int64_t>{1, 0, 0, 0, 1}));
  }
}

TEST_F(Arrays, NamesOfArraysSaySplits) {
  auto numbers = [](size_t rows) {
    return npy("<f4", "(" + std::to_string(rows) + ",)", sixFloats().substr(0, 4 * rows));
  };
  auto labels = [](std::vector<int64_t> values) {
    return npy("<i8", "(" + std::to_string(values.size()) + ",)", rawBytes<int64_t>(values));
  };
  DataAnswer answer = describe("npz", "t.npz",
                               zip({{"x_train.npy", numbers(3)},
                                    {"y_train.npy", labels({0, 1, 0})},
                                    {"val_x.npy", numbers(1)},
                                    {"val_y.npy", labels({2})},
                                    {"y_test.npy", labels({1, 1})},
                                    {"x_test.npy", numbers(2)}}));
  ASSERT_TRUE(answer.ok) << answer.error.text;
  ASSERT_EQ(answer.info.splits.size(), 3u);
  EXPECT_EQ(answer.info.splits[1].name, "validation");
  EXPECT_EQ(answer.info.splits[2].rows, 2);
  ASSERT_EQ(answer.info.fields.size(), 2u);
  EXPECT_EQ(answer.info.fields[1].name, "y");
  EXPECT_EQ(answer.info.fields[1].classes, 3); // the validation split has the last
  EXPECT_EQ(problem("npz", "t.npz",
                    zip({{"x_train.npy", numbers(3)}, {"y_train.npy", numbers(3)}, {"x_test.npy", numbers(2)}})),
            "t.npz: the test split has no `y`");
  // What lacks a training split, or leaves arrays without a split, is no archive of splits.
  for (const char *other : {"x_test.npy", "scale.npy"}) {
    answer =
        describe("npz", "t.npz", zip({{"y_train.npy", numbers(3)}, {"y_val.npy", numbers(3)}, {other, numbers(3)}}));
    ASSERT_TRUE(answer.ok) << answer.error.text;
    EXPECT_EQ(answer.info.splits.size(), 1u);
    EXPECT_EQ(answer.info.fields[1].name, "y_val");
  }
}

TEST_F(Arrays, SplitsOfAGraphShareWhatTheyDoNotName) {
  auto pairs = [](std::vector<int64_t> ends) { return npy("<i8", "(2, 2)", rawBytes<int64_t>(ends)); };
  DataAnswer answer = describe("graph", "g.npz",
                               zip({{"x.npy", npy("<f4", "(3, 2)", sixFloats())},
                                    {"pairs.npy", pairs({0, 1, 1, 2})},
                                    {"validation_pairs.npy", pairs({0, 2, 0, 0})}}));
  ASSERT_TRUE(answer.ok) << answer.error.text;
  ASSERT_EQ(answer.info.splits.size(), 2u);
  ASSERT_EQ(answer.info.fields.size(), 2u);
  EXPECT_EQ(answer.info.fields[1].classes, 3);
  EXPECT_EQ(answer.info.splits[1].name, "validation");
}

TEST_F(Arrays, DeclaredShapesMakeOneExample) {
  std::string archive =
      zip({{"u.npy", npy("<f4", "(2, 3)", sixFloats())}, {"t.npy", npy("<f8", "(3,)", rawBytes<double>({0, 1, 2}))}});
  DataAnswer answer = describe("npz", "t.npz", archive,
                               {declare("u", Kind::Float, NN_F32, {2, 3}), declare("t", Kind::Float, NN_F64, {3})});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.splits[0].rows, 1);
  EXPECT_EQ(answer.info.fields[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(problem("npz", "t.npz", archive),
            "t.npz: `t` has 3 rows, but `u` has 2; declare the fields that are wanted, or the types of whole arrays to "
            "make one example of them");
  answer = describe("graph", "t.npz", archive);
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.splits[0].rows, 1);
}

TEST_F(Arrays, RefusesNumbersThatDoNotFit) {
  std::string archive = zip({{"y.npy", npy("<i8", "(2,)", rawBytes<int64_t>({-1, int64_t(1) << 40}))}});
  EXPECT_EQ(problem("npz", "t.npz", archive), "t.npz: row 1 of `y`: 1099511627776 is no integer of 32 bits");
  EXPECT_EQ(problem("npz", "t.npz", archive, {declare("y", Kind::Category, NN_I32, {})}),
            "t.npz: row 0 of `y`: -1 is no class, which are counted from 0");
  EXPECT_EQ(problem("npz", "t.npz", zip({{"y.npy", npy("<f4", "(6,)", sixFloats())}}),
                    {declare("y", Kind::Category, NN_I32, {})}),
            "t.npz: `y` holds f32, but classes are integers");
  EXPECT_EQ(problem("npz", "t.npz", zip({{"y.npy", npy("<f4", "()", sixFloats().substr(0, 4))}})),
            "t.npz: `y` is a single number and has no rows; declare the fields that are wanted");
  EXPECT_EQ(problem("npz", "t.npz", zip({{"y.npy", npy("<f4", "(0,)", "")}})), "t.npz: the train split has no rows");
}

TEST_F(Arrays, RefusesWhatIsNoArchive) {
  EXPECT_EQ(problem("npz", "t.npz", "hello world"), "t.npz: offset 0: not a zip archive");
  EXPECT_EQ(problem("npz", "t.npz", ""), "t.npz: offset 0: not a zip archive");
  EXPECT_EQ(problem("npz", "t.npz", zip({{"a.txt", "text"}})), "t.npz: the archive holds no arrays");
  EXPECT_EQ(problem("npz", "t.npz", zip({{"x.npy", "text"}})), "t.npz: x.npy: offset 0: not an .npy array");
}

TEST_F(Arrays, FindsEveryTruncationAndDamage) {
  for (bool deflate : {false, true}) {
    std::string whole = zip({{"x.npy", npy("<f4", "(2, 3)", sixFloats())}}, deflate);
    for (size_t length = 0; length < whole.size(); ++length)
      EXPECT_FALSE(describe("npz", "t.npz", whole.substr(0, length)).ok) << length;
    for (size_t at = 30; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = char(damaged[at] ^ 0x55);
      (void)describe("npz", "t.npz", damaged);
    }
    whole[60] = char(whole[60] ^ 1);
    EXPECT_EQ(problem("npz", "t.npz", whole), "t.npz: the member x.npy is damaged");
  }
}

TEST_F(Arrays, IntegersOfAGraphAreNodesOrLabels) {
  std::string ends = rawBytes<int64_t>({0, 1, 1, 0}), labels = rawBytes<int64_t>({2, 0, 1}), pairs = ends;
  auto graph = [&](std::vector<std::pair<std::string, std::string>> more) {
    more.insert(more.end(), {{"source.npy", npy("<i8", "(4,)", ends)}, {"label.npy", npy("<i8", "(3,)", labels)}});
    return describe("graph", "g.npz", zip(more));
  };
  DataAnswer answer = graph({{"pairs.npy", npy("<i8", "(2, 2)", pairs)}});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  for (const FieldInfo &field : answer.info.fields)
    EXPECT_EQ(field.classes, field.name == "label" ? 3 : 2) << field.name; // the largest node is 1
  answer = graph({{"x.npy", npy("<f4", "(3, 2)", sixFloats())}});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  for (const FieldInfo &field : answer.info.fields)
    EXPECT_EQ(field.classes, field.name == "x" ? 0 : 3) << field.name; // x has three rows
  answer = graph({{"change.npy", npy("<i8", "(3,)", rawBytes<int64_t>({-1, 0, 1}))}});
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].classes, 0);
}

TEST_F(Arrays, GraphsAreAlsoLists) {
  DataAnswer answer = describe("graph", "g.txt", "# a square\n0 1\n1\t2\n2,3\r\n3 0\n");
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.splits[0].rows, 1);
  EXPECT_EQ(answer.info.fields[0].name, "source");
  EXPECT_EQ(answer.info.fields[1].shape, (std::vector<int64_t>{4}));
  EXPECT_EQ(answer.info.fields[1].classes, 4);
  answer = describe("graph", "g.txt", "ann bob\nbob eve\n");
  ASSERT_TRUE(answer.ok) << answer.error.text;
  EXPECT_EQ(answer.info.fields[0].classNames, (std::vector<std::string>{"ann", "bob", "eve"}));
  EXPECT_EQ(problem("graph", "g.txt", "0 1\n2\n"), "g.txt: line 2: an edge has two nodes, but only `2` stands there");
  EXPECT_EQ(problem("graph", "g.txt", "% nothing\n"), "g.txt: the file holds no edges");
}

// rule: data.one-example
// rule: data.array-splits

/// Checkpoints: the round trip through logical order, and every refusal.
#include "io/Checkpoint.h"
#include "Support.h"
#include "core/Text.h"
#include "io/Json.h"
#include "io/Safetensors.h"

#include <cstring>

using namespace nnrt;
using namespace nnrt::test;

namespace {

struct Checkpoint : testing::Test {
  Checkpoint() : persistent(size_t(noether_program.persistent_bytes)), other(persistent.size()) {
    for (size_t i = 0; i < persistent.size() / 4; ++i) {
      float value = float(i) * 0.5f;
      memcpy(persistent.data() + 4 * i, &value, 4);
    }
  }
  std::string path() const { return folder.file("w.safetensors"); }
  void save() { ASSERT_TRUE(bool(saveCheckpoint(noether_program, persistent.data(), path(), {42, 7}))); }
  Result<CheckpointInfo> load(const std::string &bytes, LoadScope scope = LoadScope::Everything) {
    return loadCheckpoint(noether_program, other.data(), reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(),
                          "w", scope);
  }
  /// Writes tensors under names and shapes of the test's choice.
  std::string file(const std::vector<std::pair<std::string, std::vector<int64_t>>> &tensors) {
    std::vector<StoredTensor> stored;
    std::vector<uint8_t> zeros(4096);
    for (const auto &[name, shape] : tensors)
      stored.push_back({name, NN_F32, shape, zeros.data(), size_t(elementCount(shape) * 4)});
    EXPECT_TRUE(bool(writeSafetensors(path(), stored, {})));
    return folder.read("w.safetensors");
  }

  Folder folder;
  std::vector<std::byte> persistent, other;
};

const std::string momentum = "train.momentum.m.Linear.W";

} // namespace

TEST_F(Checkpoint, RoundTrip) {
  save();
  Result<CheckpointInfo> info = load(folder.read("w.safetensors"));
  ASSERT_TRUE(bool(info)) << info.text();
  EXPECT_EQ(info->step, 42);
  EXPECT_EQ(info->seed, 7u);
  for (int64_t i = 0; i < noether_program.tensor_count; ++i) {
    const nn_tensor &tensor = noether_program.tensors[i];
    EXPECT_EQ(0, memcmp(persistent.data() + tensor.offset, other.data() + tensor.offset, size_t(tensor.bytes)));
  }
}

TEST_F(Checkpoint, HoldsLogicalOrder) {
  save();
  std::string bytes = folder.read("w.safetensors");
  Result<Safetensors> file = parseSafetensors(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(), "w");
  ASSERT_TRUE(bool(file)) << file.text();
  EXPECT_EQ(file->note("program"), "fake");
  const StoredTensor &w = *file->find("Linear.W");
  EXPECT_EQ(w.shape, (std::vector<int64_t>{3, 16}));
  EXPECT_EQ(size_t(w.data - reinterpret_cast<const uint8_t *>(bytes.data())) % 8, 0u);
  float value; // W[c, k] is stored at k * 3 + c.
  memcpy(&value, w.data + 4 * (2 * 16 + 5), 4);
  EXPECT_EQ(value, (5 * 3 + 2) * 0.5f);
}

TEST_F(Checkpoint, LayoutsWithBlocks) {
  const int64_t shape[] = {8, 3};
  const nn_digit digits[] = {{0, 4, 0, 12}, {1, 1, 0, 4}, {0, 1, 4, 1}}; // [8, 3] as [2][3][4]
  nn_tensor tensor{"W", NN_WEIGHT, {NN_F32, 2, shape}, 0, 96, 3, digits, 0};
  float stored[24], logical[24], back[24];
  for (int i = 0; i < 24; ++i)
    stored[i] = float(i);
  gatherTensor(tensor, reinterpret_cast<std::byte *>(stored), reinterpret_cast<uint8_t *>(logical));
  EXPECT_EQ(logical[5 * 3 + 2], 12 + 2 * 4 + 1);
  scatterTensor(tensor, reinterpret_cast<std::byte *>(back), reinterpret_cast<uint8_t *>(logical));
  EXPECT_EQ(0, memcmp(stored, back, sizeof stored));
}

TEST_F(Checkpoint, RefusesMissingUnknownAndMisshapenTensors) {
  EXPECT_EQ(load(file({{"Linear.W", {3, 16}}, {momentum, {3, 16}}})).text(),
            "w: `Linear.b` is missing; the program has f32[3] there");
  EXPECT_EQ(load(file({{"Linear.W", {4, 16}}, {"Linear.b", {3}}, {momentum, {3, 16}}})).text(),
            "w: `Linear.W` is f32[4, 16], but the program has f32[3, 16]");
  EXPECT_EQ(load(file({{"Linear.W", {3, 16}}, {"Linear.b", {3}}, {momentum, {3, 16}}, {"x", {2}}})).text(),
            "w: `x` (f32[2]) is not a tensor of fake");
  EXPECT_EQ(load(file({{"x", {2}}})).text(), "w: `Linear.W` is missing; the program has f32[3, 16] there\n"
                                             "  `Linear.b` is missing; the program has f32[3] there\n"
                                             "  `train.momentum.m.Linear.W` is missing; the program has f32[3, 16] "
                                             "there\n"
                                             "  `x` (f32[2]) is not a tensor of fake");
}

TEST_F(Checkpoint, ModelsNeedNoOptimizerState) {
  std::string bytes = file({{"Linear.W", {3, 16}}, {"Linear.b", {3}}});
  EXPECT_TRUE(bool(load(bytes, LoadScope::Model)));
  EXPECT_EQ(load(bytes).text(), "w: `train.momentum.m.Linear.W` is missing; the program has f32[3, 16] there");
}

TEST_F(Checkpoint, RenamedLayersAreFoundAndNamed) {
  Result<CheckpointInfo> info = load(file({{"Old.W", {3, 16}}, {"Old.b", {3}}}), LoadScope::Model);
  ASSERT_TRUE(bool(info)) << info.text();
  EXPECT_EQ(info->renamed,
            (std::vector<std::string>{"`Linear.W` is taken from `Old.W`", "`Linear.b` is taken from `Old.b`"}));
}

TEST_F(Checkpoint, RefusedFilesChangeNothing) {
  std::string bytes = file({{"Linear.W", {3, 16}}, {"Linear.b", {4}}, {momentum, {3, 16}}});
  std::fill(other.begin(), other.end(), std::byte{0x5a});
  std::vector<std::byte> before = other;
  EXPECT_FALSE(bool(load(bytes)));
  EXPECT_EQ(before, other);
}

TEST_F(Checkpoint, RefusesEveryTruncationAndSurvivesDamage) {
  save();
  std::string whole = folder.read("w.safetensors");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(bool(load(whole.substr(0, length)))) << length;
  EXPECT_FALSE(bool(load(whole + "x")));
  for (size_t at = 0; at < 400 && at < whole.size(); ++at)
    for (int bit : {1, 16, 128}) {
      std::string damaged = whole;
      damaged[at] = char(damaged[at] ^ bit);
      (void)bool(load(damaged)); // whatever it says, it must not read outside
    }
}

TEST_F(Checkpoint, WritesAllOrNothing) {
  Status saved = saveCheckpoint(noether_program, persistent.data(), folder.file("no/such/w.safetensors"), {});
  EXPECT_EQ(saved.text(), "cannot write " + folder.file("no/such/w.safetensors") + ": No such file or directory");
  save();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
}

TEST(Json, ParsesAndRefuses) {
  auto parse = [](const std::string &text) { return parseJson(text.data(), text.size()); };
  Result<Json> value = parse("{\"a\": [1, -2.5e1, true, null], \"b\\n\": \"\\u00e9\"}");
  ASSERT_TRUE(bool(value)) << value.text();
  EXPECT_EQ(value->get("a")->items[1].number, -25);
  EXPECT_EQ(value->get("b\n")->text, "\xc3\xa9");
  EXPECT_EQ(parse("{\"a\" 1}").text(), "offset 5: expected `:`");
  EXPECT_EQ(parse("[1, 2").text(), "offset 5: expected `,` or `]`");
  EXPECT_EQ(parse("\"abc").text(), "offset 4: the text ends inside a string");
  EXPECT_EQ(parse("1 2").text(), "offset 2: something follows the value");
  EXPECT_FALSE(bool(parse(std::string(1000, '['))));
  EXPECT_EQ(jsonString("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}

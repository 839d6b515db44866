/// Folders of pictures, and sound.
#include "Support.h"
#include "data/Folder.h"
#include "data/Wav.h"

using namespace nnrt;
using namespace nnrt::test;

namespace {

std::string littleEndian(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += char(value >> (8 * i));
  return text;
}

std::string wav(int channels, int bits, const std::string &samples) {
  std::string format = littleEndian(1, 2) + littleEndian(uint32_t(channels), 2) + littleEndian(8000, 4) +
                       littleEndian(16000, 4) + littleEndian(2, 2) + littleEndian(uint32_t(bits), 2);
  std::string body = "WAVEfmt " + littleEndian(16, 4) + format + "LIST" + littleEndian(3, 4) + "odd" +
                     std::string(1, '\0') + "data" + littleEndian(uint32_t(samples.size()), 4) + samples;
  return "RIFF" + littleEndian(uint32_t(body.size()), 4) + body;
}

struct Media : testing::Test {
  void picture(const std::string &name, uint32_t width, uint32_t height, int channels, char value) {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    folder.write(name, png(width, height, channels, std::string(size_t(width) * height * size_t(channels), value)));
  }
  Result<Table> pictures(DataOptions options = {}) { return loadFolder({folder.path, std::move(options), {}, {}}); }
  Result<Table> sound(const std::string &contents, DataOptions options = {}) {
    return loadWav({folder.write("t.wav", contents), std::move(options), {}, {}});
  }
  Folder folder;
};

} // namespace

TEST_F(Media, FoldersAreClasses) {
  picture("dog/1.png", 3, 2, 1, 51);
  picture("cat/1.png", 3, 2, 1, 102);
  picture("cat/2.png", 3, 2, 1, 0);
  folder.write("cat/notes.txt", "no picture");
  Result<Table> table = pictures();
  ASSERT_TRUE(bool(table)) << table.text();
  ASSERT_EQ(table->splits.size(), 1u);
  EXPECT_EQ(table->fields[1].classNames, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(table->splits[0].columns[0].shape, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(valuesOf<float>(table->splits[0].columns[0], NN_F32)[0], 102 / 255.0f);
  EXPECT_EQ(valuesOf<int32_t>(table->splits[0].columns[1], NN_I32), (std::vector<int32_t>{0, 0, 1}));
}

TEST_F(Media, SplitsAreFoldersAboveTheClasses) {
  picture("train/cat/1.png", 2, 2, 3, 9);
  picture("train/dog/1.png", 2, 2, 3, 9);
  picture("val/dog/1.png", 2, 2, 3, 9);
  picture("test/cat/1.png", 2, 2, 3, 9);
  Result<Table> table = pictures();
  ASSERT_TRUE(bool(table)) << table.text();
  ASSERT_EQ(table->splits.size(), 3u);
  EXPECT_EQ(table->split("validation")->rows, 1);
  EXPECT_EQ(table->splits[0].columns[0].shape, (std::vector<int64_t>{3, 2, 2}));
  picture("test/yak/1.png", 2, 2, 3, 9);
  EXPECT_EQ(withoutFolder(pictures().text(), folder), "test/yak: the training split has no class `yak`");
}

TEST_F(Media, PicturesHaveOneSize) {
  picture("cat/1.png", 2, 2, 1, 9);
  picture("cat/2.png", 4, 4, 1, 9);
  EXPECT_EQ(withoutFolder(pictures().text(), folder),
            "cat/2.png is 4 x 4, but cat/1.png is 2 x 2; `size: [2, 2]` brings all to one size");
  Result<Table> table = pictures({{"size", "[3,1]"}, {"channels", "3"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->splits[0].columns[0].shape, (std::vector<int64_t>{3, 3, 1}));
  EXPECT_EQ(pictures({{"channels", "2"}}).text(), "`channels` is 1, 3 or 4, not 2");
}

TEST_F(Media, RefusesFoldersWithoutPictures) {
  EXPECT_EQ(pictures().text(), folder.path + " holds no folders; each class has one, with its pictures inside");
  std::filesystem::create_directory(folder.file("cat"));
  EXPECT_EQ(pictures().text(), folder.path + " holds no PNG in the folders of its classes");
  folder.write("cat/1.png", "text");
  EXPECT_EQ(withoutFolder(pictures().text(), folder), "cat/1.png: offset 0: not a PNG");
}

TEST_F(Media, SoundIsCutIntoWindows) {
  std::string samples = rawBytes<int16_t>({0, 16384, -32768, 8192, 0, 1});
  Result<Table> table = sound(wav(1, 16, samples), {{"window", "2"}, {"stride", "1"}});
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(table->splits[0].rows, 5);
  EXPECT_EQ(valuesOf<float>(table->splits[0].columns[0], NN_F32),
            (std::vector<float>{0, 0.5, 0.5, -1, -1, 0.25, 0.25, 0, 0, 1 / 32768.0f}));
  table = sound(wav(2, 16, samples));
  ASSERT_TRUE(bool(table)) << table.text();
  EXPECT_EQ(valuesOf<float>(table->splits[0].columns[0], NN_F32)[0], 0.25f);
  EXPECT_EQ(table->splits[0].columns[0].shape, (std::vector<int64_t>{3}));
}

TEST_F(Media, RefusesWhatIsNoSound) {
  auto problem = [&](const std::string &contents) { return withoutFolder(sound(contents).text(), folder); };
  std::string whole = wav(1, 16, rawBytes<int16_t>({1, 2, 3}));
  EXPECT_EQ(problem("hello"), "t.wav: offset 0: not a WAVE file");
  EXPECT_EQ(problem(wav(1, 24, "123456")), "t.wav: offset 20: format 1 with 24 bits; 16-bit PCM is read");
  EXPECT_EQ(problem(wav(1, 16, "")), "t.wav: the file holds no samples");
  EXPECT_EQ(problem(whole.substr(0, whole.size() - 2)),
            "t.wav: offset 60: the file ends inside its samples, 2 bytes too early");
  EXPECT_EQ(problem(whole.substr(0, 40)), "t.wav: offset 40: the file ends before its samples");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(bool(sound(whole.substr(0, length)))) << length;
}

// rule: data.folder

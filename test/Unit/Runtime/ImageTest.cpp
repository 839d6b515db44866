/// Pictures as arguments.
#include "data/Image.h"
#include "Support.h"
#include "core/Text.h"
#include "noether/abi.h"

#include <cstring>

using namespace nnrt;
using namespace nnrt::test;

TEST(Png, GrayBecomesNumbersInTheUnitInterval) {
  Result<Picture> picture = decodePng(bytesOf(png(3, 2, 1, std::string("\x00\x33\x66\x99\xcc\xff", 6))), "x.png", 1);
  ASSERT_TRUE(bool(picture)) << picture.text();
  EXPECT_EQ(picture->width, 3);
  EXPECT_EQ(picture->height, 2);
  EXPECT_EQ(picture->values, (std::vector<float>{0, 0x33 / 255.0f, 0x66 / 255.0f, 0x99 / 255.0f, 0xcc / 255.0f, 1}));
}

TEST(Png, ColorIsChannelsFirst) {
  Result<Picture> picture = decodePng(bytesOf(png(2, 1, 3, std::string("\xff\x00\x33\x00\xff\x66", 6))), "x.png", 3);
  ASSERT_TRUE(bool(picture)) << picture.text();
  EXPECT_EQ(picture->values, (std::vector<float>{1, 0, 0, 1, 0x33 / 255.0f, 0x66 / 255.0f}));
}

TEST(Png, ChannelsConvert) {
  std::string same = "\x40\x40\x40\x80";
  Result<Picture> gray = decodePng(bytesOf(png(1, 1, 4, same)), "x.png", 1);
  ASSERT_TRUE(bool(gray)) << gray.text();
  EXPECT_EQ(gray->values, std::vector<float>{0x40 / 255.0f});
  Result<Picture> color = decodePng(bytesOf(png(1, 1, 1, "\x40")), "x.png", 3);
  EXPECT_EQ(color->values, std::vector<float>(3, 0x40 / 255.0f));
}

TEST(Png, DamageIsAnError) {
  std::string whole = png(8, 8, 1, std::string(64, 'x'));
  EXPECT_EQ(decodePng(bytesOf("GIF89a  "), "x.png", 1).text(), "x.png: offset 0: not a PNG");
  for (size_t length = 0; length + 20 < whole.size(); ++length)
    EXPECT_FALSE(bool(decodePng(bytesOf(whole.substr(0, length)), "x.png", 1))) << length;
}

TEST(Resample, KeepsConstantsAndAveragesAreas) {
  Picture flat{1, 5, 7, std::vector<float>(35, 0.25f)};
  for (float value : resample(flat, 3, 11).values)
    EXPECT_FLOAT_EQ(value, 0.25f);
  Picture halves{1, 1, 4, {0, 0, 1, 1}};
  std::vector<float> small = resample(halves, 1, 2).values;
  EXPECT_NEAR(small[0], 1.0 / 7, 1e-6); // weights 3 3 1 of 0 0 1
  EXPECT_NEAR(small[1], 6.0 / 7, 1e-6);
}

TEST(Resample, InterpolatesUpwards) {
  Picture edge{1, 1, 2, {0, 1}};
  std::vector<float> large = resample(edge, 1, 4).values;
  EXPECT_EQ(large, (std::vector<float>{0, 0.25f, 0.75f, 1}));
}

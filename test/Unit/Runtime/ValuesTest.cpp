/// Arguments and outputs of commands.
#include "cli/Values.h"
#include "Support.h"
#include "cli/Text.h"

#include <cstring>

using namespace nnrt;
using namespace nnrt::test;

static const int64_t square[] = {2, 2}, picture[] = {1, 2, 2}, pair[] = {2};

/// An argument without a default.
static nn_argument argument(const char *name, nn_type type, int64_t classes) {
  nn_argument made = {};
  made.name = name;
  made.type = type;
  made.classes = classes;
  return made;
}

TEST(Values, ReadsNumbersByType) {
  nn_argument x = argument("x", {NN_F32, 2, square}, 0);
  Result<Bytes> bytes = readValue(x, "1, -2,3e1,4", false);
  ASSERT_TRUE(bool(bytes)) << bytes.text();
  float numbers[4];
  memcpy(numbers, bytes->data(), 16);
  EXPECT_EQ(numbers[2], 30);
  EXPECT_EQ(readValue(x, "1,2,3", false).text(), "`x` is f32[2, 2] and takes 4 numbers separated by commas, not 3");
  EXPECT_EQ(readValue(x, "1,2,3,b", false).text(), "`x` takes a number, not `b`");
  nn_argument n = argument("n", {NN_I32, 0, nullptr}, 0);
  EXPECT_EQ(readValue(n, "1.5", false).text(), "`n` takes a whole number, not `1.5`");
  EXPECT_EQ(readValue(n, "3000000000", false).text(), "`n` is an i32 and cannot be 3000000000");
  nn_argument label = argument("label", {NN_I32, 0, nullptr}, 10);
  EXPECT_EQ(readValue(label, "10", false).text(), "`label` takes a class from 0 to 9, not 10");
}

TEST(Values, PicturesMustFitOrBeResized) {
  Folder folder;
  std::string path = folder.write("p.png", png(4, 4, 1, std::string(16, '\x33')));
  nn_argument image = argument("image", {NN_F32, 3, picture}, 0);
  Result<Bytes> bytes = readValue(image, path, false);
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(bytes.text(), path + " is 4 x 4 pixels (width x height), but `image` takes 2 x 2");
  EXPECT_NE(bytes.error().suggestion.find("--resize"), std::string::npos);
  bytes = readValue(image, path, true);
  ASSERT_TRUE(bool(bytes)) << bytes.text();
  float value;
  memcpy(&value, bytes->data(), 4);
  EXPECT_FLOAT_EQ(value, 0.2f);
  EXPECT_EQ(readValue(image, "no.png", false).error().kind, DataErrorKind::Missing);
  std::string text = folder.write("t.txt", "hello");
  EXPECT_EQ(readValue(image, text, false).text(), text + ": offset 0: no PNG, .npy array, WAV, JSON list or table of "
                                                         "numbers, so it cannot fill `image` (f32[1, 2, 2])");
}

TEST(Values, ReadsAndSpellsTextByItsVocabulary) {
  const char *letters[] = {"a", "b", "\xc3\xa9"};
  nn_vocabulary characters{NN_UNIT_CHARACTERS, 3, letters}, words{NN_UNIT_WORDS, 3, letters};
  nn_argument both = argument("both", {NN_I32, 1, pair}, 3);
  both.vocabulary = &characters;
  ArgumentLengths lengths;
  Result<Bytes> bytes = readValue(both,
                                  "\xc3\xa9"
                                  "b",
                                  false, lengths);
  ASSERT_TRUE(bool(bytes)) << bytes.text();
  int32_t tokens[2];
  memcpy(tokens, bytes->data(), 8);
  EXPECT_EQ(tokens[0], 2);
  EXPECT_EQ(tokens[1], 1);
  EXPECT_EQ(readValue(both, "aba", false, lengths).text(), "`both` takes 2 characters, and the text has 3");
  EXPECT_EQ(readValue(both, "ax", false, lengths).text(),
            "`both`: line 1, column 2: the character `x` is not among the 3 of the program");
  double said[] = {1, 0};
  EXPECT_EQ(spelled(characters, said, 2), "ba");
  EXPECT_EQ(spelled(words, said, 2), "b a");
}

TEST(Values, TakesLengthsUpToTheirBound) {
  nn_argument n = argument("n", {NN_I32, 0, nullptr}, 0);
  n.length = "n<=4";
  n.least = 1;
  n.most = 4;
  ArgumentLengths lengths;
  EXPECT_EQ(lengths.takeNumber(n, "5").text(), "`n` is at most 4 in this program, so it cannot be 5");
  EXPECT_EQ(lengths.takeNumber(n, "0").text(), "`n` is at least 1, so it cannot be 0");
  EXPECT_EQ(lengths.takeNumber(n, "x").text(), "`n` takes a whole number, not `x`");
  EXPECT_TRUE(bool(lengths.takeNumber(n, "3")));
  EXPECT_EQ(lengths.of("n<=4"), 3);
}

TEST(Values, PrintsRankingsClassesAndTensors) {
  alignas(8) std::byte io[64];
  float values[] = {0.974f, 0.016f};
  int32_t indices[] = {1, 7};
  memcpy(io, values, 8);
  memcpy(io + 8, indices, 8);
  nn_binding results[] = {{NN_BIND_OUTPUT, "0", 0, {NN_F32, 1, pair}, 0},
                          {NN_BIND_OUTPUT, "1", 0, {NN_I32, 1, pair}, 8}};
  nn_function function{"f", 0, 64, 0, nullptr, 2, results, 0, nullptr, 0, 0, nullptr, nullptr};
  const char *names[] = {"Sandal", "Ankle boot"};
  nn_output ranking{nullptr, NN_OUTPUT_RANKING, 0, 1, 2, names, nullptr},
      tensor{nullptr, NN_OUTPUT_TENSOR, 0, -1, 0, nullptr, nullptr},
      label{nullptr, NN_OUTPUT_CLASS, 1, -1, 2, names, nullptr};
  EXPECT_EQ(outputText(ranking, function, io), "Ankle boot 0.97, 7 0.02");
  EXPECT_EQ(outputText(label, function, io), "Ankle boot");
  EXPECT_EQ(outputText(tensor, function, io), "0.974 0.016");
  EXPECT_EQ(outputJson(tensor, function, io), "[0.974,0.016]");
  EXPECT_EQ(outputJson(ranking, function, io),
            "[{\"index\":1,\"name\":\"Ankle boot\",\"value\":0.974},{\"index\":7,\"name\":\"7\",\"value\":0.016}]");
}

// rule: exe.arguments

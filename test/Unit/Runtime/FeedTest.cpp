/// Feeds: every example once an epoch, partial batches, keys; the model's memory and settings.
#include "cli/Feed.h"
#include "Support.h"
#include "cli/ReadAhead.h"

#include <algorithm>
#include <cstring>

using namespace nnrt;
using namespace nnrt::test;

namespace {

struct FeedTest : testing::Test {
  FeedTest() : model(noether_program), recipe(noether_program.recipes[0]) {
    std::filesystem::create_directory(folder.file("stripes"));
    folder.write("stripes/train-images-idx3-ubyte", idx({19, 4, 4}, 251));
    folder.write("stripes/train-labels-idx1-ubyte", idx({19}, 3));
    Result<RecipeData> loaded = loadRecipeData(model, recipe, {folder.path, ""});
    EXPECT_TRUE(bool(loaded)) << loaded.text();
    data = std::move(*loaded);
    Status started = model.start({2, -1});
    EXPECT_TRUE(bool(started)) << started.text();
  }
  int32_t integer(int64_t offset) {
    int32_t value;
    memcpy(&value, model.io + offset, 4);
    return value;
  }
  Folder folder;
  Model model;
  const nn_recipe &recipe;
  RecipeData data;
};

const int64_t keyAt = 576, sizeAt = 704, stepAt = 708, labelAt = 512;

} // namespace

TEST_F(FeedTest, VisitsEveryExampleOnceAnEpoch) {
  Feed feed(recipe, data, 5);
  ASSERT_EQ(feed.stepsPerEpoch(), 3);
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<int32_t> seen;
    for (int64_t step = 3 * epoch; step < 3 * epoch + 3; ++step) {
      feed.stage(model.io, step, 6);
      EXPECT_EQ(integer(stepAt), step + 1);
      EXPECT_EQ(integer(sizeAt), feed.rowsOf(step));
      for (int64_t row = 0; row < feed.rowsOf(step); ++row) {
        int32_t example = integer(keyAt + 16 * row + 12);
        EXPECT_EQ(integer(keyAt + 16 * row), 5);
        EXPECT_EQ(integer(keyAt + 16 * row + 8), step + 1);
        EXPECT_EQ(integer(labelAt + 4 * row), example % 3);
        seen.push_back(example);
      }
    }
    std::sort(seen.begin(), seen.end());
    ASSERT_EQ(seen.size(), 19u);
    for (int32_t i = 0; i < 19; ++i)
      EXPECT_EQ(seen[size_t(i)], i);
  }
}

TEST_F(FeedTest, RowsBehindAPartialBatchAreZero) {
  Feed feed(recipe, data, 5);
  memset(model.io, 0xff, 512);
  feed.stage(model.io, 2, 6);
  ASSERT_EQ(integer(sizeAt), 3);
  for (int64_t offset = 3 * 64; offset < 512; offset += 4)
    EXPECT_EQ(integer(offset), 0);
}

TEST_F(FeedTest, WhatIsGatheredAheadIsTheSame) {
  Feed straight(recipe, data, 5), feed(recipe, data, 5);
  int64_t total = 200;
  ReadAhead ahead(model, feed, total, 0);
  std::byte *first = model.io, *second = model.spareIo;
  ASSERT_NE(first, second);
  std::vector<std::byte> expected(712);
  for (std::byte *place : {first, second, expected.data()})
    memset(place, 0x5a, expected.size()); // between arguments, too
  bool usedBoth = false;
  auto check = [&](int64_t step) {
    ahead.stage(step);
    ASSERT_TRUE(model.io == first || model.io == second);
    usedBoth = usedBoth || model.io == second;
    straight.stage(expected.data(), step, total);
    ASSERT_EQ(0, memcmp(expected.data(), model.io, expected.size())) << step;
    memset(model.io, 0x5a, expected.size()); // as a step leaves its results there
  };
  for (int64_t step = 0; step < 120; ++step)
    check(step);
  EXPECT_TRUE(usedBoth);
  for (int64_t step : {50, 51, 52}) // somebody goes back
    check(step);
  ahead.settle();
  feed.stage(model.io, 7, total); // the feed is the caller's
  for (int64_t step = 150; step < total; ++step)
    check(step);
}

TEST_F(FeedTest, RowsThatAreThereAreNotGatheredAgain) {
  Feed feed(recipe, data, 5);
  feed.stage(model.io, 4, 6);
  std::vector<std::byte> expected(model.io, model.io + 512);
  auto stageOver = [&](int64_t step, const nn_function *user) {
    memset(model.io, 0x5a, 512);
    feed.stage(model.io, step, 6, user);
    return 0 == memcmp(expected.data(), model.io, expected.size());
  };
  nn_function other = *recipe.step;
  EXPECT_TRUE(stageOver(4, nullptr));
  EXPECT_TRUE(stageOver(4, &other));
  EXPECT_FALSE(stageOver(4, recipe.step)); // left as they were said to be
  EXPECT_FALSE(stageOver(3, recipe.step));
  EXPECT_TRUE(stageOver(4, recipe.step)); // other rows were there
}

TEST_F(FeedTest, AStepIsTheSameWheneverItIsStaged) {
  Feed straight(recipe, data, 5), later(recipe, data, 5);
  for (int64_t step = 0; step <= 4; ++step)
    straight.stage(model.io, step, 6);
  std::vector<std::byte> first(model.io, model.io + 712);
  later.stage(model.io, 4, 6);
  EXPECT_EQ(0, memcmp(first.data(), model.io, first.size()));
}

TEST_F(FeedTest, SettingsConvertAndRefuse) {
  EXPECT_TRUE(bool(model.set("lr", "0.25")));
  float rate;
  memcpy(&rate, model.settings, 4);
  EXPECT_EQ(rate, 0.25f);
  EXPECT_EQ(model.set("lr", "fast").text(), "`lr` takes a number, not `fast`");
  EXPECT_EQ(model.set("lt", "1").text(), "fake has no setting `lt`; did you mean `lr`?");
  std::byte place[8];
  EXPECT_EQ(writeSetting({"n", NN_I32, 0, 0}, 1.5, place).text(), "`n` is an i32 and cannot be 1.5");
}

TEST_F(FeedTest, MemoryIsAligned) {
  for (std::byte *block : {model.persistent, model.settings, model.io})
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % NN_ALIGN, 0u);
}

TEST(Model, RefusesProgramsOfAnotherInterface) {
  nn_program program = noether_program;
  program.abi_version = 999;
  EXPECT_NE(Model(program).start({}).text().find("interface 999"), std::string::npos);
}

TEST(Model, SaysHowMuchMemoryIsMissing) {
  nn_program program = noether_program;
  program.persistent_bytes = int64_t(1) << 60;
  EXPECT_EQ(Model(program).start({}).text().substr(0, 10), "fake needs");
}

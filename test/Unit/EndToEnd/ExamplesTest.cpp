// Every example whose data is here: its trainings and its commands, on numbers by chance in the place of the data.
#include "Harness.h"
#include "OnDevice.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <regex>

using namespace nn::test;

static constexpr llvm::StringLiteral folder = NOETHER_SOURCE_DIR "/examples";

static std::vector<std::string> examples() {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator file(folder, error), end; file != end && !error; file.increment(error))
    if (llvm::sys::path::extension(file->path()) == ".nn")
      names.push_back(llvm::sys::path::stem(file->path()).str());
  llvm::sort(names);
  return names;
}

/// What numbers by chance do not suit, and why.
static llvm::StringRef whyNot(llvm::StringRef example) {
  return llvm::StringSwitch<llvm::StringRef>(example)
      .Case("steered", "a command reads a whole data set")
      .Case("vae", "f32 overflows where pictures are not in [0, 1]")
      .Default("");
}

class Examples : public testing::TestWithParam<std::string> {};

TEST_P(Examples, AgreeAtEveryStage) {
  if (llvm::StringRef reason = whyNot(GetParam()); !reason.empty())
    GTEST_SKIP() << reason.str();
  auto file = llvm::MemoryBuffer::getFile(folder + "/" + GetParam() + ".nn");
  ASSERT_TRUE(bool(file));
  std::string text = (*file)->getBuffer().str(), failure;
  if (!OnDevice::isWanted()) // where the size of a batch chooses no kernels, it costs time alone
    text = std::regex_replace(text, std::regex("in batches of [0-9]+"), "in batches of 3");
  if (!translate(text, failure, folder.str())) {
    // Data sets that have to be fetched are not everywhere.
    ASSERT_NE(failure.find("NN07"), std::string::npos) << failure;
    GTEST_SKIP() << failure;
  }
  Trial trial;
  trial.batches = {{0, 0}};
  trial.sourceDirectory = folder.str();
  trial.deep = true;
  trial.isas = {nn::ISA::AVX2};
  agrees(text, trial);
}

INSTANTIATE_TEST_SUITE_P(All, Examples, testing::ValuesIn(examples()), [](auto &info) { return info.param; });

/// The command line of compiled models.
#include "cli/Options.h"

#include <gtest/gtest.h>

using namespace nnrt;

static Result<Options> parse(const std::vector<std::string> &words) { return parseOptions(noether_program, words); }
static std::string problem(const std::vector<std::string> &words) {
  Result<Options> options = parse(words);
  EXPECT_FALSE(bool(options));
  return options.text();
}

TEST(Options, ReadsEveryForm) {
  Result<Options> options = parse({"--seed", "3", "train", "--threads=2", "--set", "lr=1e-3", "--json", "-q", "-o", "w",
                                   "--epochs", "4", "--isa", "avx2", "--device", "cuda:2", "--resume", "--data", "d"});
  ASSERT_TRUE(bool(options)) << options.text();
  EXPECT_EQ(options->command, "train");
  EXPECT_EQ(options->seed, 3);
  EXPECT_TRUE(options->seedGiven);
  EXPECT_EQ(options->threads, 2);
  EXPECT_EQ(options->settings[0], (std::pair<std::string, std::string>{"lr", "1e-3"}));
  EXPECT_TRUE(options->json && options->quiet && options->resume);
  EXPECT_EQ(options->output, "w");
  EXPECT_EQ(options->epochs, 4);
  EXPECT_EQ(options->isa, NN_ISA_AVX2);
  EXPECT_EQ(options->device, DeviceKind::Gpu);
  EXPECT_EQ(options->gpu, 2);
  EXPECT_EQ(options->data, "d");
}

TEST(Options, ArgumentsMayBeNamedNegativeOrDashed) {
  Result<Options> options = parse({"scale", "-x,2,3,4", "--factor", "-2"});
  ASSERT_FALSE(bool(options)); // what begins with a number is one, or several
  options = parse({"scale", "-1,2,3,4", "--factor", "-2"});
  ASSERT_TRUE(bool(options)) << options.text();
  EXPECT_EQ(options->positional, std::vector<std::string>{"-1,2,3,4"});
  options = parse({"scale", "--factor", "-2", "--", "-1,2,3,4"});
  ASSERT_TRUE(bool(options)) << options.text();
  EXPECT_EQ(options->positional, std::vector<std::string>{"-1,2,3,4"});
  EXPECT_EQ(options->named[0].second, "-2");
  options = parse({"scale", "x.npy", "-2"});
  ASSERT_TRUE(bool(options)) << options.text();
  EXPECT_EQ(options->positional, (std::vector<std::string>{"x.npy", "-2"}));
}

TEST(Options, SuggestsForMisspelledWords) {
  EXPECT_EQ(problem({"trian"}), "fake has no command `trian`; did you mean `train`?");
  EXPECT_EQ(problem({"qqqqqq"}),
            "fake has no command `qqqqqq`; it has train, eval, trace, predict, scale, profile, info");
  EXPECT_EQ(problem({"train", "--sed", "1"}), "unknown option --sed; did you mean --seed?");
  EXPECT_EQ(problem({"scale", "--facto", "1"}), "unknown option --facto; did you mean --factor?");
  EXPECT_EQ(problem({"train", "--zzzzzzzz"}), "unknown option --zzzzzzzz; see fake train --help");
}

TEST(Options, SaysWhatAnOptionTakes) {
  EXPECT_EQ(problem({"train", "--seed", "x"}), "--seed takes a whole number from 0 to 9223372036854775807, not `x`");
  EXPECT_EQ(problem({"train", "--threads", "0"}), "--threads takes a whole number from 1 to 1024, not `0`");
  EXPECT_EQ(problem({"train", "--epochs", "1.5"}).substr(0, 32), "--epochs takes a whole number fr");
  EXPECT_EQ(problem({"train", "--set", "lr"}), "--set takes NAME=VALUE, not `lr`");
  EXPECT_EQ(problem({"train", "--seed"}), "--seed needs a value: --seed N");
  EXPECT_EQ(problem({"train", "--json=1"}), "--json takes no value");
  EXPECT_EQ(problem({"train", "--isa", "neon"}), "--isa takes baseline, avx2, avx512, avx512bf16, not `neon`");
  EXPECT_EQ(problem({"train", "--device", "gpu"}), "--device takes auto, cpu, cuda or cuda:N, not `gpu`");
  EXPECT_EQ(problem({"train", "--device", "cuda:-1"}), "--device takes auto, cpu, cuda or cuda:N, not `cuda:-1`");
  EXPECT_EQ(problem({"eval", "--epochs", "2"}), "`eval` does not take --epochs");
}

TEST(Options, HelpNamesEverything) {
  std::string all = helpText(noether_program, "");
  for (const char *word : {"train", "eval", "predict IMAGE", "scale X [FACTOR]", "info"})
    EXPECT_NE(all.find(word), std::string::npos) << word;
  std::string train = helpText(noether_program, "train");
  for (const char *word : {"--seed N", "--set NAME=VALUE", "--epochs N", "lr "})
    EXPECT_NE(train.find(word), std::string::npos) << word;
  EXPECT_NE(helpText(noether_program, "scale").find("(default 2)"), std::string::npos);
}

/// The program with an argument of `scale` under another name.
struct Renamed {
  explicit Renamed(const char *name) {
    inputs[1].name = name;
    commands[1].arguments = inputs;
    program.commands = commands;
  }
  nn_argument inputs[2] = {noether_program.commands[1].arguments[0], noether_program.commands[1].arguments[1]};
  nn_command commands[2] = {noether_program.commands[0], noether_program.commands[1]};
  nn_program program = noether_program;
};

TEST(Options, AnArgumentHidesTheOptionOfItsName) {
  for (const char *name : {"time", "json", "seed", "help", "output"}) {
    Renamed renamed(name);
    std::string spelled = std::string("--") + name;
    Result<Options> options = parseOptions(renamed.program, {"scale", "1,2,3,4", spelled, "-3"});
    ASSERT_TRUE(bool(options)) << options.text();
    ASSERT_EQ(options->named.size(), 1u) << name;
    EXPECT_EQ(options->named[0], (std::pair<std::string, std::string>{name, "-3"}));
    EXPECT_EQ(options->repeats, 0);
    EXPECT_FALSE(options->json || options->help || options->seedGiven);
    options = parseOptions(renamed.program, {"profile", "scale", "1,2,3,4", spelled + "=5"});
    ASSERT_TRUE(bool(options)) << options.text();
    EXPECT_EQ(options->named[0].second, "5");
  }
  // Elsewhere they are options as before.
  Renamed timed("time");
  EXPECT_TRUE(parseOptions(timed.program, {"train", "--time"})->timed);
  EXPECT_EQ(parseOptions(timed.program, {"predict", "x", "--time", "3"})->repeats, 3);
}

TEST(Options, HelpShowsWhatIsLeftOfAHiddenOption) {
  Renamed timed("time"), help("help");
  EXPECT_NE(helpText(noether_program, "scale").find("  --time N"), std::string::npos);
  EXPECT_EQ(helpText(timed.program, "scale").find("--time"), std::string::npos);
  EXPECT_NE(helpText(timed.program, "predict").find("  --time N"), std::string::npos);
  EXPECT_EQ(helpText(help.program, "scale").find("--help"), std::string::npos);
  EXPECT_NE(helpText(help.program, "scale").find("  -h  "), std::string::npos);
}

// rule: exe.options

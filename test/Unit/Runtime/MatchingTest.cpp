/// Weights of a program that has changed: what is found under another path, and what is refused.
#include "io/Matching.h"
#include "Support.h"

using namespace nnrt;
using namespace nnrt::test;

namespace {

using Tensors = std::vector<std::pair<std::string, std::vector<int64_t>>>;

struct Matched {
  std::vector<std::string> sources; ///< "" for none
  std::vector<std::string> problems;
};

Matched match(const Tensors &program, const Tensors &file, bool passOver = true) {
  std::vector<WantedTensor> wanted;
  for (const auto &[path, shape] : program)
    wanted.push_back({path, NN_F32, shape, true});
  Safetensors stored;
  for (const auto &[name, shape] : file)
    stored.tensors.push_back({name, NN_F32, shape, nullptr, 0});
  WeightMatch found = matchWeights(wanted, stored, passOver);
  Matched result;
  for (const StoredTensor *source : found.sources)
    result.sources.push_back(source ? source->name : "");
  for (const WeightProblem &problem : found.problems)
    result.problems.push_back(problemText(problem, "net"));
  return result;
}

using Names = std::vector<std::string>;

} // namespace

TEST(Matching, EqualPathsAreEqualTensors) {
  Matched found =
      match({{"N.dense_1.W", {2, 3}}, {"N.dense_2.W", {2, 3}}}, {{"N.dense_2.W", {2, 3}}, {"N.dense_1.W", {2, 3}}});
  EXPECT_EQ(found.sources, (Names{"N.dense_1.W", "N.dense_2.W"}));
  EXPECT_TRUE(found.problems.empty());
}

TEST(Matching, ARenamedModelIsFoundByShapesAndNames) {
  Matched found =
      match({{"New.dense_1.W", {4, 4}}, {"New.dense_1.b", {4}}, {"New.dense_2.W", {4, 4}}, {"New.dense_2.b", {4}}},
            {{"Old.dense_1.W", {4, 4}}, {"Old.dense_1.b", {4}}, {"Old.dense_2.W", {4, 4}}, {"Old.dense_2.b", {4}}});
  EXPECT_TRUE(found.problems.empty()) << found.problems[0];
  EXPECT_EQ(found.sources, (Names{"Old.dense_1.W", "Old.dense_1.b", "Old.dense_2.W", "Old.dense_2.b"}));
}

TEST(Matching, ALayerBeforeMovesNumbersButNotWeights) {
  // A layer of another shape was put in between: it has no weights, and the one behind it keeps its own.
  Matched found = match({{"N.dense_1.W", {8, 4}}, {"N.dense_2.W", {8, 8}}, {"N.dense_3.W", {2, 8}}},
                        {{"N.dense_1.W", {8, 4}}, {"N.dense_2.W", {2, 8}}});
  EXPECT_EQ(found.sources, (Names{"N.dense_1.W", "", "N.dense_2.W"}));
  EXPECT_EQ(found.problems, Names{"`N.dense_2.W` is missing; the program has f32[8, 8] there"});
}

TEST(Matching, LayersThatCouldBeMixedUpAreRefused) {
  // A layer of equal shape was put in: which of the two is the old one is not to be told.
  Matched found = match({{"N.dense_1.W", {8, 8}}, {"N.dense_2.W", {8, 8}}, {"N.out.W", {2, 8}}},
                        {{"N.dense_1.W", {8, 8}}, {"N.out.W", {2, 8}}});
  EXPECT_EQ(found.sources, (Names{"", "", "N.out.W"}));
  EXPECT_EQ(found.problems,
            (Names{"`N.dense_1.W` (f32[8, 8]): the program has 2 such tensors and the file 1, so which is "
                   "which cannot be told",
                   "`N.dense_2.W` (f32[8, 8]): the program has 2 such tensors and the file 1, so which is "
                   "which cannot be told"}));
}

TEST(Matching, ARemovedLayerIsNamed) {
  Matched found = match({{"N.first.W", {8, 8}}}, {{"N.first.W", {8, 8}}, {"N.second.W", {8, 8}}});
  EXPECT_EQ(found.problems, Names{"`N.second.W` (f32[8, 8]) is not a tensor of net"});
}

TEST(Matching, ALayerThatGetsANameKeepsItsWeights) {
  Matched found =
      match({{"N.head.W", {2, 8}}, {"N.dense_1.W", {8, 4}}}, {{"N.dense_1.W", {8, 4}}, {"N.dense_2.W", {2, 8}}});
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.sources, (Names{"N.dense_2.W", "N.dense_1.W"}));
}

TEST(Matching, BothSidesOfARefusalAreListed) {
  Matched found = match({{"A.x.W", {3}}, {"A.y.W", {3}}}, {{"B.z.W", {3}}});
  EXPECT_EQ(found.problems,
            (Names{"`A.x.W` is missing; the program has f32[3] there",
                   "`A.y.W` is missing; the program has f32[3] there", "`B.z.W` (f32[3]) is not a tensor of net"}));
}

TEST(Matching, StatesOfOptimizersFollowTheirParameters) {
  Tensors program = {{"New.W", {3}}, {"train.adam.m.New.W", {3}}, {"train.adam.v.New.W", {3}}};
  Tensors file = {{"Old.W", {3}}, {"train.adam.m.Old.W", {3}}, {"train.adam.v.Old.W", {3}}};
  Matched found = match(program, file, /*passOver=*/false);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.sources, (Names{"Old.W", "train.adam.m.Old.W", "train.adam.v.Old.W"}));
  // States that the program does not have are passed over, where they do not matter.
  EXPECT_TRUE(match({{"New.W", {3}}}, file).problems.empty());
  EXPECT_EQ(match({{"New.W", {3}}}, file, false).problems.size(), 2u);
}

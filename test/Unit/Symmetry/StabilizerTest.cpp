// Which permutations keep a constant, held against counting all of them and against groups that are known.
#include "Symmetry/Stabilizer.h"
#include "Spaces.h"
#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

using namespace nn::symmetry;

/// An n x n constant, rows and columns permuted alike.
static PermutedConstant matrix(int n, const std::function<int64_t(int, int)> &entry) {
  std::vector<int64_t> values;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      values.push_back(entry(i, j));
  return {{n, n}, equalityClasses(llvm::ArrayRef<int64_t>(values)), {0, 1}};
}

static Stabilizer stabilizer(int n, const PermutedConstant &constant) { return get(stabilizerOf(n, constant), {}); }

/// Whether g x = x, for any rank, other axes included.
static bool keeps(const std::vector<int> &permutation, const PermutedConstant &constant) {
  std::vector<int64_t> place(constant.extents.size());
  for (int value : constant.values) {
    size_t moved = 0;
    for (size_t axis = 0; axis < place.size(); ++axis)
      moved = moved * constant.extents[axis] +
              (llvm::is_contained(constant.axes, int(axis)) ? permutation[place[axis]] : place[axis]);
    if (constant.values[moved] != value)
      return false;
    for (size_t axis = place.size(); axis-- > 0 && ++place[axis] == constant.extents[axis];)
      place[axis] = 0;
  }
  return true;
}

TEST(Stabilizer, ofMasks) {
  Stabilizer causal = stabilizer(5, matrix(5, [](int i, int j) { return j <= i; }));
  EXPECT_EQ(causal.order, "1");
  EXPECT_EQ(causal.text, "trivial");
  EXPECT_EQ(stabilizer(5, matrix(5, [](int i, int j) { return std::abs(i - j) <= 1; })).order, "2");
  Stabilizer cyclic = stabilizer(5, matrix(5, [](int i, int j) { return (i - j + 6) % 5 <= 2; }));
  EXPECT_EQ(cyclic.order, "10");
  EXPECT_EQ(cyclic.text, "a group of 10 permutations");
  EXPECT_EQ(cyclic.blocks, std::nullopt);
}

TEST(Stabilizer, ofBlocksIsAProduct) {
  Stabilizer blocks = stabilizer(5, matrix(5, [](int i, int j) { return (i < 2) == (j < 2); }));
  EXPECT_EQ(blocks.order, "12");
  EXPECT_EQ(blocks.text, "S(2) x S(3)");
  EXPECT_EQ(blocks.blocks, (std::vector<std::vector<int>>{{0, 1}, {2, 3, 4}}));
  Stabilizer all = stabilizer(40, matrix(40, [](int, int) { return 1; }));
  EXPECT_EQ(all.text, "S(40)");
  EXPECT_EQ(all.order, "815915283247897734345611269596115894272000000000");
  // Two blocks of one size may be exchanged.
  EXPECT_EQ(stabilizer(200, matrix(200, [](int i, int j) { return (i < 100) == (j < 100); })).blocks, std::nullopt);
  EXPECT_EQ(stabilizer(6, matrix(6, [](int i, int j) { return (i < 3) == (j < 3); })).order, "72");
}

TEST(Stabilizer, ofThePetersenGraph) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < 5; ++i)
    for (int j = i + 1; j < 5; ++j)
      pairs.emplace_back(i, j);
  auto disjoint = [&](int a, int b) {
    return pairs[a].first != pairs[b].first && pairs[a].first != pairs[b].second && pairs[a].second != pairs[b].first &&
           pairs[a].second != pairs[b].second;
  };
  EXPECT_EQ(stabilizer(10, matrix(10, disjoint)).order, "120");
}

TEST(Stabilizer, ofAPositionTableIsTrivial) {
  std::mt19937 random(1);
  std::vector<double> table(8 * 4);
  for (double &value : table)
    value = double(random());
  EXPECT_EQ(stabilizer(8, {{8, 4}, equalityClasses(llvm::ArrayRef<double>(table)), {0}}).text, "trivial");
  // Equal rows may be exchanged.
  for (int k = 0; k < 4; ++k)
    table[4 + k] = table[k];
  EXPECT_EQ(stabilizer(8, {{8, 4}, equalityClasses(llvm::ArrayRef<double>(table)), {0}}).text, "S(2)");
}

TEST(Stabilizer, zerosOfBothSignsAreEqual) {
  std::vector<double> values = {0.0, -0.0, 1.0, std::nan(""), std::nan("")};
  EXPECT_EQ(equalityClasses(llvm::ArrayRef<double>(values)), (std::vector<int>{0, 0, 1, 2, 2}));
}

/// Counts all permutations, and the group that generators generate.
static void compareWithCounting(int n, const PermutedConstant &constant) {
  Stabilizer found = stabilizer(n, constant);
  std::vector<int> permutation(n);
  std::iota(permutation.begin(), permutation.end(), 0);
  int64_t count = 0;
  do
    count += keeps(permutation, constant);
  while (std::next_permutation(permutation.begin(), permutation.end()));
  EXPECT_EQ(found.order, std::to_string(count));
  for (const std::vector<int> &generator : found.generators)
    EXPECT_TRUE(keeps(generator, constant));
  if (!found.generators.empty())
    EXPECT_EQ(get(Group::generatedBy(found.generators), Group::trivial())->order(), found.order);
}

TEST(Stabilizer, isWhatCountingFinds) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 60; ++trial) {
    int n = 2 + trial % 5;
    bool symmetric = trial % 3 == 0;
    std::vector<int64_t> bits(n * n);
    for (int64_t &bit : bits)
      bit = random() % 4 == 0;
    compareWithCounting(
        n, matrix(n, [&](int i, int j) { return symmetric ? bits[i * n + j] + bits[j * n + i] : bits[i * n + j]; }));
  }
}

TEST(Stabilizer, ofThreeAxesAndOthersBetweenIsWhatCountingFinds) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 20; ++trial) {
    int n = 3 + trial % 3;
    std::vector<int64_t> values(n * n * 2 * n);
    // Few values that differ, so that something is left.
    for (int k = 0; k < trial % 4; ++k)
      values[random() % values.size()] = 1;
    compareWithCounting(n, {{n, n, 2, n}, equalityClasses(llvm::ArrayRef<int64_t>(values)), {0, 1, 3}});
  }
}

TEST(Stabilizer, ofSeveralConstantsKeepsAll) {
  PermutedConstant blocks = matrix(6, [](int i, int j) { return (i < 3) == (j < 3); });
  PermutedConstant first{{6}, {1, 0, 0, 0, 0, 0}, {0}};
  EXPECT_EQ(get(stabilizerOf(6, {blocks, first}), {}).text, "S(2) x S(3)");
}

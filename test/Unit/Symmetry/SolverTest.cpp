// Bases of invariant tensors: that random elements keep them, what they look like, and why there are none.
#include "Spaces.h"
#include <cmath>

using namespace nn::symmetry;

static Part v(int64_t n) { return {{n}, ""}; }
static const Part scalar{{}, "trivial"};

static const std::vector<std::pair<const char *, std::vector<Part>>> tensors = {
    {"S(4)", {v(4), v(4), v(4)}},
    {"S(3)", {{{3}, ""}, {{6}, "regular"}}},
    {"C(4)", {{{4}, "regular"}, {{2}, ""}, {{5, 5}, ""}}},
    {"D(4)", {{{2}, ""}, {{2}, ""}, {{3, 3}, ""}}},
    {"C(3)", {{{2}, ""}, {{2}, ""}, {{2}, ""}}},
    {"D(5)", {{{5}, ""}, {{2}, "irrep(2)"}}},
    {"C(8)", {{{2}, "irrep(1)"}, {{2}, "irrep(2)"}, {{2}, "irrep(3)"}}},
    {"SO(3)", {v(3), v(3), v(3), v(3)}},
    {"O(3)", {{{5}, "2e"}, v(3), v(3)}},
    {"O(3)", {{{5}, "2e"}, {{5}, "2e"}, {{5}, "2e"}}},
    {"O(3)", {{{7}, "3o"}, {{5}, "2e"}, {{3}, "1o"}}},
    {"O(3)", {{{9}, "4e"}, {{5}, "2e"}, {{5}, "2e"}}},
    {"SO(1, 3)", {v(4), v(4), form(v(4)), form(v(4))}},
    {"GL(2)", {v(2), v(2), form(v(2)), form(v(2))}},
    {"Sp(4)", {v(4), v(4)}},
    {"SU(2)", {v(4), v(4)}},
    {"S(4) * O(3)", {{{4, 3}, ""}, {{4, 3}, ""}}},
    {"E(3)", {v(4), form(v(4))}},
    {"semidirect(shifts(4, 4), C(4))", {{{4, 4}, ""}, {{4, 4}, ""}}},
    {"generated([[[-1 / 2, -sqrt(3) / 2], [sqrt(3) / 2, -1 / 2]]])", {v(2), v(2), v(2)}},
};

TEST(Solver, randomElementsKeepEveryBasisVector) {
  for (const auto &[text, parts] : tensors) {
    GroupRef acting = group(text);
    InvariantBasis basis = invariants(acting, parts);
    EXPECT_GT(basis.dimension, 0) << text;
    auto [extents, symmetry] = tensorOver(acting, parts);
    for (const std::vector<double> &vector : dense(basis))
      for (const Word &word : acting->sample(6, 11)) {
        std::vector<double> moved = act(symmetry.actions, extents, word, vector);
        for (size_t cell = 0; cell < vector.size(); ++cell)
          ASSERT_NEAR(moved[cell], vector[cell], 1e-8) << text << " cell " << cell;
      }
  }
}

TEST(Solver, basesAreOrthonormal) {
  for (const auto &[text, parts] : tensors) {
    InvariantBasis basis = invariants(group(text), parts);
    std::vector<std::vector<double>> vectors = dense(basis);
    for (size_t a = 0; a < vectors.size(); ++a)
      for (size_t b = 0; b <= a; ++b) {
        double sum = 0;
        for (size_t cell = 0; cell < vectors[a].size(); ++cell)
          sum += vectors[a][cell] * vectors[b][cell];
        if (a != b)
          EXPECT_NEAR(sum, 0, 1e-10) << text;
        else if (!basis.isSharing)
          EXPECT_NEAR(sum, 1, 1e-10) << text;
      }
  }
}

/// The mean over a finite group, which projects on its invariants: its rank is its trace.
static double traceOfMean(const GroupRef &acting, const std::vector<Part> &parts) {
  // Each element as a word, found breadth first from the identity, which is the first.
  auto left = *acting->multiplication(2000);
  std::vector<Word> words(left[0].size());
  std::vector<bool> found(words.size());
  std::vector<size_t> queue{0};
  found[0] = true;
  for (size_t k = 0; k < queue.size(); ++k)
    for (size_t g = 0; g < left.size(); ++g) {
      size_t next = size_t(left[g][queue[k]]);
      if (found[next])
        continue;
      found[next] = true;
      words[next] = words[queue[k]];
      words[next].push_back({int(g), 1});
      queue.push_back(next);
    }
  double trace = 0;
  for (const Word &word : words) {
    double character = 1;
    for (const Part &part : parts) {
      Representation on = space(acting, part);
      double own = 0;
      for (int cell = 0; cell < on.cells(); ++cell) {
        std::vector<double> unit(on.cells());
        unit[cell] = 1;
        own += on.apply(word, unit)[cell];
      }
      character *= own;
    }
    trace += character;
  }
  return trace / double(words.size());
}

TEST(Solver, dimensionsAreMeansOfCharacters) {
  // Burnside: the dimension is the mean over the group of the product of traces.
  const std::vector<std::pair<const char *, std::vector<Part>>> finite = {
      {"S(4)", {v(4), v(4), v(4)}},
      {"S(4)", {v(4), {{1}, "sign"}, v(4), v(4)}},
      {"D(4)", {{{8}, "regular"}, {{2}, ""}, {{3, 3}, ""}}},
      {"D(6)", {{{6}, ""}, {{2}, "irrep(2)"}, {{2}, "irrep(1)"}}},
      {"C(5)", {{{2}, "irrep(1)"}, {{2}, "irrep(2)"}, {{2}, "irrep(2)"}}},
      {"semidirect(shifts(3, 3), D(4))", {{{3, 3}, ""}, {{3, 3}, ""}, {{2}, ""}}},
      {"wreath(S(3), S(2))", {v(6), v(6), v(6)}},
      {"S(3) * C(4)", {{{3, 2}, ""}, {{3, 2}, ""}}},
  };
  for (const auto &[text, parts] : finite)
    EXPECT_NEAR(traceOfMean(group(text), parts), double(invariants(group(text), parts).dimension), 1e-9) << text;
}

TEST(Solver, clebschAndGordanOfVectors) {
  // 1o x 1o holds 0e by delta, 1e by epsilon, and 2e by what is symmetric without trace; each once.
  GroupRef rotations = group("O(3)");
  Part vector{{3}, "1o"};
  InvariantBasis delta = invariants(rotations, {vector, vector, {{1}, "0e"}});
  ASSERT_EQ(delta.dimension, 1);
  EXPECT_EQ(delta.sharing, (std::vector<int>{0, -1, -1, -1, 0, -1, -1, -1, 0}));
  InvariantBasis epsilon = invariants(rotations, {vector, vector, {{3}, "1e"}});
  ASSERT_EQ(epsilon.dimension, 1);
  std::vector<double> e = dense(epsilon)[0];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k)
        EXPECT_NEAR(e[9 * i + 3 * j + k], e[5] * (i - j) * (j - k) * (k - i) / 2.0, 1e-12);
  InvariantBasis square = invariants(rotations, {vector, vector, {{5}, "2e"}});
  ASSERT_EQ(square.dimension, 1);
  std::vector<double> s = dense(square)[0];
  for (int k = 0; k < 5; ++k) {
    EXPECT_NEAR(s[k] + s[20 + k] + s[40 + k], 0, 1e-12);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        EXPECT_NEAR(s[15 * i + 5 * j + k], s[15 * j + 5 * i + k], 1e-12);
  }
  // Real harmonics in their usual order: xy, yz, 3z^2 - r^2, xz, x^2 - y^2.
  EXPECT_NEAR(s[5 * 1 + 0], s[5 * 5 + 1], 1e-12);
  EXPECT_NEAR(s[5 * 1 + 0], s[5 * 2 + 3], 1e-12);
  EXPECT_NEAR(s[5 * 0 + 4], -s[5 * 4 + 4], 1e-12);
  EXPECT_NEAR(s[5 * 0 + 2], -s[5 * 8 + 2] / 2, 1e-12);
  EXPECT_EQ(invariants(rotations, {vector, vector, {{5}, "2o"}}).dimension, 0);
  EXPECT_EQ(invariants(rotations, {vector, vector, {{7}, "3o"}}).dimension, 0);
  // In general l1 x l2 holds each degree from |l1 - l2| to l1 + l2 once.
  for (int64_t l1 = 0; l1 <= 3; ++l1)
    for (int64_t l2 = 0; l2 <= 3; ++l2)
      for (int64_t l3 = 0; l3 <= 4; ++l3) {
        auto part = [](int64_t l) { return Part{{2 * l + 1}, std::to_string(l)}; };
        EXPECT_EQ(dimension("SO(3)", {part(l1), part(l2), part(l3)}), std::abs(l1 - l2) <= l3 && l3 <= l1 + l2);
      }
}

TEST(Solver, shapesAreDescribed) {
  auto shape = [](const char *text, std::vector<Part> parts) { return describe(invariants(group(text), parts)); };
  EXPECT_EQ(shape("S(5)", {v(5), v(5)}), "a I + b 11^T");
  EXPECT_EQ(shape("Z(6)", {v(6), v(6)}), "circulant(a0 .. a5)");
  EXPECT_EQ(shape("O(3)", {v(3), v(3)}), "a I");
  EXPECT_EQ(shape("S(5)", {v(5)}), "[a a a a a]");
  EXPECT_EQ(shape("D(4)", {{{3, 3}, ""}}), "[a b a; b c b; a b a]");
  EXPECT_EQ(shape("C(4)", {v(2), v(2)}), "[a b; -b a]");
  EXPECT_EQ(shape("wreath(S(2), S(2))", {v(4), v(4)}), "[a b c c; b a c c; c c a b; c c b a]");
  EXPECT_EQ(shape("S(5)", {v(5), v(5), v(5), v(5)}), "15 coefficients");
  EXPECT_EQ(shape("O(3)", {v(3)}), "0");
}

TEST(Solver, signsAndZerosAreShared) {
  InvariantBasis basis = invariants(group("C(4)"), {v(2), v(2)});
  EXPECT_TRUE(basis.isSharing);
  EXPECT_EQ(basis.sharing, (std::vector<int>{0, 1, 1, 0}));
  EXPECT_EQ(basis.signs, (std::vector<int8_t>{1, 1, -1, 1}));
  InvariantBasis determinant = invariants(group("SL(2)"), {v(2), v(2)});
  EXPECT_EQ(describe(determinant), "[. a; -a .]");
}

TEST(Solver, nothingIsLeftForAReason) {
  auto reason = [](const char *text, std::vector<Part> parts) { return invariants(group(text), parts).reason; };
  EXPECT_EQ(reason("O(3)", {v(3)}), "the inversion x -> -x lies in O(3) and changes its sign: parity");
  EXPECT_EQ(reason("O(3)", {{{3}, "1e"}, v(3)}), "the inversion x -> -x lies in O(3) and changes its sign: parity");
  EXPECT_EQ(reason("O(2)", {{{1}, "sign"}}), "the reflection of axis 0 alone keeps only 0");
  EXPECT_EQ(reason("S(3)", {v(3), {{1}, "sign"}}), "the only one that every generator keeps is 0");
  EXPECT_EQ(reason("S(3) * O(3)", {{{3, 3}, ""}}), "the only one that every generator keeps is 0");
  EXPECT_EQ(reason("sign", {v(4)}), "the change of sign alone keeps only 0");
  EXPECT_EQ(reason("O(2)", {v(2), {{2}, "irrep(1)"}, {{1}, "sign"}, {{1}, "sign"}}), "");
  EXPECT_EQ(reason("O(4)", {v(4), v(4), {{1}, "sign"}}),
            "what the rotations keep changes its sign under reflection: parity");
}

TEST(Solver, misfitsAreRefused) {
  GroupRef sets = group("S(3)"), motions = group("E(3)");
  Representation three = space(sets, v(3));
  EXPECT_EQ(refused(solveInvariants({4}, TensorSymmetry{sets, {{{0}, three}}})),
            "axis 0 has 4 cells, and its action is on 3");
  EXPECT_EQ(refused(solveInvariants({3}, TensorSymmetry{sets, {{{0}, three}, {{0}, three}}})),
            "S(3) acts twice on axis 0");
  EXPECT_EQ(refused(solveInvariants({3}, TensorSymmetry{motions, {{{0}, space(motions, v(3))}}})),
            "E(3) moves points here, and no linear combination of points is kept by translations: say `by vector` for "
            "differences of points");
}

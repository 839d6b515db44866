// Representations: that they are homomorphisms, what they do to cells, and what has none.
#include "Spaces.h"
#include <cmath>

using namespace nn::symmetry;

static std::string refusedSpace(const char *text, std::vector<int64_t> extents, const char *name = "") {
  return refused(represent(group(text), extents, name));
}

static const std::vector<std::pair<const char *, Part>> spaces = {
    {"S(4)", {{4}, ""}},
    {"S(4)", {{4, 4}, ""}},
    {"S(3)", {{6}, "regular"}},
    {"S(4)", {{2}, "sign"}},
    {"Z(6)", {{6}, ""}},
    {"shifts(3, 4)", {{3, 4}, ""}},
    {"C(4)", {{3, 3}, ""}},
    {"C(4)", {{2}, ""}},
    {"C(6)", {{2}, "irrep(2)"}},
    {"C(6)", {{1}, "irrep(3)"}},
    {"D(4)", {{4, 4}, ""}},
    {"D(5)", {{2}, "irrep(2)"}},
    {"D(5)", {{10}, "regular"}},
    {"semidirect(shifts(3, 3), C(4))", {{3, 3}, ""}},
    {"semidirect(shifts(3, 3), D(4))", {{2}, ""}},
    {"semidirect(shifts(3, 3), D(4))", {{8}, "regular"}},
    {"wreath(S(3), S(2))", {{2, 3}, ""}},
    {"S(3) * O(3)", {{3, 3}, ""}},
    {"S(3) * E(3)", {{3, 3}, ""}},
    {"SE(2)", {{2}, ""}},
    {"E(3)", {{4}, ""}},
    {"O(3)", {{9}, "1o + 1e + 0o + 2x0e"}},
    {"O(3)", {{5}, "2e"}},
    {"O(3)", {{7}, "3o"}},
    {"SO(3)", {{9}, "4"}},
    {"SO(3)", {{11}, "irrep(5)"}},
    {"SO(2)", {{2}, "irrep(3)"}},
    {"O(2)", {{2}, "irrep(3)"}},
    {"SO(1, 3)", {{4}, ""}},
    {"GL(2)", {{2, 2}, "conjugation"}},
    {"Sp(4)", {{4}, ""}},
    {"U(2)", {{4}, ""}},
    {"sign", {{3}, ""}},
    {"generated([[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, -1], [0, 1, 0]]])", {{3, 3, 3}, ""}},
};

/// The matrices of a space, if there is one for each generator, as users would give them.
static std::vector<Matrix> matricesOf(const Representation &space) {
  std::vector<Matrix> result;
  for (const Move &move : space.moves())
    result.push_back(move.asMatrix());
  return result;
}

TEST(Representation, keepsTheRelationsOfItsGroup) {
  // The check of users' matrices, against the multiplication table or the brackets, holds the built-in ones as well.
  for (const auto &[text, part] : spaces) {
    GroupRef acting = group(text);
    bool continuousProduct = acting->isContinuous() && !acting->parts().empty();
    Representation built = space(acting, part);
    if (continuousProduct || built.isAffine())
      continue;
    EXPECT_TRUE(bool(get(representBy(acting, part.extents, matricesOf(built)), Representation()).group()))
        << text << " " << part.name;
    EXPECT_TRUE(bool(get(representBy(acting, part.extents, matricesOf(built.dual())), Representation()).group()))
        << text;
  }
}

TEST(Representation, formsOfVectorsAreKept) {
  // <g^-T f, g x> = <f, x>, for random elements; for points, of their differences.
  for (const auto &[text, part] : spaces) {
    GroupRef acting = group(text);
    Representation on = space(acting, part), forms = on.dual();
    std::vector<double> x(on.cells()), y(on.cells()), f(on.cells());
    for (int k = 0; k < on.cells(); ++k) {
      x[k] = std::sin(k + 1);
      y[k] = std::cos(3 * k);
      f[k] = std::sin(5 * k + 2);
    }
    Representation linearForms = forms;
    if (on.isAffine())
      continue;
    for (const Word &word : acting->sample(5, 3)) {
      std::vector<double> gx = on.apply(word, x), gf = linearForms.apply(word, f);
      double before = 0, after = 0;
      for (int k = 0; k < on.cells(); ++k) {
        before += f[k] * x[k];
        after += gf[k] * gx[k];
      }
      EXPECT_NEAR(before, after, 1e-7 * (1 + std::abs(before))) << text << " " << part.name;
    }
  }
}

TEST(Representation, motionsKeepDistancesOfPoints) {
  GroupRef motions = group("S(3) * E(3)");
  Representation points = space(motions, {{3, 3}, ""});
  EXPECT_TRUE(points.isAffine());
  std::vector<double> x = {0, 0, 0, 1, 2, 3, -1, 0, 2};
  auto perimeter = [](const std::vector<double> &p) {
    double sum = 0;
    for (int a = 0; a < 3; ++a) {
      double square = 0;
      for (int k = 0; k < 3; ++k)
        square += std::pow(p[3 * a + k] - p[3 * ((a + 1) % 3) + k], 2);
      sum += std::sqrt(square);
    }
    return sum;
  };
  for (const Word &word : motions->sample(10, 2)) {
    std::vector<double> moved = points.apply(word, x);
    EXPECT_NEAR(perimeter(moved), perimeter(x), 1e-9);
    EXPECT_GT(std::abs(moved[0]) + std::abs(moved[1]) + std::abs(moved[2]), 1e-3);
  }
}

TEST(Representation, theQuarterTurnOfAGridGoesWithThatOfDirections) {
  // The position (i, j) from the centre, as a field of directions, is kept by turning places and directions together.
  for (const char *text : {"C(4)", "D(4)"}) {
    GroupRef turns = group(text);
    auto [extents, symmetry] = tensorOver(turns, {{{2}, ""}, {{3, 3}, ""}});
    std::vector<double> field;
    for (int component = 0; component < 2; ++component)
      for (int i = -1; i <= 1; ++i)
        for (int j = -1; j <= 1; ++j)
          field.push_back(component == 0 ? i : j);
    for (int g = 0; g < int(turns->generators().size()); ++g)
      EXPECT_EQ(act(symmetry.actions, extents, {{g, 1}}, field), field) << text;
  }
}

TEST(Representation, classes) {
  auto classOf = [](const char *text, std::vector<int64_t> extents, const char *name = "") {
    return space(group(text), {extents, name}).moveClass();
  };
  EXPECT_EQ(classOf("S(5)", {5}), MoveClass::Permutation);
  EXPECT_EQ(classOf("C(4)", {5, 5}), MoveClass::Permutation);
  EXPECT_EQ(classOf("C(4)", {2}), MoveClass::SignedPermutation);
  EXPECT_EQ(classOf("C(3)", {2}), MoveClass::Orthogonal);
  EXPECT_EQ(classOf("S(5)", {5}, "sign"), MoveClass::SignedPermutation);
  EXPECT_EQ(classOf("O(3)", {3}), MoveClass::Orthogonal);
  EXPECT_EQ(classOf("O(3)", {5}, "2e"), MoveClass::Orthogonal);
  EXPECT_EQ(classOf("SO(1, 3)", {4}), MoveClass::General);
  EXPECT_EQ(classOf("GL(2)", {2}), MoveClass::General);
  EXPECT_EQ(classOf("generated([[[0, 2], [1 / 2, 0]]])", {2}), MoveClass::PositiveMonomial);
  EXPECT_EQ(classOf("O(3)", {3, 3}, "trivial"), MoveClass::Permutation);
}

TEST(Representation, whatHasNoActionSaysWhy) {
  EXPECT_EQ(refusedSpace("C(4)", {3, 5}), "C(4) needs a square grid, and this one is 3 x 5");
  EXPECT_EQ(refusedSpace("C(8)", {8, 8}),
            "C(8) has no exact action on a grid: its turn takes cells between cells; C(2), C(4), "
            "D(1), D(2) and D(4) have one");
  EXPECT_EQ(refusedSpace("S(5)", {4}), "S(5) permutes an axis of 5, and this one has 4");
  EXPECT_EQ(refusedSpace("O(3)", {2}), "O(3) acts on an axis of 3 components, and this one has 2");
  EXPECT_EQ(refusedSpace("D(5)", {7}),
            "D(5) permutes an axis of 5 or acts on an axis of 2 components, and this one has 7");
  EXPECT_EQ(refusedSpace("shifts(4, 4)", {4, 5}),
            "shifts(4, 4) shifts a grid of 4 x 4 or of multiples, and this one is 4 x 5");
  EXPECT_EQ(refusedSpace("semidirect(shifts(4, 4), C(4))", {5, 5}),
            "semidirect(shifts(4, 4), C(4)) acts on a grid of 4 x 4, and this one is 5 x 5");
  EXPECT_EQ(refusedSpace("S(4) * O(3)", {4, 4}),
            "S(4) * O(3) acts on the axes of its factors in order: O(3) acts on an axis of "
            "3 components, and this one has 4");
  EXPECT_EQ(refusedSpace("E(3)", {5}), "E(3) moves points of 3 coordinates, and this axis has 5");
  EXPECT_EQ(refusedSpace("E(3)", {3, 3}),
            "E(3) moves points, and points do not multiply: say `by vector` for differences of points");
  EXPECT_EQ(refusedSpace("C(4)", {5}, "regular"),
            "the regular representation of C(4) has 4 cells, one for each element, and here are 5");
  EXPECT_EQ(refusedSpace("SO(3)", {5}, "regular"),
            "the regular representation needs a finite group, and SO(3) is not known to be one");
  EXPECT_EQ(refusedSpace("O(3)", {4}, "irrep(2)"), "`irrep(2)` of O(3) has 5 components, and this axis has 4");
  EXPECT_EQ(refusedSpace("SO(3)", {3}, "1o"), "SO(3) has no reflections, so that its irreps have no parity: write `1`");
  EXPECT_EQ(refusedSpace("C(6)", {2}, "irrep(4)"), "the degrees of irreps of C(6) go up to 3, and this one is 4");
  EXPECT_EQ(refusedSpace("S(5)", {4}, "irrep(1)"),
            "irreps are known of SO(2), O(2), SO(3), O(3), C(k) and D(k), and not of S(5)");
  EXPECT_EQ(refusedSpace("O(3)", {3}, "vectr"),
            "`vectr` names no representation: there are defining, regular, trivial, sign, "
            "vector, dual, conjugation, irrep(l), and sums such as `\"1o + 0e\"`");
  EXPECT_EQ(refusedSpace("O(3)", {3, 2}, "conjugation"),
            "conjugation acts on the two axes of a square matrix, and here are 3 x 2");
}

TEST(Representation, matricesThatBreakRelationsAreRefused) {
  EXPECT_EQ(refused(representBy(group("Z(3)"), {2}, Matrix::diagonal({Exact(1), Exact(-1)}))),
            "the matrices are no representation of Z(3): they break a relation that its generators keep");
  EXPECT_EQ(refused(representBy(group("Z(3)"), {2}, Matrix::identity(3))),
            "the matrix of the shift by 1 is 3 x 3, and it moves 2 cells");
  EXPECT_EQ(refused(representBy(group("O(2)"), {2}, Matrix::identity(2))),
            "O(2) has 2 generators, and 1 matrices are given");
  // Twice one rotation only: its brackets with the others come out wrong.
  std::vector<Matrix> matrices = matricesOf(space(group("SO(3)"), {{3}, ""}));
  matrices[0] = Exact(2) * matrices[0];
  EXPECT_EQ(refused(representBy(group("SO(3)"), {3}, matrices)),
            "the matrices are no representation of SO(3): their brackets differ from those of its generators");
  // The spinors, i sigma / 2 realified: brackets hold, and a full turn is -1.
  Exact half(Rational(1, 2));
  auto spinor = [&](std::vector<std::vector<Exact>> rows) { return half * Matrix::fromRows(rows); };
  std::vector<Matrix> quaternions = {
      spinor({{0, -1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, -1}, {0, 0, 1, 0}}),
      spinor({{0, 0, -1, 0}, {0, 0, 0, 1}, {1, 0, 0, 0}, {0, -1, 0, 0}}),
      spinor({{0, 0, 0, -1}, {0, 0, -1, 0}, {0, 1, 0, 0}, {1, 0, 0, 0}}),
  };
  std::string forward =
      refused(representBy(group("SO(3)"), {4}, {quaternions[0], Exact(-1) * quaternions[1], quaternions[2]}));
  std::string backward = refused(representBy(group("SO(3)"), {4}, quaternions));
  EXPECT_TRUE(forward.find("all the way round") != std::string::npos ||
              backward.find("all the way round") != std::string::npos)
      << forward << "\n"
      << backward;
}

TEST(Representation, subgroupsThatAreNoneAreRefused) {
  EXPECT_EQ(refusedSpace("C(4)", {2}, "quotient(C(3))"), "the turn by 120 degrees of C(3) is no element of C(4)");
  EXPECT_EQ(refusedSpace("C(4)", {3}, "quotient(C(2))"), "C(4) has 2 cosets of C(2), and here are 3 cells");
  EXPECT_EQ(refusedSpace("S(3)", {2}, "quotient(S(2))"),
            "S(2) and S(3) act on different things, so that one is no subgroup of the other");
  EXPECT_EQ(
      refusedSpace("SO(3)", {2}, "quotient(SO(2))"),
      "representations of SO(3) that a subgroup gives need its elements, and it is not known to have at most 5000");
  EXPECT_EQ(refusedSpace("C(4)", {2}, "induced(C(2))"),
            "an induced representation needs a subgroup and a representation of it: `induced(C(2), sign)`");
}

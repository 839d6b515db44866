// Uniform elements, whole orbits, and how their letters move cells.
#include "Spaces.h"
#include "Symmetry/LetterMove.h"
#include <cmath>
#include <numbers>
#include <set>

using namespace nn::symmetry;

static std::vector<Letter> letters(llvm::StringRef text, bool shuffles = true) {
  return get(uniformLetters(*group(text), shuffles), {});
}

static std::vector<Node> nodes(llvm::StringRef text, int degree = 3) {
  return get(orbitNodes(*group(text), degree, 5000), {});
}

TEST(Uniform, anOrbitHoldsEveryElementOnce) {
  for (const char *text : {"S(4)", "Z(5)", "shifts(2, 3)", "C(4)", "D(5)", "sign", "S(3) * Z(2)", "wreath(S(2), S(3))",
                           "semidirect(shifts(3, 3), D(4))", "generated([[1, 2, 0, 3], [1, 0, 2, 3]])"}) {
    GroupRef acting = group(text);
    std::vector<Node> all = nodes(text);
    EXPECT_EQ(std::to_string(all.size()), acting->order()) << text;
    std::set<std::vector<double>> images;
    std::vector<int64_t> extents;
    if (acting->kind() == Group::Kind::Semidirect || acting->kind() == Group::Kind::Shifts)
      extents = {acting->degree() == 9 ? 3 : 2, 3};
    else if (acting->kind() == Group::Kind::Product)
      extents = {3, 2};
    else if (acting->kind() != Group::Kind::Sign)
      extents = {acting->degree()};
    Representation moved = space(acting, {extents, ""});
    for (const Node &node : all) {
      std::vector<double> cells(moved.cells());
      for (size_t k = 0; k < cells.size(); ++k)
        cells[k] = double(k * k + 1);
      images.insert(moved.apply(node.word, cells));
      EXPECT_DOUBLE_EQ(node.weight, 1.0 / double(all.size()));
    }
    EXPECT_EQ(images.size(), all.size()) << text;
  }
}

TEST(Uniform, gaussNodesAreExact) {
  // The mean of cos(t)^m with the density sin(t)^power.
  for (int power : {1, 2, 3, 4})
    for (int n : {1, 2, 5, 9})
      for (int m = 0; m < 2 * n; ++m) {
        double expected = m % 2 ? 0 : 1;
        for (int k = 1; k < m; k += 2)
          expected *= double(k) / (k + power + 1);
        double found = 0;
        for (auto [x, weight] : gaussNodes(n, power))
          found += weight * std::pow(x, m);
        EXPECT_NEAR(found, m % 2 ? 0 : expected, 1e-13) << power << ' ' << n << ' ' << m;
      }
}

/// The mean over the nodes of the product of `degree` entries of g, for all of them, against Haar's: the projection on
/// the invariant tensors of that degree, whose trace is their number.
static double traceOfMean(llvm::StringRef text, int d, int degree) {
  std::vector<int64_t> extents(degree, d);
  Representation tensors = space(group(text), {extents, ""});
  double trace = 0;
  for (const Node &node : nodes(text, degree))
    for (int cell = 0; cell < tensors.cells(); ++cell) {
      std::vector<double> unit(tensors.cells());
      unit[cell] = 1;
      trace += node.weight * tensors.apply(node.word, unit)[cell];
    }
  return trace;
}

TEST(Uniform, quadratureCountsInvariants) {
  EXPECT_NEAR(traceOfMean("SO(2)", 2, 4), 6, 1e-12);
  EXPECT_NEAR(traceOfMean("O(2)", 2, 4), 3, 1e-12);
  EXPECT_NEAR(traceOfMean("SO(3)", 3, 2), 1, 1e-12);
  EXPECT_NEAR(traceOfMean("SO(3)", 3, 3), 1, 1e-12);
  EXPECT_NEAR(traceOfMean("SO(3)", 3, 4), 3, 1e-12);
  EXPECT_NEAR(traceOfMean("O(3)", 3, 3), 0, 1e-12);
  EXPECT_NEAR(traceOfMean("SO(4)", 4, 2), 1, 1e-12);
}

TEST(Uniform, nodesOfRotations) {
  EXPECT_EQ(nodes("SO(2)").size(), 4u);
  EXPECT_EQ(nodes("SO(3)").size(), 32u);
  EXPECT_EQ(nodes("O(3)").size(), 64u);
}

TEST(Uniform, lettersMoveInTheSimplestForm) {
  auto kind = [](const char *text, const Part &part, size_t letter = 0) {
    return get(LetterMove::of(letters(text)[letter], space(group(text), part)), LetterMove()).kind;
  };
  using Kind = LetterMove::Kind;
  EXPECT_EQ(kind("shifts(3, 4)", {{3, 4}, ""}), Kind::Steps);
  EXPECT_EQ(kind("C(4)", {{5, 5}, ""}), Kind::Grids);
  EXPECT_EQ(kind("C(3)", {{3}, "regular"}), Kind::Steps);
  EXPECT_EQ(kind("C(3)", {{2}, ""}), Kind::Matrices);
  EXPECT_EQ(kind("C(4)", {{3}, "trivial"}), Kind::Still);
  EXPECT_EQ(kind("S(3)", {{3}, ""}), Kind::Shuffle);
  EXPECT_EQ(kind("S(3) * Z(4)", {{3, 4}, ""}, 1), Kind::Shuffle);
  EXPECT_EQ(kind("SO(3)", {{5}, "irrep(2)"}), Kind::Flow);
  EXPECT_EQ(kind("O(3)", {{3}, "irrep(1)"}, 3), Kind::Table);
}

TEST(Uniform, flowsAreTrigonometric) {
  GroupRef acting = group("SO(3)");
  Representation moved = space(acting, {{5}, "irrep(2)"});
  for (const Letter &letter : letters("SO(3)")) {
    LetterMove flow = get(LetterMove::of(letter, moved), LetterMove());
    ASSERT_EQ(flow.cosines.size(), 3u); // frequencies 0, 1 and 2
    for (double t : {0.3, 2.0, 5.5})
      for (int column = 0; column < 5; ++column) {
        std::vector<double> unit(5);
        unit[column] = 1;
        unit = moved.apply({{letter.generator, t}}, unit);
        for (int row = 0; row < 5; ++row) {
          double found = 0;
          for (size_t k = 0; k < flow.cosines.size(); ++k) {
            found += flow.cosines[k].empty() ? 0 : std::cos(double(k) * t) * flow.cosines[k][row * 5 + column];
            found += flow.sines[k].empty() ? 0 : std::sin(double(k) * t) * flow.sines[k][row * 5 + column];
          }
          EXPECT_NEAR(found, unit[row], 1e-12);
        }
      }
  }
}

TEST(Uniform, whatHasNoUniformElement) {
  auto no = [](const char *text) { return refused(uniformLetters(*group(text), true)); };
  EXPECT_EQ(no("GL(2)"), "GL(2) is not compact, so no element of it is as likely as any other");
  EXPECT_EQ(no("SO(1, 3)"), "SO(1, 3) is not compact, so no element of it is as likely as any other");
  EXPECT_EQ(no("S(3) * E(3)"), "E(3) is not compact, so no element of it is as likely as any other");
  EXPECT_EQ(no("SU(2)"), "how to draw an element of SU(2) is not known");
  EXPECT_EQ(refused(uniformLetters(*group("S(9)"), false)), "S(9) has more than 4096 elements: too many to list");
  EXPECT_EQ(refused(orbitNodes(*group("S(9)"), 3, 64)), "S(9) has 362880 elements, and at most 64 are taken");
  EXPECT_EQ(refused(orbitNodes(*group("SO(4)"), 3, 64)), "the quadrature of degree 3 of SO(4) has more than 64 nodes");
  EXPECT_EQ(refused(LetterMove::of(letters("S(3)")[0], space(group("S(3)"), {{3, 3}, ""}))),
            "a permutation drawn from S(3) moves single axes: join several, `on x.0 and x.1`");
}

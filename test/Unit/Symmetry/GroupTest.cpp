// Groups from their text: generators, orders, elements, subgroups, and what is refused.
#include "Spaces.h"
#include <set>

using namespace nn::symmetry;

static std::string refusedGroup(llvm::StringRef text) { return refused(parseGroup(text)); }

TEST(Group, textsReadBack) {
  for (const char *text : {"S(5)",
                           "Z(6)",
                           "shifts(8, 8)",
                           "C(4)",
                           "D(4)",
                           "SO(3)",
                           "O(3)",
                           "SE(3)",
                           "E(3)",
                           "SO(1, 3)",
                           "O(1, 3)",
                           "GL(2)",
                           "SL(2)",
                           "Sp(4)",
                           "U(2)",
                           "SU(2)",
                           "sign",
                           "trivial",
                           "S(4) * O(3)",
                           "S(2) * S(3) * sign",
                           "semidirect(shifts(8, 8), C(4))",
                           "wreath(S(3), S(3))",
                           "generated([[2, 3, 1, 0], [1, 0, 3, 2]])",
                           "generated([[[0, -1], [1, 0]]])",
                           "generated([[[-1/2, -sqrt(3) / 2], [sqrt(3) / 2, -1/2]]])"}) {
    EXPECT_EQ(group(text)->text(), text);
    EXPECT_EQ(group(group(text)->text())->generators().size(), group(text)->generators().size());
  }
  EXPECT_EQ(group("( S( 4 )*O(3) )*sign")->text(), "S(4) * O(3) * sign");
}

TEST(Group, orders) {
  auto order = [](const char *text) { return group(text)->order().value_or("none"); };
  EXPECT_EQ(order("S(20)"), "2432902008176640000");
  EXPECT_EQ(order("Z(6)"), "6");
  EXPECT_EQ(order("shifts(4, 6)"), "24");
  EXPECT_EQ(order("C(5)"), "5");
  EXPECT_EQ(order("D(5)"), "10");
  EXPECT_EQ(order("wreath(S(3), S(4))"), "31104"); // 6^4 * 24
  EXPECT_EQ(order("semidirect(shifts(5, 5), D(4))"), "200");
  EXPECT_EQ(order("S(4) * sign"), "48");
  EXPECT_EQ(order("O(3)"), "none");
  EXPECT_EQ(order("generated([[1, 2, 3, 4, 0], [0, 2, 1, 3, 4]])"), "120");
  // The icosahedron, by a turn of a fifth and one of a third whose entries are in the golden field.
  EXPECT_EQ(
      order(
          "generated([[[cos(2 * pi / 5), -sin(2 * pi / 5)], [sin(2 * pi / 5), cos(2 * pi / 5)]], [[1, 0], [0, -1]]])"),
      "10");
}

TEST(Group, generatorsHaveNames) {
  auto names = [](const char *text) {
    std::string all;
    GroupRef acting = group(text);
    for (const Generator &generator : acting->generators())
      all += (all.empty() ? "" : "; ") + generator.name;
    return all;
  };
  EXPECT_EQ(names("C(4)"), "the quarter turn");
  EXPECT_EQ(names("D(6)"), "the turn by 60 degrees; the reflection of axis 1");
  EXPECT_EQ(names("S(5)"), "the transposition (0 1); the cycle (0 1 .. 4)");
  EXPECT_EQ(names("shifts(4, 4)"), "the shift by 1 along axis 0; the shift by 1 along axis 1");
  EXPECT_EQ(names("O(2)"), "the rotation in the plane (0, 1); the reflection of axis 0");
  EXPECT_EQ(names("Z(3) * sign"), "the shift by 1 of Z(3); the change of sign of sign");
  EXPECT_EQ(names("SO(1, 1)"), "the boost in the plane (0, 1); the reflection of axes 0 and 1");
}

TEST(Group, multiplicationIsRegular) {
  for (const char *text : {"S(4)", "Z(6)", "shifts(2, 3)", "C(5)", "D(4)", "D(1)", "D(2)", "wreath(S(2), S(2))",
                           "S(3) * C(4)", "semidirect(shifts(2, 2), C(4))", "semidirect(shifts(3, 3), D(4))", "sign",
                           "generated([[[0, -1], [1, 0]], [[1, 0], [0, -1]]])"}) {
    auto left = group(text)->multiplication(1000);
    ASSERT_TRUE(left) << text;
    // Transitive, and the group that it generates is no larger: simply transitive.
    GroupRef regular = get(Group::generatedBy(*left), Group::trivial());
    EXPECT_EQ(std::to_string((*left)[0].size()), group(text)->order()) << text;
    EXPECT_EQ(regular->order(), group(text)->order()) << text;
    Part part{{int64_t((*left)[0].size())}, ""};
    EXPECT_EQ(invariants(regular, {part}).dimension, 1) << text;
  }
  EXPECT_EQ(group("S(12)")->multiplication(1000), std::nullopt);
  EXPECT_EQ(group("SO(2)")->multiplication(1000), std::nullopt);
}

TEST(Group, subgroupsGoFromLargeToTrivial) {
  auto texts = [](const char *text) {
    std::string all;
    for (const Subgroup &sub : group(text)->subgroups())
      all += (all.empty() ? "" : "; ") + sub.text;
    return all;
  };
  EXPECT_EQ(texts("C(4)"), "C(2); trivial");
  EXPECT_EQ(texts("Z(12)"),
            "Z(6), the shifts by 2; Z(4), the shifts by 3; Z(3), the shifts by 4; Z(2), the shifts by 6; trivial");
  EXPECT_EQ(texts("shifts(4, 8)"),
            "the shifts along axis 0; the shifts along axis 1; shifts(2, 4), the shifts by 2; trivial");
  EXPECT_EQ(texts("D(4)"),
            "C(4); D(2); D(2) turned; C(2); the reflection of axis 1; the reflection of axis 0; trivial");
  EXPECT_EQ(texts("O(3)"),
            "SO(3); the rotation in the plane (0, 1); the rotation in the plane (0, 2); the rotation in the "
            "plane (1, 2); the reflection of axis 0; trivial");
  EXPECT_EQ(
      texts("E(2)"),
      "SE(2); O(2); SO(2); the translations; the rotation in the plane (0, 1); the reflection of axis 0; trivial");
  EXPECT_EQ(texts("S(3) * C(4)"), "C(4); S(3); the cyclic shifts Z(3) * C(4); S(3) * C(2); trivial");
  EXPECT_EQ(texts("semidirect(shifts(4, 4), C(4))"), "shifts(4, 4); C(4); trivial");
}

TEST(Group, subgroupElementsAreWhatTheirNamesSay) {
  // In D(4) on a square grid: the reflection that is not a generator takes (i, j) to (n - 1 - i, j).
  GroupRef square = group("D(4)");
  std::vector<double> grid = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  for (const Subgroup &sub : square->subgroups())
    if (sub.text == "the reflection of axis 0")
      EXPECT_EQ(space(square, {{3, 3}, ""}).apply(sub.generators[0].word, grid),
                (std::vector<double>{6, 7, 8, 3, 4, 5, 0, 1, 2}));
}

TEST(Group, samplesRepeatAndReachEverything) {
  GroupRef turns = group("D(4)");
  Representation regular = space(turns, {{8}, "regular"});
  std::vector<double> unit(8);
  unit[0] = 1;
  std::set<std::vector<double>> reached;
  for (const Word &word : turns->sample(200, 1))
    reached.insert(regular.apply(word, unit));
  EXPECT_EQ(reached.size(), 8u);
  Word a = group("O(3)")->sample(1, 5)[0], b = group("O(3)")->sample(1, 5)[0];
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k)
    EXPECT_EQ(a[k].amount, b[k].amount);
}

TEST(Group, decimalsThatBreakARelationAreRefused) {
  EXPECT_EQ(
      refusedGroup("generated([[[0.707, -0.707], [0.707, 0.707]]])"),
      "g^8 is not 1: entry (0, 0) is 0.99879255; write entries exactly, as in `sqrt(2) / 2` or `cos(2 * pi / 5)`");
  EXPECT_EQ(
      refusedGroup(
          "generated([[[0.70710678118654752, -0.70710678118654752], [0.70710678118654752, 0.70710678118654752]]])"),
      "g^8 is not 1 but for rounding; write entries exactly, as in `sqrt(2) / 2` or `cos(2 * pi / 5)`");
  EXPECT_EQ(refusedGroup("generated([[[0.6, -0.8], [0.8, 0.6]]])"),
            "the group does not close within 5000 elements: a decimal is taken as it is written, 0.6 as 3/5; write the "
            "fraction "
            "if it is meant");
  EXPECT_EQ(group("generated([[[-0.5, -sqrt(3) / 2], [sqrt(3) / 2, -0.5]]])")->order(), "3");
  EXPECT_EQ(group("generated([[[3 / 5, -4 / 5], [4 / 5, 3 / 5]]])")->order(), std::nullopt);
}

TEST(Group, mistakesInTextsAreNamed) {
  EXPECT_EQ(refusedGroup("Q(8)"),
            "there is no group `Q`; there are S, Z, shifts, C, D, SO, O, SE, E, GL, SL, Sp, U, SU, sign, "
            "products with `*`, semidirect, wreath and generated");
  EXPECT_EQ(refusedGroup("S(0)"), "S(0): a size is at least 1");
  EXPECT_EQ(refusedGroup("S(3, 4)"), "S takes one size, and 2 are given");
  EXPECT_EQ(refusedGroup("Sp(3)"), "Sp(3): a symplectic group acts on an even number of components");
  EXPECT_EQ(refusedGroup("S(4"), "`)` is expected in `S(4` at its end");
  EXPECT_EQ(refusedGroup("S(4) O(3)"), "`O(3)` is left over in `S(4) O(3)`");
  EXPECT_EQ(refusedGroup("wreath(O(3), S(2))"), "wreath takes groups that permute points, and O(3) does not");
  EXPECT_EQ(refusedGroup("semidirect(shifts(4, 6), C(4))"), "C(4) needs a square grid, and this one is 4 x 6");
  EXPECT_EQ(refusedGroup("semidirect(shifts(6, 6), C(6))"),
            "C(6) has no exact action on a grid: only C(2), C(4), D(1), D(2) and D(4) have");
  EXPECT_EQ(refusedGroup("generated([[0, 0, 1]])"), "generator 0 is not a permutation: 0 appears twice");
  EXPECT_EQ(refusedGroup("generated([[1, 2, 3]])"), "generator 0 sends a point to 3, outside 0 .. 2");
  EXPECT_EQ(refusedGroup("generated([[1, 0], [0, 1, 2]])"), "generator 1 has 3 points, and generator 0 has 2");
  EXPECT_EQ(refusedGroup("generated([[[1, 2], [2, 4]]])"), "generator 0 has no inverse that can be computed exactly");
  EXPECT_EQ(refusedGroup("generated([[[1, 2, 3], [2, 4, 5]]])"),
            "generator 0 is not square: it has 2 rows, and one of them has 3 entries");
  EXPECT_EQ(refusedGroup("C(1000)"), "C is known up to 360 turns, and this one has 1000");
  EXPECT_EQ(refusedGroup(std::string(300, '(') + "S(3)"),
            "`((((((((((((((((((((((((((((((((((((((((` .. is nested too deeply");
  EXPECT_EQ(refusedGroup("GL(64)"), "GL is known up to 32 dimensions");
  EXPECT_EQ(refusedGroup("shifts(100000, 100000)"), "shifts of this size permutes more than 2^24 points: too large");
}

TEST(Group, numbersAreExactOrRefused) {
  auto number = [](const char *text) { return get(parseExact(text), Exact(0)); };
  EXPECT_EQ(number("-sqrt(3) / 2").text(), "-sqrt(3) / 2");
  EXPECT_EQ(number("2 * cos(2 * pi / 5) + 1/2"), *Exact::sqrt(Rational(5)) / Exact(2));
  EXPECT_EQ(number("sin(pi / 4)^2"), Exact(Rational(1, 2)));
  EXPECT_EQ(number("cos(-pi)"), Exact(-1));
  EXPECT_EQ(number("0.125"), Exact(Rational(1, 8)));
  EXPECT_EQ(refused(parseExact("sqrt(-1)")),
            "`sqrt(-1)`: the square root of a rational number, not negative and without large prime factors, is exact");
  EXPECT_EQ(refused(parseExact("cos(1)")),
            "`cos` is exact at multiples of pi by fractions with a denominator up to 360, as in `cos(2 * pi / 5)`");
  EXPECT_EQ(refused(parseExact("cos(pi / 359) * cos(pi / 353)")),
            "a number in `cos(pi / 359) * cos(pi / 353)` is too large to compute with exactly");
  EXPECT_EQ(refused(parseExact("2 * pi")), "pi is known only in the argument of `cos` and `sin`");
  EXPECT_EQ(refused(parseExact("1 / 0")), "a division by zero in `1 / 0`");
  EXPECT_EQ(refused(parseExact("exp(1)")), "`exp` is not known in an exact number: sqrt, cos, sin and pi are");
  EXPECT_EQ(refused(parseExact("4000000000 * 4000000000")),
            "a number in `4000000000 * 4000000000` is too large to compute with exactly");
}

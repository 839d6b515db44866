// The dimensions of invariant tensors that the literature states, group by group.
#include "Spaces.h"
#include <algorithm>

using namespace nn::symmetry;

static std::string call(const char *name, int64_t n) { return std::string(name) + "(" + std::to_string(n) + ")"; }

static Part v(int64_t n) { return {{n}, ""}; }
static std::vector<Part> power(int64_t n, int k) { return std::vector<Part>(k, v(n)); }
static const Part scalar{{}, "trivial"}, pseudoscalar{{}, "sign"};

TEST(Dimensions, mapsOfSets) {
  for (int64_t n = 3; n <= 7; ++n) {
    std::string s = call("S", n);
    EXPECT_EQ(maps(s, power(n, 1), power(n, 1)), 2);
    EXPECT_EQ(maps(s, power(n, 1), {scalar}), 1);
    EXPECT_EQ(maps(s, power(n, 2), {scalar}), 2);
    EXPECT_EQ(maps(s, power(n, 2), power(n, 1)), 5);
  }
}

TEST(Dimensions, mapsOfGraphsAreBellNumbersOnceTheSetIsLarge) {
  std::vector<int64_t> pairs = {8, 14, 15, 15, 15, 15, 15, 15, 15};
  for (int64_t n = 2; n <= 10; ++n)
    EXPECT_EQ(maps(call("S", n), power(n, 2), power(n, 2)), pairs[n - 2]) << n;
  std::vector<int64_t> triples = {122, 187, 202, 203, 203};
  for (int64_t n = 3; n <= 7; ++n)
    EXPECT_EQ(maps(call("S", n), power(n, 3), power(n, 3)), triples[n - 3]) << n;
}

/// S(n) on unordered pairs {i, j}, i <= j: by permutation for symmetric matrices, and with signs for i < j, skew ones.
static std::pair<GroupRef, Representation> pairsOf(int n, bool skew) {
  GroupRef acting = group(call("S", n));
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < n; ++i)
    for (int j = skew ? i + 1 : i; j < n; ++j)
      pairs.emplace_back(i, j);
  std::vector<Matrix> matrices;
  for (const Generator &generator : acting->generators()) {
    Matrix &matrix = matrices.emplace_back(int(pairs.size()));
    for (size_t k = 0; k < pairs.size(); ++k) {
      int a = generator.permutation[pairs[k].first], b = generator.permutation[pairs[k].second];
      auto target = std::find(pairs.begin(), pairs.end(), std::pair(std::min(a, b), std::max(a, b)));
      matrix.add(int(target - pairs.begin()), int(k), Exact(skew && a > b ? -1 : 1));
    }
  }
  return {acting, get(representBy(acting, {int64_t(pairs.size())}, matrices), Representation())};
}

static int64_t square(const std::pair<GroupRef, Representation> &space) {
  int64_t n = space.second.cells();
  return get(solveInvariants({n, n}, TensorSymmetry{space.first, {{{0}, space.second}, {{1}, space.second.dual()}}}),
             {})
      .dimension;
}

TEST(Dimensions, symmetricAndSkewMatrices) {
  EXPECT_EQ(square(pairsOf(3, false)), 8);
  EXPECT_EQ(square(pairsOf(4, false)), 9);
  EXPECT_EQ(square(pairsOf(5, false)), 9);
  for (int n : {3, 4, 5}) {
    auto [acting, skew] = pairsOf(n, true);
    int64_t cells = skew.cells();
    AxesAction first{{0}, skew}, second{{1}, space(acting, v(n))};
    EXPECT_EQ(get(solveInvariants({cells, n}, TensorSymmetry{acting, {first, second}}), {}).dimension, 1) << n;
    EXPECT_EQ(get(solveInvariants({cells}, TensorSymmetry{acting, {first}}), {}).dimension, 0) << n;
  }
  for (int n : {4, 5})
    EXPECT_EQ(square(pairsOf(n, true)), 2) << n;
}

TEST(Dimensions, mapsToTheSign) {
  EXPECT_EQ(maps("S(2)", power(2, 1), {pseudoscalar}), 1);
  EXPECT_EQ(maps("S(3)", power(3, 1), {pseudoscalar}), 0);
  EXPECT_EQ(maps("S(2)", power(2, 2), {pseudoscalar}), 2);
  EXPECT_EQ(maps("S(3)", power(3, 2), {pseudoscalar}), 1);
  EXPECT_EQ(maps("S(4)", power(4, 2), {pseudoscalar}), 0);
}

TEST(Dimensions, regularRepresentationOfPermutations) {
  int64_t order = 1;
  for (int64_t n = 1; n <= 5; ++n) {
    order *= n;
    Part regular{{order}, "regular"};
    EXPECT_EQ(maps(call("S", n), {regular}, {regular}), order);
  }
}

TEST(Dimensions, directSumsAddUp) {
  // V^2 (+) V to itself: each pair of summands by itself.
  auto hom = [](int from, int to) { return maps("S(4)", power(4, from), power(4, to)); };
  EXPECT_EQ(hom(2, 2) + hom(2, 1) + hom(1, 2) + hom(1, 1), 27);
}

TEST(Dimensions, products) {
  EXPECT_EQ(maps("S(3) * S(4)", {{{3, 4}, ""}}, {{{3, 4}, ""}}), 4);
  EXPECT_EQ(maps("wreath(S(3), S(3))", {v(9)}, {v(9)}), 3);
  EXPECT_EQ(maps("S(3) * C(4)", {{{3, 4}, ""}}, {{{3, 4}, ""}}), 8);
  EXPECT_EQ(maps("Z(3) * Z(4)", {{{3, 4}, ""}}, {{{3, 4}, ""}}), 12);
  EXPECT_EQ(maps("shifts(3, 4)", {{{3, 4}, ""}}, {{{3, 4}, ""}}), 12);
}

TEST(Dimensions, cyclicShifts) {
  for (int64_t n = 2; n <= 8; ++n) {
    EXPECT_EQ(maps(call("Z", n), {v(n)}, {v(n)}), n);
    EXPECT_EQ(maps(call("Z", n), {v(n)}, {scalar}), 1);
  }
  // Stride 2: the shifts by 2 of six cells, as Z(3), which shifts three.
  GroupRef third = group("Z(3)");
  Representation six = get(
      representBy(third, {6},
                  space(group("Z(6)"), v(6)).moves()[0].asMatrix() * space(group("Z(6)"), v(6)).moves()[0].asMatrix()),
      Representation());
  TensorSymmetry strided{third, {{{0}, space(third, v(3))}, {{1}, six.dual()}}};
  EXPECT_EQ(get(solveInvariants({3, 6}, strided), {}).dimension, 6);
}

TEST(Dimensions, irreduciblePlanes) {
  for (const char *text : {"C(3)", "C(4)", "C(5)", "C(8)"})
    EXPECT_EQ(maps(text, {{{2}, "irrep(1)"}}, {{{2}, "irrep(1)"}}), 2) << text;
  for (const char *text : {"D(3)", "D(4)", "D(5)", "D(8)"})
    EXPECT_EQ(maps(text, {{{2}, "irrep(1)"}}, {{{2}, "irrep(1)"}}), 1) << text;
  // The quaternions i and j as matrices: the commutant is again the quaternions.
  const char *quaternions = "generated([[[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0]], "
                            "[[0, 0, -1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, -1, 0, 0]]])";
  EXPECT_EQ(group(quaternions)->order(), "8");
  EXPECT_EQ(maps(quaternions, {v(4)}, {v(4)}), 4);
}

TEST(Dimensions, regularRepresentationOfTurns) {
  EXPECT_EQ(maps("C(4)", {{{4}, "regular"}}, {{{4}, "regular"}}), 4);
  EXPECT_EQ(maps("D(4)", {{{8}, "regular"}}, {{{8}, "regular"}}), 8);
  EXPECT_EQ(maps("D(4)", {{{2}, ""}}, {{{8}, "regular"}}), 2);
}

TEST(Dimensions, polygons) {
  std::vector<int64_t> expected = {3, 3, 4, 4, 5};
  for (int64_t n = 4; n <= 8; ++n)
    EXPECT_EQ(maps(call("D", n), {v(n)}, {v(n)}), expected[n - 4]) << n;
}

TEST(Dimensions, kernelsUnderTurns) {
  std::vector<int64_t> sizes = {2, 3, 4, 5, 7}, turns = {1, 3, 4, 7, 13}, flips = {1, 3, 3, 6, 10};
  for (size_t k = 0; k < sizes.size(); ++k) {
    EXPECT_EQ(dimension("C(4)", {{{sizes[k], sizes[k]}, ""}}), turns[k]) << sizes[k];
    EXPECT_EQ(dimension("D(4)", {{{sizes[k], sizes[k]}, ""}}), flips[k]) << sizes[k];
  }
  Part grid{{3, 3}, ""}, large{{5, 5}, ""}, vector{{2}, ""};
  EXPECT_EQ(dimension("C(4)", {{{4}, "regular"}, {{4}, "regular"}, grid}), 36);
  EXPECT_EQ(dimension("D(4)", {{{8}, "regular"}, {{8}, "regular"}, grid}), 72);
  EXPECT_EQ(dimension("C(4)", {vector, grid}), 4);
  EXPECT_EQ(dimension("C(4)", {vector, large}), 12);
  EXPECT_EQ(dimension("D(4)", {vector, grid}), 2);
  EXPECT_EQ(dimension("D(4)", {vector, large}), 6);
  EXPECT_EQ(dimension("C(4)", {vector, vector, grid}), 10);
  EXPECT_EQ(dimension("C(4)", {vector, vector, large}), 26);
  EXPECT_EQ(dimension("D(4)", {vector, vector, grid}), 5);
  EXPECT_EQ(dimension("D(4)", {vector, vector, large}), 13);
}

TEST(Dimensions, torusWithTurns) {
  std::vector<int64_t> turns = {3, 6, 7, 11}, flips = {3, 6, 6, 10};
  for (int64_t n = 3; n <= 6; ++n) {
    std::string torus = "semidirect(shifts(" + std::to_string(n) + ", " + std::to_string(n) + "), ";
    Part grid{{n, n}, ""};
    EXPECT_EQ(maps(torus + "C(4))", {grid}, {grid}), turns[n - 3]) << n;
    EXPECT_EQ(maps(torus + "D(4))", {grid}, {grid}), flips[n - 3]) << n;
  }
}

static const char *cube = "generated([[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, -1], [0, 1, 0]]])";
static const char *cubeWithReflections = "generated([[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, -1], [0, "
                                         "1, 0]], [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]])";

/// What the rotations of a cube do to some places, given as vectors that each rotation takes to one another.
static int64_t placesOfCube(const char *text, const std::vector<std::array<int, 3>> &places) {
  std::vector<std::vector<int>> permutations;
  GroupRef acting = group(text);
  for (const Generator &generator : acting->generators()) {
    std::vector<int> &image = permutations.emplace_back();
    Move move = Move::matrix(generator.matrix);
    for (const std::array<int, 3> &place : places) {
      std::array<int, 3> moved;
      for (int axis = 0; axis < 3; ++axis)
        moved[move.image()[axis]] = move.sign(axis) * place[axis];
      image.push_back(int(std::find(places.begin(), places.end(), moved) - places.begin()));
    }
  }
  GroupRef onPlaces = get(Group::generatedBy(permutations), Group::trivial());
  Part part{{int64_t(places.size())}, ""};
  return invariants(onPlaces, {part, part}).dimension;
}

TEST(Dimensions, cubes) {
  EXPECT_EQ(group(cube)->order(), "24");
  EXPECT_EQ(group(cubeWithReflections)->order(), "48");
  EXPECT_EQ(dimension(cube, {{{3, 3, 3}, ""}}), 4);
  EXPECT_EQ(dimension(cube, {{{5, 5, 5}, ""}}), 10);
  std::vector<std::vector<std::array<int, 3>>> places(4); // by the number of coordinates that are not 0
  for (int x = -1; x <= 1; ++x)
    for (int y = -1; y <= 1; ++y)
      for (int z = -1; z <= 1; ++z)
        places[std::abs(x) + std::abs(y) + std::abs(z)].push_back({x, y, z});
  EXPECT_EQ(placesOfCube(cube, places[1]), 3);
  EXPECT_EQ(placesOfCube(cube, places[2]), 7);
  EXPECT_EQ(placesOfCube(cube, places[3]), 4);
  EXPECT_EQ(placesOfCube(cubeWithReflections, places[1]), 3);
  EXPECT_EQ(placesOfCube(cubeWithReflections, places[2]), 5);
  EXPECT_EQ(placesOfCube(cubeWithReflections, places[3]), 4);
}

/// The six turns of faces of Rubik's cube, on its 48 stickers off the centres. A sticker is a place and a direction
/// out.
static GroupRef rubik() {
  using Sticker = std::array<std::array<int, 3>, 2>;
  std::vector<Sticker> stickers;
  for (int axis = 0; axis < 3; ++axis)
    for (int side : {-1, 1})
      for (int a = -1; a <= 1; ++a)
        for (int b = -1; b <= 1; ++b) {
          Sticker sticker{};
          sticker[1][axis] = sticker[0][axis] = side;
          sticker[0][(axis + 1) % 3] = a;
          sticker[0][(axis + 2) % 3] = b;
          if (a || b)
            stickers.push_back(sticker);
        }
  std::vector<std::vector<int>> turns;
  for (int axis = 0; axis < 3; ++axis)
    for (int side : {-1, 1}) {
      std::vector<int> &image = turns.emplace_back();
      for (const Sticker &sticker : stickers) {
        Sticker moved = sticker;
        for (size_t k = 0; k < 2 && sticker[0][axis] == side; ++k) {
          moved[k][(axis + 1) % 3] = -sticker[k][(axis + 2) % 3];
          moved[k][(axis + 2) % 3] = sticker[k][(axis + 1) % 3];
        }
        image.push_back(int(std::find(stickers.begin(), stickers.end(), moved) - stickers.begin()));
      }
    }
  return get(Group::generatedBy(turns), Group::trivial());
}

TEST(Dimensions, rubiksCube) { EXPECT_EQ(invariants(rubik(), {v(48), v(48)}).dimension, 9); }

TEST(Dimensions, petersenGraph) {
  // S(5) on the ten pairs of five points.
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < 5; ++i)
    for (int j = i + 1; j < 5; ++j)
      pairs.emplace_back(i, j);
  GroupRef points = group("S(5)");
  std::vector<std::vector<int>> permutations;
  for (const Generator &generator : points->generators()) {
    std::vector<int> &image = permutations.emplace_back();
    for (auto [i, j] : pairs) {
      std::pair<int, int> moved = std::minmax(generator.permutation[i], generator.permutation[j]);
      image.push_back(int(std::find(pairs.begin(), pairs.end(), moved) - pairs.begin()));
    }
  }
  GroupRef petersen = get(Group::generatedBy(permutations), Group::trivial());
  EXPECT_EQ(petersen->order(), "120");
  EXPECT_EQ(invariants(petersen, {v(10), v(10)}).dimension, 3);
}

/// V to V, V^2 to R, V^2 to V, V^2 to V^2, V^3 to R, V^3 to V.
static std::vector<int64_t> vectorMaps(const char *text, int64_t n) {
  std::vector<int64_t> result;
  for (auto [from, to] : {std::pair(1, 1), {2, 0}, {2, 1}, {2, 2}, {3, 0}, {3, 1}})
    result.push_back(maps(text, power(n, from), power(n, to)));
  return result;
}

TEST(Dimensions, rotationsOfSpace) {
  EXPECT_EQ(vectorMaps("SO(3)", 3), (std::vector<int64_t>{1, 1, 1, 3, 1, 3}));
  EXPECT_EQ(vectorMaps("O(3)", 3), (std::vector<int64_t>{1, 1, 0, 3, 0, 3}));
}

TEST(Dimensions, rotationsOfThePlane) {
  auto three = [](const char *text) {
    return std::vector<int64_t>{maps(text, power(2, 1), power(2, 1)), maps(text, power(2, 2), {scalar}),
                                maps(text, power(2, 2), power(2, 2))};
  };
  EXPECT_EQ(three("SO(2)"), (std::vector<int64_t>{2, 2, 6}));
  EXPECT_EQ(three("O(2)"), (std::vector<int64_t>{1, 1, 3}));
}

TEST(Dimensions, rotationsOfMoreDimensions) {
  EXPECT_EQ(maps("SO(4)", power(4, 2), power(4, 2)), 4);
  EXPECT_EQ(maps("O(4)", power(4, 2), power(4, 2)), 3);
  EXPECT_EQ(maps("SO(5)", power(5, 2), power(5, 2)), 3);
}

TEST(Dimensions, lorentzTransformations) {
  for (auto [text, pairs] : {std::pair("SO(1, 3)", 4), {"O(1, 3)", 3}}) {
    EXPECT_EQ(maps(text, power(4, 2), power(4, 2)), pairs);
    EXPECT_EQ(maps(text, power(4, 1), power(4, 1)), 1);
    EXPECT_EQ(maps(text, power(4, 2), {scalar}), 1);
  }
}

TEST(Dimensions, linearGroups) {
  for (int64_t n : {2, 3}) {
    std::string gl = call("GL", n);
    EXPECT_EQ(maps(gl, power(n, 1), power(n, 1)), 1);
    EXPECT_EQ(maps(gl, power(n, 2), {scalar}), 0);
    EXPECT_EQ(maps(gl, power(n, 2), power(n, 2)), 2);
  }
  EXPECT_EQ(maps("SL(2)", power(2, 2), {scalar}), 1);
  EXPECT_EQ(maps("SL(2)", power(2, 2), power(2, 2)), 2);
  EXPECT_EQ(maps("SL(3)", power(3, 3), {scalar}), 1);
}

TEST(Dimensions, symplecticAndUnitaryGroups) {
  EXPECT_EQ(maps("Sp(4)", power(4, 2), power(4, 2)), 3);
  EXPECT_EQ(maps("Sp(4)", power(4, 2), {scalar}), 1);
  EXPECT_EQ(maps("SU(2)", power(4, 1), power(4, 1)), 4);
  EXPECT_EQ(maps("U(2)", power(4, 1), power(4, 1)), 2);
  EXPECT_EQ(maps("SU(3)", power(6, 1), power(6, 1)), 2);
}

TEST(Dimensions, atomsInSpace) {
  Part atoms{{4, 3}, ""}, differences{{4, 3}, "vector"};
  EXPECT_EQ(maps("S(4) * O(3)", {atoms}, {atoms}), 2);
  // What also forgets where the origin is: x_i minus the mean.
  InvariantBasis basis = invariants(group("S(4) * E(3)"), {differences, form(atoms)});
  ASSERT_EQ(basis.dimension, 1);
  std::vector<double> vector = dense(basis)[0];
  EXPECT_NEAR(vector[0] / vector[3], -3, 1e-12); // atom 0 from itself, and from atom 1
}

TEST(Dimensions, homogeneousCoordinates) {
  EXPECT_EQ(maps("E(3)", power(4, 1), power(4, 1)), 1);
  EXPECT_EQ(maps("E(3)", power(4, 1), {scalar}), 1);
  EXPECT_EQ(maps("E(3)", {scalar}, power(4, 1)), 0);
}

TEST(Dimensions, biasesAreMapsFromTheScalars) {
  EXPECT_EQ(dimension("S(6)", {v(6)}), 1);
  EXPECT_EQ(dimension("C(4)", {{{4}, "regular"}}), 1);
  EXPECT_EQ(dimension("C(4)", {{{2}, ""}}), 0);
  EXPECT_EQ(dimension("O(3)", {v(3)}), 0);
  EXPECT_EQ(dimension("O(3)", {{{4}, "1o + 0e"}}), 1);
  EXPECT_EQ(dimension("O(3)", {{{4}, "1o + 0o"}}), 0);
  EXPECT_EQ(dimension("sign", {{{5}, ""}}), 0);
}

TEST(Dimensions, severalGroupsAreSolvedTogether) {
  GroupRef rows = group("Z(4)"), columns = group("S(4)");
  std::vector<TensorSymmetry> both = {{rows, {{{0}, space(rows, v(4))}, {{1}, space(rows, v(4))}}},
                                      {columns, {{{0}, space(columns, v(4))}, {{1}, space(columns, v(4))}}}};
  InvariantBasis basis = get(solveInvariants({4, 4, 64, 64}, both), {});
  EXPECT_EQ(basis.dimension, 2);
  EXPECT_EQ(basis.cells, 16); // the other axes are multiplicities
}

/// dim Hom_G(R[G/H], R[G/K]) is the number of double cosets H \ G / K.
TEST(Dimensions, mapsBetweenCosetsAreDoubleCosets) {
  EXPECT_EQ(dimension("C(4)", {{{2}, "quotient(C(2))"}, {{4}, "regular"}}), 2);
  EXPECT_EQ(dimension("C(6)", {{{3}, "quotient(C(2))"}, {{2}, "quotient(C(3))"}}), 1);
  EXPECT_EQ(dimension("D(4)", {{{2}, "quotient(C(4))"}, {{2}, "quotient(C(4))"}}), 2);
  EXPECT_EQ(dimension("D(4)", {{{1}, "quotient(D(4))"}, {{8}, "regular"}}), 1);
  // S(3) fixing the last of four: its cosets are the four points.
  const char *points = "quotient(generated([[1, 0, 2, 3], [1, 2, 0, 3]]))";
  EXPECT_EQ(dimension("S(4)", {{{4}, points}, {{4}, points}}), 2);
  EXPECT_EQ(dimension("S(4)", {{{4}, points}, {{4}, ""}}), 2);
  // Pairs of four points, by S(2) x S(2): the same, one in common, none in common.
  const char *pairs = "quotient(generated([[1, 0, 2, 3], [0, 1, 3, 2]]))";
  EXPECT_EQ(dimension("S(4)", {{{6}, pairs}, {{6}, pairs}}), 3);
}

/// Frobenius reciprocity: dim Hom_G(Ind rho, V) = dim Hom_H(rho, V).
TEST(Dimensions, inducedRepresentationsAreReciprocal) {
  EXPECT_EQ(dimension("D(4)", {{{4}, "induced(C(4), irrep(1))"}, {{2}, ""}}), 2);
  EXPECT_EQ(dimension("C(4)", {{{2}, ""}, {{2}, ""}}), 2);
  EXPECT_EQ(dimension("D(4)", {{{2}, "induced(C(4), sign)"}, {{8}, "regular"}}), 2);
  // By irrep(l) of C(8) a quarter turn goes round by l quarters.
  EXPECT_EQ(dimension("C(8)", {{{4}, "induced(C(4), irrep(1))"}, {{2}, "irrep(1)"}}), 2);
  EXPECT_EQ(dimension("C(8)", {{{4}, "induced(C(4), irrep(1))"}, {{2}, "irrep(2)"}}), 0);
  EXPECT_EQ(dimension("S(3)", {{{6}, "induced(S(3), regular)"}, {{6}, "regular"}}), 6);
}

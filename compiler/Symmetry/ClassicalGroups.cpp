// The classical matrix groups, by directions of their Lie algebras and a representative of each further component.
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/Twine.h"

using namespace nn::symmetry;
using Kind = Generator::Kind;

static std::string pairText(int i, int j) { return "(" + std::to_string(i) + ", " + std::to_string(j) + ")"; }

static Matrix sparse(int size, llvm::ArrayRef<Matrix::Entry> entries) {
  Matrix result(size);
  for (const Matrix::Entry &entry : entries)
    result.add(entry.row, entry.column, entry.value);
  return result;
}

static Matrix flip(int size, int axis) {
  std::vector<Exact> signs(size, Exact(1));
  signs[axis] = Exact(-1);
  return Matrix::diagonal(signs);
}

/// so(p, q) for the metric with p times one sign and then q times the other: E_ji - E_ij turns e_i to e_j in a plane of
/// one sign, E_ji + E_ij boosts. The planes of neighbours generate the others.
static void addRotations(GroupBuilder &builder, int p, int q) {
  for (int i = 0; i < p + q; ++i)
    for (int j = i + 1; j < p + q; ++j) {
      bool boost = i < p && j >= p;
      Generator &generator =
          builder.add((boost ? "the boost in the plane " : "the rotation in the plane ") + pairText(i, j), Kind::Lie);
      generator.implied = j > i + 1;
      generator.matrix = sparse(p + q, {{j, i, Exact(1)}, {i, j, Exact(boost ? 1 : -1)}});
    }
}

/// SO(p, q) has a second component, reached by turning one axis of each sign around; O(p, q) has each reflection.
static void addReflections(GroupBuilder &builder, bool special, int p, int q) {
  if (special && q > 0) {
    Generator &both = builder.add("the reflection of axes 0 and " + std::to_string(p), Kind::Component);
    both.matrix = flip(p + q, 0) * flip(p + q, p);
  }
  if (special)
    return;
  builder.add("the reflection of axis 0", Kind::Component).matrix = flip(p + q, 0);
  if (q > 0)
    builder.add("the reflection of axis " + std::to_string(p), Kind::Component).matrix = flip(p + q, p);
}

static void addTranslations(GroupBuilder &builder, int d) {
  for (int axis = 0; axis < d; ++axis) {
    Generator &generator = builder.add("the translation along axis " + std::to_string(axis), Kind::Lie);
    generator.matrix = Matrix(d);
    generator.translation.assign(d, Exact(0));
    generator.translation[axis] = Exact(1);
    generator.implied = axis > 0; // the rotations turn one into the others
  }
}

/// sl(n) by the shears of neighbours; gl(n) has one scaling more, and its other component one reflection.
static void addLinear(GroupBuilder &builder, int n, bool special) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      if (i == j)
        continue;
      Generator &shear =
          builder.add("the shear of axis " + std::to_string(i) + " along axis " + std::to_string(j), Kind::Lie);
      shear.implied = std::abs(i - j) > 1;
      shear.matrix = sparse(n, {{j, i, Exact(1)}});
    }
  if (special)
    return;
  builder.add("the scaling of axis 0", Kind::Lie).matrix = sparse(n, {{0, 0, Exact(1)}});
  builder.add("the reflection of axis 0", Kind::Component).matrix = flip(n, 0);
}

/// sp(2m) for J = [[0, 1], [-1, 0]]: matrices [[A, B], [C, -A^T]], B and C symmetric. B and C generate A.
static void addSymplectic(GroupBuilder &builder, int size) {
  int m = size / 2;
  for (int i = 0; i < m; ++i)
    for (int j = i; j < m; ++j)
      for (bool upper : {true, false}) {
        Generator &shear =
            builder.add((upper ? "the drift of pair " : "the kick of pair ") + pairText(i, j), Kind::Lie);
        int row = upper ? 0 : m, column = upper ? m : 0;
        shear.matrix = sparse(size, {{row + i, column + j, Exact(1)}});
        if (i != j)
          shear.matrix.add(row + j, column + i, Exact(1));
      }
}

/// u(n) on (real parts, imaginary parts): A + i B as [[A, -B], [B, A]], A skew and B symmetric, without trace for
/// su(n).
static void addUnitary(GroupBuilder &builder, int n, bool special) {
  auto add = [&](const std::string &name, llvm::ArrayRef<Matrix::Entry> real, llvm::ArrayRef<Matrix::Entry> imaginary) {
    Matrix &matrix = builder.add(name, Kind::Lie).matrix;
    matrix = Matrix(2 * n);
    for (const Matrix::Entry &entry : real)
      for (int block : {0, n})
        matrix.add(block + entry.row, block + entry.column, entry.value);
    for (const Matrix::Entry &entry : imaginary) {
      matrix.add(n + entry.row, entry.column, entry.value);
      matrix.add(entry.row, n + entry.column, -entry.value);
    }
  };
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      add("the rotation in the plane " + pairText(i, j), {{j, i, Exact(1)}, {i, j, Exact(-1)}}, {});
      add("the mixing of components " + pairText(i, j), {}, {{i, j, Exact(1)}, {j, i, Exact(1)}});
    }
  for (int i = 0; i + 1 < n; ++i)
    add("the opposite phases of components " + pairText(i, i + 1), {}, {{i, i, Exact(1)}, {i + 1, i + 1, Exact(-1)}});
  if (!special)
    add("the phase of component 0", {}, {{0, 0, Exact(1)}});
}

static Group::Kind kindOf(llvm::StringRef name) {
  static constexpr std::pair<llvm::StringRef, Group::Kind> kinds[] = {
      {"SO", Group::Kind::SpecialOrthogonal}, {"O", Group::Kind::Orthogonal},     {"SE", Group::Kind::SpecialEuclidean},
      {"E", Group::Kind::Euclidean},          {"GL", Group::Kind::GeneralLinear}, {"SL", Group::Kind::SpecialLinear},
      {"Sp", Group::Kind::Symplectic},        {"U", Group::Kind::Unitary},        {"SU", Group::Kind::SpecialUnitary}};
  for (auto [known, kind] : kinds)
    if (known == name)
      return kind;
  return Group::Kind::Trivial;
}

GroupRef nn::symmetry::classicalGroup(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  int d = int(sizes[0]), q = sizes.size() > 1 ? int(sizes[1]) : 0;
  std::string text = (name + "(" + llvm::Twine(d) + (q ? ", " + std::to_string(q) : "") + ")").str();
  GroupBuilder builder(kindOf(name), text, sizes);
  bool unitary = name == "U" || name == "SU";
  builder.dimension(unitary ? 2 * d : d + q);
  if (name == "SO" || name == "O" || name == "SE" || name == "E") {
    addRotations(builder, d, q);
    if (name == "SE" || name == "E")
      addTranslations(builder, d);
    addReflections(builder, name == "SO" || name == "SE", d, q);
  } else if (name == "GL" || name == "SL") {
    addLinear(builder, d, name == "SL");
  } else if (name == "Sp") {
    addSymplectic(builder, d);
  } else {
    addUnitary(builder, d, name == "SU");
  }
  return builder.finish();
}

// Real irreducible representations of turns of the plane and of space.
#include "Symmetry/RepresentationBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <complex>

using namespace nn::symmetry;
using Kind = Group::Kind;

namespace {
/// `2x1o`: two copies of degree 1 with odd parity.
struct Term {
  int64_t copies = 1;
  int64_t degree = 0;
  std::optional<int> parity; ///< 1 for e, -1 for o
};
} // namespace

static std::optional<std::vector<Term>> parseTerms(llvm::StringRef text) {
  text.consume_front("irrep(") && text.consume_back(")");
  std::vector<Term> terms;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, '+');
  for (llvm::StringRef part : parts) {
    Term &term = terms.emplace_back();
    part = part.trim();
    if (part.contains('x')) {
      auto [copies, rest] = part.split('x');
      if (copies.trim().getAsInteger(10, term.copies) || term.copies < 1)
        return std::nullopt;
      part = rest.trim();
    }
    if (part.ends_with("e") || part.ends_with("o")) {
      term.parity = part.ends_with("e") ? 1 : -1;
      part = part.drop_back();
    }
    if (part.getAsInteger(10, term.degree) || term.degree < 0)
      return std::nullopt;
  }
  return terms;
}

/// The rotation about axis x (0), y (1) or z (2) on real spherical harmonics of degree l: the derivative -i J in the
/// basis sin(m phi), .., 1, .., cos(m phi), ordered m = -l .. l. With J+ |m> = sqrt(l(l+1) - m(m+1)) |m+1>, every entry
/// is 0, an integer, or a root of an integer over 2, so that four times its square says exactly which.
static Matrix harmonicRotation(int l, int axis) {
  using Complex = std::complex<double>;
  int size = 2 * l + 1;
  auto grid = [&] { return std::vector<std::vector<Complex>>(size, std::vector<Complex>(size)); };
  auto generator = grid(), basis = grid();
  for (int m = -l; m <= l; ++m) {
    int k = m + l;
    if (axis == 2)
      generator[k][k] = Complex(0, -m);
    if (axis == 2 || m == l)
      continue;
    double raise = std::sqrt(double(l * (l + 1) - m * (m + 1)));
    // J_x = (J+ + J-) / 2, J_y = (J+ - J-) / 2i.
    generator[k + 1][k] = axis == 0 ? Complex(0, -raise / 2) : Complex(-raise / 2);
    generator[k][k + 1] = axis == 0 ? Complex(0, -raise / 2) : Complex(raise / 2);
  }
  basis[l][l] = 1;
  for (int m = 1; m <= l; ++m) {
    double odd = m % 2 ? -1 : 1;
    basis[l + m][l + m] = odd / std::sqrt(2.0); // cos(m phi): ((-1)^m |m> + |-m>) / sqrt(2)
    basis[l - m][l + m] = 1 / std::sqrt(2.0);
    basis[l + m][l - m] = Complex(0, -odd / std::sqrt(2.0)); // sin(m phi): i (|-m> - (-1)^m |m>) / sqrt(2)
    basis[l - m][l - m] = Complex(0, 1 / std::sqrt(2.0));
  }
  Matrix result(size);
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < size; ++c) {
      Complex sum;
      for (int i = 0; i < size; ++i)
        for (int j = 0; j < size; ++j)
          sum += std::conj(basis[i][r]) * generator[i][j] * basis[j][c];
      int64_t square = std::llround(4 * sum.real() * sum.real());
      if (square)
        result.add(r, c, Exact(sum.real() < 0 ? -1 : 1) * *Exact::sqrt(Rational(square, 4)));
    }
  return result;
}

/// The reflection of axis x: the inversion, which is the parity, after the half turn about x, which takes cos(m phi) to
/// (-1)^(l + m) cos(m phi) and sin(m phi) to its negative times that.
static Matrix harmonicReflection(int l, int parity) {
  std::vector<Exact> signs;
  for (int m = -l; m <= l; ++m)
    signs.push_back(Exact(parity * ((l + m) % 2 ? -1 : 1) * (m < 0 ? -1 : 1)));
  return Matrix::diagonal(signs);
}

/// One degree of SO(3) or O(3). Degree 1 has the axes x, y, z in this order, as vectors have.
static Matrix spaceBlock(const Generator &generator, int l, int parity) {
  bool lie = generator.kind == Generator::Kind::Lie;
  if (!generator.translation.empty())
    return Matrix(2 * l + 1);
  if (l == 0)
    return lie ? Matrix(1) : Exact(parity) * Matrix::identity(1);
  if (l == 1)
    return lie ? generator.matrix : Exact(-parity) * generator.matrix;
  if (!lie)
    return harmonicReflection(l, parity);
  // Turning x to y is about z, y to z about x, and x to z about y backwards.
  if (generator.matrix.at(1, 0).isOne())
    return harmonicRotation(l, 2);
  return generator.matrix.at(2, 1).isOne() ? harmonicRotation(l, 0) : Exact(-1) * harmonicRotation(l, 1);
}

/// Degree l of turns of the plane, on cos(l phi), sin(l phi): one component for l = 0, and for a half turn, l = k / 2.
static Matrix planeBlock(const Group &group, const Generator &generator, int64_t l, int parity, bool single) {
  bool finite = group.kind() == Kind::Turns || group.kind() == Kind::Dihedral;
  int size = single ? 1 : 2;
  if (!generator.translation.empty())
    return Matrix(size);
  if (generator.kind == Generator::Kind::Lie)
    return Exact(single ? 0 : l) * generator.matrix;
  bool reflection = generator.kind == Generator::Kind::Component || &generator == &group.generators().back();
  reflection &= group.kind() != Kind::Turns;
  if (reflection && single)
    return Matrix::diagonal({Exact(parity)});
  if (reflection) // of axis 1: phi -> -phi; of axis 0: phi -> pi - phi
    return Exact(!finite && l % 2 ? -1 : 1) * Matrix::diagonal({Exact(1), Exact(-1)});
  if (single)
    return Matrix::diagonal({Exact(l == 0 ? 1 : -1)});
  Exact c = Exact::cosine(l, group.sizes()[0]), s = Exact::sine(l, group.sizes()[0]);
  return Matrix::fromRows({{c, -s}, {s, c}});
}

namespace {
/// What is known of the irreducible representations of a group.
struct Family {
  bool plane = false;
  bool space = false;
  bool reflects = false;
  bool finite = false;
  int64_t most = 8; ///< the largest degree
};
} // namespace

static Family familyOf(const Group &group) {
  Family family;
  bool special = group.kind() == Kind::SpecialOrthogonal || group.kind() == Kind::SpecialEuclidean;
  bool full = group.kind() == Kind::Orthogonal || group.kind() == Kind::Euclidean;
  bool turns = group.kind() == Kind::Turns || group.kind() == Kind::Dihedral;
  bool metric = group.sizes().size() > 1;
  family.plane = turns || ((special || full) && !metric && group.dimension() == 2);
  family.space = (special || full) && !metric && group.dimension() == 3;
  family.reflects = full || group.kind() == Kind::Dihedral;
  family.finite = turns;
  if (family.plane)
    family.most = turns ? group.sizes()[0] / 2 : 1000;
  return family;
}

/// What is wrong with a term, if anything.
static std::optional<std::string> wrongTerm(const Group &group, const Family &family, const Term &term) {
  if (term.degree > family.most)
    return ("the degrees of irreps of " + group.text() + " go up to " + llvm::Twine(family.most) +
            ", and this one is " + llvm::Twine(term.degree))
        .str();
  if (term.parity && !family.reflects)
    return (group.text() + " has no reflections, so that its irreps have no parity: write `" +
            llvm::Twine(term.degree) + "`")
        .str();
  if (term.parity && family.plane && term.degree > 0)
    return (group.text() + " has parity in degree 0 only: write `" + llvm::Twine(term.degree) + "`").str();
  return std::nullopt;
}

/// How many components one copy of a term has: one of a half turn, which only changes signs.
static int64_t componentsOf(const Group &group, const Family &family, const Term &term) {
  bool halfTurn = family.finite && 2 * term.degree == group.sizes()[0];
  if (family.plane)
    return term.degree == 0 || halfTurn ? 1 : 2;
  return 2 * term.degree + 1;
}

/// What every component is multiplied by under inversion; without a letter, degrees have the parity of harmonics.
static int parityOf(const Family &family, const Term &term) {
  return term.parity.value_or(family.space && term.degree % 2 ? -1 : 1);
}

/// The direct sum of the terms' blocks.
static Action directSumOf(const Group &group, const Family &family, llvm::ArrayRef<Term> terms) {
  Action action;
  for (const Generator &generator : group.generators()) {
    Matrix matrix;
    for (const Term &term : terms) {
      int parity = parityOf(family, term);
      bool single = componentsOf(group, family, term) == 1;
      for (int64_t copy = 0; copy < term.copies; ++copy)
        matrix = directSum(matrix, family.plane ? planeBlock(group, generator, term.degree, parity, single)
                                                : spaceBlock(generator, int(term.degree), parity));
    }
    action.moves.push_back(matrixMove(generator, std::move(matrix)));
  }
  bool alike = llvm::all_of(terms, [&](const Term &t) { return parityOf(family, t) == parityOf(family, terms[0]); });
  if (family.space && group.kind() == Kind::Orthogonal && alike)
    action.inversion = parityOf(family, terms[0]);
  return action;
}

llvm::Expected<Action> nn::symmetry::irreducibleAction(const GroupRef &group, int64_t extent, llvm::StringRef name) {
  if (group->kind() == Kind::Semidirect)
    return throughTurns(*group, extent, irreducibleAction(group->parts()[1], extent, name));
  std::optional<std::vector<Term>> terms = parseTerms(name);
  if (!terms)
    return refusal("`" + name +
                   "` names no representation: there are defining, regular, trivial, sign, vector, dual, " +
                   "conjugation, irrep(l), and sums such as `\"1o + 0e\"`");
  Family family = familyOf(*group);
  if (!family.plane && !family.space)
    return refusal("irreps are known of SO(2), O(2), SO(3), O(3), C(k) and D(k), and not of " + group->text());
  int64_t size = 0;
  for (const Term &term : *terms) {
    if (std::optional<std::string> wrong = wrongTerm(*group, family, term))
      return refusal(*wrong);
    size += std::min<int64_t>(term.copies, 1 << 24) * componentsOf(*group, family, term);
  }
  if (size != extent)
    return refusal("`" + name + "` of " + group->text() + " has " + llvm::Twine(size) +
                   " components, and this axis has " + llvm::Twine(extent));
  return directSumOf(*group, family, *terms);
}

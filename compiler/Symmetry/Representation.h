/// How a group moves the cells of a tensor.
#pragma once

#include "Symmetry/Group.h"

namespace nn::symmetry {

/// A group and how each of its generators moves the cells of a space: axes of these extents, row-major, that one
/// element moves together.
class Representation {
public:
  GroupRef group() const { return actingGroup; }
  llvm::ArrayRef<int64_t> extents() const { return axes; }
  llvm::StringRef name() const { return representationName; } ///< "defining", "regular", "irrep(1)", "1o + 0e"
  int cells() const { return cellCount; }
  /// One for each generator of the group, in the same order.
  llvm::ArrayRef<Move> moves() const { return generatorMoves; }
  /// The largest class of a move. Whether offsets are there is apart.
  MoveClass moveClass() const;
  bool isAffine() const;                  ///< whether translations add to it, as to points
  bool isDual() const { return onForms; } ///< whether it acts on linear forms, whose offsets are what they send to 0
  bool isTrivial() const;
  /// The scalar, 1 or -1, by which the group's inversion x -> -x acts, if the group has it and it acts by a scalar.
  std::optional<int> inversion() const { return inversionSign; }

  /// How linear forms on the space move: what an axis that an equation sums over carries. The same for orthogonal
  /// moves.
  Representation dual() const;
  /// word applied to the values of all cells, in f64. Linear or affine.
  std::vector<double> apply(const Word &word, std::vector<double> values) const;

private:
  friend struct RepresentationBuilder;
  GroupRef actingGroup;
  std::vector<int64_t> axes;
  std::string representationName;
  int cellCount = 1;
  std::vector<Move> generatorMoves;
  std::optional<int> inversionSign;
  bool onForms = false;
};

/// Where the cells of a space along these axes lie in a tensor, row-major: a list for each copy of it.
std::vector<std::vector<int64_t>> copiesOf(llvm::ArrayRef<int> axes, llvm::ArrayRef<int64_t> extents);

/// The representation that `name` says, on a space of these extents; or why there is none.
///
/// - `` or `defining`: S(n), Z(n) and generated permutations permute an axis of n; shifts, and turns with k = 1, 2, 4,
/// a
///   grid; C(k) and D(k) turn an axis of 2 as a plane and permute an axis of k as a polygon; matrix groups act on an
///   axis of their dimension, and signed permutation matrices on a grid; SE and E move an axis of d as a point, and act
///   on one of d + 1 in homogeneous coordinates; a semidirect product acts on its grid, and by its turns on an axis of
///   directions; a product acts on runs of axes, one for each factor; several axes alike are a tensor product.
/// - `vector`: of SE and E, without their translations.
/// - `regular`: an axis with a cell for each element (of a semidirect product: for each turn).
/// - `trivial`; `sign`: of a permutation, a turn or reflection, the determinant.
/// - `irrep(l)`, `1o + 0e`, `2x1 + 0`: real irreducible representations of SO(2), O(2), C(k), D(k), SO(3), O(3), and
/// sums.
/// - `quotient(H)`: an axis with a cell for each coset of a subgroup H of a finite group; `induced(H, name)`: one with
/// the
///   cells of a representation of H for each coset.
/// - `conjugation`: two axes as A -> S A S^-1. `dual`: of the defining one.
llvm::Expected<Representation> represent(GroupRef group, llvm::ArrayRef<int64_t> extents, llvm::StringRef name = "");

/// The representation by a matrix for each generator (of a Lie generator the derivative); refused if relations of a
/// finite group, or brackets of a Lie group, do not hold for them.
llvm::Expected<Representation> representBy(const GroupRef &group, llvm::ArrayRef<int64_t> extents,
                                           llvm::ArrayRef<Matrix> matrices);

} // namespace nn::symmetry

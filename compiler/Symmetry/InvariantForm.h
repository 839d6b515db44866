/// Invariant tensors as code computes them: which sums, reads or products make the tensor of its coefficients.
#pragma once

#include "Symmetry/Solver.h"

namespace nn::symmetry {

/// How a tensor is made of one coefficient for each basis tensor. Cells are those of the acted axes, row-major; every
/// other axis is a multiplicity.
struct InvariantForm {
  enum class Kind {
    /// S(n) on single axes: W[i, j, ..] = sum[t] coefficient[t] * [the indices within each block of t are equal]. The
    /// terms are the set partitions of the axes into at most n blocks; they span the same space as the orbits do.
    Equalities,
    /// Z(n), shifts: W[i, j] = coefficient[(j - i) mod n], likewise over grids and for more spaces than two.
    Differences,
    Sharing, ///< W[cell] = sign[cell] * coefficient[sharing[cell]]
    Dense,   ///< W[cell] = sum[b] coefficient[b] * vectors[b, cell], with orthonormal vectors
  };
  Kind kind = Kind::Dense;
  /// Axes, extents and dimension; sharing, signs and vectors are there for the last two kinds only.
  InvariantBasis basis;
  /// How many cells each orbit has, by its number; 1 for each of the vectors of kind Dense. A tensor that is w on one
  /// orbit and 0 elsewhere has the norm |w| sqrt(size).
  std::vector<double> orbitSizes;

  /// Of kind Equalities: for each term and acted axis the first axis with the same index, as positions in `axes`.
  std::vector<std::vector<int>> terms;
  /// Of kind Equalities, dimension x dimension: the coefficients of a tensor by its values on the orbits. Orbit t is
  /// where the indices within the blocks of term t are equal, and no others.
  std::vector<double> fromOrbits;

  /// Of kind Differences: the acted axes of the first space, as positions in `axes`, and for each acted axis the axis
  /// of the first space that moves like it. Coefficients run over the acted axes that are not in the first space.
  std::vector<int> origin;
  std::vector<int> movesLike;
};

/// Solves for the tensors of these extents that the symmetries keep, in the most structured form there is. Where S(n)
/// permutes single axes no cell is looked at, so that n may be large. Errors are sentences for the user.
llvm::Expected<InvariantForm> solveForm(llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<TensorSymmetry> symmetries);

/// The coefficients of a tensor's projection on the invariant ones, by its sums over the cells of each term; dimension
/// x dimension. Of kind Equalities only.
std::vector<double> projectionFromSums(const InvariantForm &form);

/// Whether a tensor over the acted cells is invariant, up to rounding.
bool isInvariant(const InvariantForm &form, llvm::ArrayRef<double> cells);

/// "a I + b 11^T", "circulant(a0 .. a5)", "15 coefficients".
std::string describe(const InvariantForm &form);

} // namespace nn::symmetry

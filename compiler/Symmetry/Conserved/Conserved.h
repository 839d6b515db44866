// What gradient flow conserves.
//
// Note [Conserved quantities]
// Let the objective L stay as it is while the weights w move along a linear vector field A w + b. Then (A w + b) . grad
// L is 0, so that along the flow dw/dt = -grad L nothing changes Q if grad Q = A w + b. Such a Q exists where A is
// symmetric: it is w . A w / 2 + b . w (Noether's theorem for gradient flow; Du, Hu and Lee, Algorithmic regularization
// in learning deep homogeneous models, 2018; Kunin et al., Neural mechanics, 2021). Scalings of a unit's weights give
// differences of squares, general linear maps of the units between two linear layers a symmetric matrix of them, shifts
// a sum. What a rotation keeps is no function of the weights.
//
// The fields are found by calculation: the derivatives of L along the generators of every index of every parameter, at
// random weights and examples, and the linear relations among them that are there at all of these. Each is confirmed at
// others. Descent in steps of length h changes Q by the order of h^2 a step, so that at equal times the drift is
// proportional to h.
#pragma once

#include "Symmetry/Conserved/WeightView.h"

namespace nn::conserved {

/// Numbers that stay, one for each value of an index.
struct Quantity {
  enum class Kind : uint8_t {
    Squares,  ///< sums of squares of what an index i picks
    Products, ///< sums of products of what i and j pick, for i and j of one block
    Sums,     ///< sums over an index
  };
  /// A view and what it counts for.
  struct Term {
    int64_t coefficient;
    WeightView view;
  };
  Kind kind;
  std::vector<Term> terms;
  std::vector<int64_t> blockOf; ///< for each value of the index; empty: each by itself
  double error = 0;             ///< the largest derivative along the symmetry, relative to the sum of absolute terms
  int64_t count = 0;            ///< how many numbers it is, as far as they differ
};

struct Conservation {
  std::vector<Quantity> exact;
  std::vector<Quantity> nearly;    ///< of single units, with errors between rounding and `nearError`
  std::vector<unsigned> unreached; ///< parameters with a gradient of 0
};

/// An error above rounding in double precision, and one that is too large to speak of a symmetry.
inline constexpr double exactError = 1e-9, nearError = 1e-3;

/// Nothing if the step cannot be run on random examples.
std::optional<Conservation> findConserved(const Objective &objective);

/// The values of a quantity at these weights, those of `Products` block by block.
std::vector<double> valuesOf(const Quantity &quantity, llvm::ArrayRef<std::vector<double>> weights);

/// The equation: "(sum[k] net.W[i, k] ^ 2) - (sum[k] net.V[k, i] ^ 2) for each i < 4".
std::string describe(const Quantity &quantity, llvm::ArrayRef<Objective::Parameter> parameters);
/// The symmetry it belongs to: "scaling index i of net.W by s, of net.V by 1 / s".
std::string describeSymmetry(const Quantity &quantity, llvm::ArrayRef<Objective::Parameter> parameters);

} // namespace nn::conserved

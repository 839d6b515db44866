/// The tensors that groups keep: dimension exactly, and a basis in the most structured form there is.
#pragma once

#include "Symmetry/Representation.h"

namespace nn::symmetry {

/// How a group moves some axes of a tensor: their positions, in the order of the representation's extents.
struct AxesAction {
  std::vector<int> axes;
  Representation representation;
};

/// One group and all the spaces of a tensor that the same element moves. `invariant under G, H` is two of these.
struct TensorSymmetry {
  GroupRef group;
  std::vector<AxesAction> actions;
};

/// A group element applied to a whole tensor, row-major, in f64: each space by its representation, other axes stay.
std::vector<double> act(llvm::ArrayRef<AxesAction> actions, llvm::ArrayRef<int64_t> extents, const Word &word,
                        std::vector<double> values);
/// The derivative of exp(t X) applied to a tensor, at t = 0: `generator` is the number of X, a Lie generator.
std::vector<double> velocity(llvm::ArrayRef<AxesAction> actions, llvm::ArrayRef<int64_t> extents, int generator,
                             llvm::ArrayRef<double> values);

/// The tensors over the acted axes that every generator keeps. Other axes are multiplicities: each of their cells has
/// coefficients of its own.
struct InvariantBasis {
  std::vector<int> axes;        ///< the acted axes, ascending
  std::vector<int64_t> extents; ///< theirs
  int64_t cells = 1;            ///< of the acted axes, row-major
  int64_t dimension = 0;

  /// Whether the basis vectors have no cell in common and entries 1 and -1: cell c holds signs[c] *
  /// coefficient[sharing[c]], or 0 where sharing[c] is -1. Coefficients are numbered by their first cell, where the
  /// sign is 1.
  bool isSharing = false;
  std::vector<int> sharing;
  std::vector<int8_t> signs;

  /// An orthonormal basis, dimension x cells; empty if `isSharing`.
  std::vector<double> vectors;

  /// Why nothing but 0 is kept, as a sentence; empty if something is.
  std::string reason;
};

/// Solves for the invariant tensors of these extents. The spaces of one group may share no axis; those of several
/// groups may. A representation whose translations add to points has no invariant tensors on its own; its dual, of an
/// axis that an equation sums over, asks that the form sends every translation to 0. Errors are sentences for the user.
llvm::Expected<InvariantBasis> solveInvariants(llvm::ArrayRef<int64_t> extents,
                                               llvm::ArrayRef<TensorSymmetry> symmetries);

/// A basis as people write it, or a pattern of letters if it is small: "a I + b 11^T", "circulant(a0 .. a5)",
/// "[a b; b a]"; otherwise "15 coefficients".
std::string describe(const InvariantBasis &basis);

} // namespace nn::symmetry

// How one element of a group moves a tensor: what the prover carries from equation to equation.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nn::symmetry {

/// What moves axes of one kind. A permutation may be any at all (then what is proved holds for the whole group and every
/// extent), or one that is known; a matrix is any of its class.
struct Mover {
  enum class Kind : uint8_t {
    Permutation, ///< of an axis: (g x)[pi(i)] = x[i]
    Matrix,      ///< of the components of a vector: (g x)[i] = sum[j] R[i, j] x[j]
  };
  Kind kind = Kind::Permutation;
  std::string name;            ///< "S(n)", "C(4) by regular": for people
  std::vector<int64_t> image;  ///< of a permutation that is known; empty: any
  bool preservesDot = true;    ///< of a matrix: R^T R = 1, so that the dual of a vector is a vector
  bool preservesVolume = true; ///< of a matrix: det R = 1, so that the alternating tensor stays
};

/// Several axes of a tensor that are moved as one grid: the entry at p goes to `turn` p + `shift`, modulo the extents
/// where the grid is a torus.
struct GridMove {
  llvm::SmallVector<unsigned, 2> axes;
  llvm::SmallVector<llvm::SmallVector<int64_t, 2>, 2> turn; ///< a signed permutation matrix
  llvm::SmallVector<int64_t, 2> shift;
  bool torus = false;

  bool operator==(const GridMove &other) const {
    return axes == other.axes && turn == other.turn && shift == other.shift && torus == other.torus;
  }
};

/// What happens to one axis.
struct AxisMove {
  enum class Kind : uint8_t {
    Fixed,   ///< nothing
    Uniform, ///< the tensor is the same all along it: any move of the axis leaves it
    Moved,   ///< by a mover
    Grid,    ///< it belongs to one of the action's grids
  };
  Kind kind = Kind::Fixed;
  unsigned mover = 0;
  bool dual = false; ///< by R^-T instead of R

  bool operator==(const AxisMove &other) const {
    return kind == other.kind && (kind != Kind::Moved || (mover == other.mover && dual == other.dual));
  }
};

/// How an element moves one tensor.
struct Action {
  llvm::SmallVector<AxisMove> axes;
  llvm::SmallVector<GridMove, 1> grids;
  std::optional<unsigned> values; ///< the values are indices, which this mover permutes
  bool odd = false;               ///< all entries change their sign
  double weight = 0;              ///< of a point: how much of the translation is added, along `pointAxis`
  unsigned pointAxis = 0;

  static Action fixed(size_t rank);
  static Action uniform(size_t rank);
  /// Nothing changes, whatever the element.
  bool isTrivial() const;
  /// Like `isTrivial`, but axes may also be uniform or not: the values themselves stay.
  bool operator==(const Action &other) const;
};

/// Whether an action of a result is the one that is wanted; uniform axes are also fixed ones.
bool meets(const Action &found, const Action &wanted, llvm::ArrayRef<Mover> movers);

/// "axis 0 moves with S(n)": the moves of a tensor in words.
std::string describe(const Action &action, llvm::ArrayRef<Mover> movers);

} // namespace nn::symmetry

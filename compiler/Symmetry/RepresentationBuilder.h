/// How the files of Representation put one together.
#pragma once

#include "Symmetry/Representation.h"

namespace nn::symmetry {

/// What a representation is made of before it has its axes.
struct Action {
  std::vector<Move> moves; ///< one for each generator
  std::optional<int> inversion;
};

/// The only way to write the fields of a Representation.
struct RepresentationBuilder {
  static Representation build(GroupRef group, llvm::ArrayRef<int64_t> extents, std::string name, Action action);
};

/// The identity on `cells` cells, in the form that the generator needs: for a Lie generator the zero derivative.
Move identityMove(const Generator &generator, int cells);
/// The identity, or the change of sign of every cell; of a Lie generator, zero.
Move signMove(const Generator &generator, int cells, int sign);
/// The move by a matrix, or for a Lie generator its derivative.
Move matrixMove(const Generator &generator, Matrix matrix);

/// A semidirect product by the action of its turns, if there is one: a shift moves no direction.
llvm::Expected<Action> throughTurns(const Group &group, int64_t cells, llvm::Expected<Action> turns);

/// The default action; see `represent`.
llvm::Expected<Action> definingAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents);
/// `irrep(l)`, `1o + 0e`.
llvm::Expected<Action> irreducibleAction(const GroupRef &group, int64_t extent, llvm::StringRef name);

/// What the representation of the subgroup `part` on cells / cosets cells that `name` says induces, coset by coset.
llvm::Expected<Action> inducedAction(const GroupRef &group, const GroupRef &part, int64_t cells, llvm::StringRef name);

/// "4", "3 x 5".
std::string extentsText(llvm::ArrayRef<int64_t> extents);

} // namespace nn::symmetry

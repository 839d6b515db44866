// Moves of tensors: comparison and words.
#include "Symmetry/Prover/Action.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace nn::prover {

Action Action::fixed(size_t rank) {
  Action action;
  action.axes.resize(rank);
  return action;
}

Action Action::uniform(size_t rank) {
  Action action = fixed(rank);
  for (AxisMove &axis : action.axes)
    axis.kind = AxisMove::Kind::Uniform;
  return action;
}

bool Action::isTrivial() const {
  auto stays = [](const AxisMove &axis) {
    return axis.kind == AxisMove::Kind::Fixed || axis.kind == AxisMove::Kind::Uniform;
  };
  return llvm::all_of(axes, stays) && !values && !odd && weight == 0;
}

bool Action::operator==(const Action &other) const {
  return axes == other.axes && grids == other.grids && values == other.values && odd == other.odd &&
         weight == other.weight && (weight == 0 || pointAxis == other.pointAxis);
}

/// The same move of an axis; a uniform axis may be said to move, but not as components of a vector do.
static bool meets(const AxisMove &found, const AxisMove &wanted, llvm::ArrayRef<Mover> movers) {
  if (found.kind == AxisMove::Kind::Uniform)
    return wanted.kind != AxisMove::Kind::Moved || movers[wanted.mover].kind == Mover::Kind::Permutation;
  bool sides = found.kind == AxisMove::Kind::Moved && movers[found.mover].kind == Mover::Kind::Matrix &&
               movers[found.mover].preservesDot;
  if (sides)
    return wanted.kind == AxisMove::Kind::Moved && wanted.mover == found.mover;
  return found == wanted;
}

bool meets(const Action &found, const Action &wanted, llvm::ArrayRef<Mover> movers) {
  if (found.values != wanted.values || found.odd != wanted.odd || found.weight != wanted.weight ||
      (wanted.weight != 0 && found.pointAxis != wanted.pointAxis))
    return false;
  for (auto [own, other] : llvm::zip_equal(found.axes, wanted.axes))
    if (!meets(own, other, movers))
      return false;
  // A grid all of whose axes are uniform moves in any way.
  for (const GridMove &grid : wanted.grids) {
    bool free = llvm::all_of(grid.axes, [&](unsigned a) { return found.axes[a].kind == AxisMove::Kind::Uniform; });
    if (!free && !llvm::is_contained(found.grids, grid))
      return false;
  }
  return true;
}

std::string describe(const Action &action, llvm::ArrayRef<Mover> movers) {
  std::vector<std::string> parts;
  for (auto [k, axis] : llvm::enumerate(action.axes))
    if (axis.kind == AxisMove::Kind::Moved)
      parts.push_back("axis " + std::to_string(k) + " moves with " + movers[axis.mover].name +
                      (axis.dual && !movers[axis.mover].preservesDot ? " (dual)" : ""));
  for (const GridMove &grid : action.grids) {
    std::vector<std::string> names;
    for (unsigned axis : grid.axes)
      names.push_back(std::to_string(axis));
    parts.push_back((names.size() == 1 ? "axis " : "axes ") + llvm::join(names, ", ") + " move as a " +
                    (grid.torus ? "torus" : "grid"));
  }
  if (action.values)
    parts.push_back("values move with " + movers[*action.values].name);
  if (action.odd)
    parts.push_back("the sign changes");
  if (action.weight != 0)
    parts.push_back(action.weight == 1 ? "translations add" : "translations add by a factor");
  return parts.empty() ? "nothing moves" : llvm::join(parts, ", ");
}

} // namespace nn::prover

// What a claim declares: how a generator of its group moves the inputs and the outputs.
#include "Symmetry/Replay/Replay.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::replay {

using symmetry::Matrix;
using symmetry::Move;
using Kind = AxisMove::Kind;

/// The cells of these axes move as the representation says: as permutations, or by the product of an axis' matrices.
/// What is accounted for becomes still in `rest`.
bool Replay::isDeclared(const Action &action, ArrayRef<int64_t> shape, const SpaceSpec &space, Action &rest) {
  SmallVector<int64_t> extents;
  for (int64_t axis : space.axes)
    extents.push_back(shape[axis]);
  if (space.values)
    extents = {group->degree()};
  auto representation = symmetry::represent(group, extents, space.values ? "" : space.by);
  if (!representation)
    return refuse(llvm::toString(representation.takeError()));
  const Move &move = representation->moves()[generator];
  if (space.values) {
    rest.values.reset();
    for (int64_t point = 0; point < move.size(); ++point)
      if ((action.values ? moveIndex(*action.values, point) : point) != move.image()[point])
        return refuse("indices do not move as declared");
    return !action.values || movers[*action.values].extent == move.size();
  }
  Action own;
  own.axes.resize(shape.size());
  bool matrices = !move.isPermutation();
  for (int64_t axis : space.axes) {
    matrices |= isMatrix(action.axes[axis]);
    std::swap(own.axes[axis], rest.axes[axis]);
  }
  llvm::erase_if(rest.grids, [&](const Grid &grid) {
    bool inside = llvm::all_of(grid.axes, [&](int64_t axis) { return llvm::is_contained(space.axes, axis); });
    if (inside)
      own.grids.push_back(grid);
    return inside;
  });
  if (representation->isAffine() && space.axes.size() == 1 && rest.weight == 1 && rest.point == space.axes[0])
    rest.weight = rest.point = 0;
  else if (!move.offset.empty())
    return refuse("a translation adds nothing");
  if (!matrices) {
    bool negative = move.hasSigns();
    rest.odd ^= negative;
    for (int64_t cell = 0; cell < move.size(); ++cell) {
      Place place(shape.size(), 0), within = placeOf(cell, extents), image = placeOf(move.image()[cell], extents);
      for (auto [k, axis] : llvm::enumerate(space.axes))
        place[axis] = within[k];
      Place moved = movePlace(own, shape, place);
      for (auto [k, axis] : llvm::enumerate(space.axes))
        if (moved[axis] != image[k] || (move.sign(cell) == -1) != negative || own.axes[axis].kind == Kind::Same)
          return refuse("cells do not move as declared");
    }
    return true;
  }
  std::optional<Move> product;
  for (int64_t axis : space.axes) {
    const AxisMove &one = own.axes[axis];
    Move factor =
        move.isDerivative() ? Move::derivative(Matrix(shape[axis])) : Move::matrix(Matrix::identity(shape[axis]));
    if (isMatrix(one))
      factor = one.dual ? movers[one.mover].matrix->dual() : *movers[one.mover].matrix;
    else if (one.kind != Kind::Stays)
      return refuse("an axis moves by no matrix");
    product = product ? tensorProduct(*product, factor) : factor;
  }
  return (product && product->asMatrix() == move.asMatrix()) || refuse("an axis moves by another matrix than declared");
}

/// The tensor `leaf` of this shape moves as the claim says.
bool Replay::isDeclared(const Action &action, ArrayRef<int64_t> shape, const ActionSpec &spec, unsigned leaf,
                        bool result) {
  Action rest = action, still;
  still.axes.resize(shape.size());
  for (SpaceSpec space : spec.spaces) {
    if (space.leaf != leaf || space.result != result)
      continue;
    bool whole =
        space.values || group->kind() == symmetry::Group::Kind::Sign || space.by == "trivial" || space.by == "sign";
    int64_t extent = group->dimension() ? group->dimension() : group->degree();
    for (auto [axis, own] : llvm::enumerate(shape)) // without named axes, the one that the group can move
      if (space.axes.empty() && !whole && llvm::count(shape, extent) <= 1 && (own == extent || shape.size() == 1))
        space.axes = {int64_t(axis)};
    if ((space.axes.empty() && !whole) || !isDeclared(action, shape, space, rest))
      return refuse("a tensor moves in another way than declared");
  }
  return rest == still || refuse("a tensor moves in another way than declared");
}

} // namespace nn::replay

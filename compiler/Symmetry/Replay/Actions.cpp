// Movers and actions, and the constants that they leave as they are. Entries are moved one by one.
#include "Interpreter/Interpreter.h"
#include "Symmetry/Replay/Replay.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::replay {

using symmetry::Exact;
using symmetry::Matrix;
using symmetry::Move;
using Kind = AxisMove::Kind;

// ---- where entries go

int64_t Replay::moveIndex(int64_t mover, int64_t index) const {
  const Mover &own = movers[mover];
  if (own.kind == Mover::Kind::Merged)
    return cellOf(movePlace(own.factors, own.extents, placeOf(index, own.extents)), own.extents);
  return own.kind == Mover::Kind::Matrix ? index : own.image[index];
}

Place Replay::movePlace(const Action &action, ArrayRef<int64_t> shape, ArrayRef<int64_t> place) const {
  Place moved(place);
  for (auto [axis, move] : llvm::enumerate(action.axes))
    if (move.kind == Kind::Moves)
      moved[axis] = moveIndex(move.mover, place[axis]);
  for (const Grid &grid : action.grids)
    for (auto [a, axis] : llvm::enumerate(grid.axes)) {
      moved[axis] = grid.shift[a];
      for (auto [b, from] : llvm::enumerate(grid.axes))
        moved[axis] += grid.turn[a][b] * place[from];
      if (grid.torus)
        moved[axis] = ((moved[axis] % shape[axis]) + shape[axis]) % shape[axis];
    }
  return moved;
}

bool Replay::goesTo(const Action &action, ArrayRef<int64_t> shape, ArrayRef<int64_t> place,
                    ArrayRef<int64_t> moved) const {
  Place wanted = movePlace(action, shape, place);
  return llvm::all_of(llvm::seq(shape.size()),
                      [&](size_t axis) { return action.axes[axis].kind == Kind::Same || wanted[axis] == moved[axis]; });
}

/// The tensor is what it was.
bool Replay::isStill(const Action &action) const {
  return llvm::all_of(action.axes, [](const AxisMove &axis) { return axis.kind <= Kind::Same; }) && !action.values &&
         !action.odd && action.weight == 0;
}

/// A tensor that is the same along an axis also moves in any way along it, except by matrices.
bool Replay::implies(const Action &found, const Action &wanted) const {
  Action own = found;
  for (auto [move, other] : llvm::zip_equal(own.axes, wanted.axes))
    if (move.kind == Kind::Same && !isMatrix(other))
      move = other;
  for (const Grid &grid : wanted.grids)
    if (llvm::all_of(grid.axes, [&](int64_t axis) { return found.axes[axis].kind == Kind::Same; }))
      own.grids.push_back(grid);
  return own == wanted;
}

/// What is written makes sense for a tensor or a box of this shape, and moves its entries onto each other.
bool Replay::checkAction(const Action &action, ArrayRef<int64_t> shape) {
  auto isKnown = [&](int64_t mover) { return mover >= 0 && mover < int64_t(movers.size()); };
  size_t onGrids = 0;
  if (action.axes.size() != shape.size())
    return refuse("a tensor has another number of axes");
  for (auto [axis, move] : llvm::enumerate(action.axes)) {
    onGrids += move.kind == Kind::Grid;
    if (move.kind == Kind::Moves && (!isKnown(move.mover) || movers[move.mover].extent != shape[axis] ||
                                     (move.dual && (!isMatrix(move) || movers[move.mover].orthogonal))))
      return refuse("an axis moves by what it does not fit");
  }
  for (auto [number, grid] : llvm::enumerate(action.grids)) {
    size_t rank = grid.axes.size(), turned = 0, from = 0;
    bool wraps = false;
    if (rank == 0 || rank > onGrids || grid.shift.size() != rank || grid.turn.size() != rank ||
        !llvm::is_sorted(grid.axes) || (number > 0 && grid.axes[0] < action.grids[number - 1].axes[0]))
      return refuse("a grid is out of order");
    for (auto [axis, shift, row] : llvm::zip_equal(grid.axes, grid.shift, grid.turn)) {
      bool own = axis >= 0 && axis < int64_t(shape.size()) && action.axes[axis].kind == Kind::Grid;
      if (!own || row.size() != rank || shift < 0 || shift >= shape[axis])
        return refuse("a grid has an axis that is none of it");
      wraps |= shift != (llvm::is_contained(row, -1) ? shape[axis] - 1 : 0);
    }
    // No part of it moves by itself, and none stays.
    do
      from = llvm::find_if(grid.turn[from], [](int64_t entry) { return entry != 0; }) - grid.turn[from].begin();
    while (from != 0 && from < rank && ++turned < rank);
    if (from != 0 || turned + 1 != rank || grid.torus != wraps ||
        (rank == 1 && grid.turn[0][0] == 1 && grid.shift[0] == 0))
      return refuse("a grid stays or falls into parts, or is no torus");
    onGrids -= rank;
  }
  bool isPoint = action.point >= 0 && action.point < int64_t(shape.size()) && isMatrix(action.axes[action.point]);
  if (onGrids != 0 || (action.weight == 0 ? action.point != 0 : !isPoint) ||
      (action.values && (!isKnown(*action.values) || movers[*action.values].kind == Mover::Kind::Matrix)))
    return refuse("an action is none");
  std::vector<bool> hit(cellsOf(shape), false);
  for (int64_t cell = 0; cell < int64_t(hit.size()); ++cell) {
    Place moved = movePlace(action, shape, placeOf(cell, shape));
    if (!isInside(moved, shape) || hit[cellOf(moved, shape)])
      return refuse("entries do not move onto each other");
    hit[cellOf(moved, shape)] = true;
  }
  return true;
}

/// Tables are permutations, and matrices those of the representation.
bool Replay::checkMovers() {
  for (Mover &mover : movers) {
    if (mover.kind == Mover::Kind::Any) {
      llvm::append_range(mover.image, group->generators()[generator].permutation);
      if (element.generator || group->kind() != symmetry::Group::Kind::Symmetric)
        return refuse("only S(n) has every permutation");
    }
    if (mover.kind == Mover::Kind::Merged) {
      const Action &factors = mover.factors;
      if (!llvm::all_of(mover.extents, [](int64_t extent) { return extent > 0; }) ||
          !checkAction(factors, mover.extents) || isStill(factors) || factors.odd || factors.values ||
          llvm::any_of(factors.axes, [&](const AxisMove &axis) { return isMatrix(axis) || axis.kind == Kind::Same; }))
        return refuse("merged axes do not move as one");
      mover.extent = cellsOf(mover.extents); // only now: it is no factor of itself
    } else if (mover.kind == Mover::Kind::Matrix) {
      auto representation = symmetry::represent(group, {mover.extent}, mover.by);
      if (!representation)
        return refuse(llvm::toString(representation.takeError()));
      bool orthogonal = true;
      for (auto [g, move] : llvm::enumerate(representation->moves())) {
        Matrix own = move.asMatrix(), transpose = own.transpose();
        if (!element.generator || int64_t(g) == generator)
          orthogonal &= move.isDerivative() ? own + transpose == Matrix(own.size())
                                            : own * transpose == Matrix::identity(own.size());
      }
      mover.matrix = representation->moves()[generator];
      if (mover.orthogonal != orthogonal)
        return refuse("matrices are orthogonal, or are not");
    } else {
      mover.extent = mover.image.size();
      std::vector<int64_t> sorted = mover.image;
      llvm::sort(sorted);
      if (!llvm::equal(sorted, llvm::seq<int64_t>(0, mover.extent)))
        return refuse("a table is no permutation");
    }
  }
  return true;
}

// ---- constants

/// Whether each entry of a constant is where `action` takes it: entries by permutations, exactly; then, in fractions,
/// an element's matrices leave the tensor, and of a direction of the algebra the derivative vanishes.
bool Replay::keeps(Value constant, const Action &action) const {
  ArrayRef<int64_t> shape = shapeOf(constant);
  auto values = interpreter::constantOf(constant);
  if (!values || action.odd || action.values || action.weight != 0)
    return false;
  std::vector<Exact> start, moved, derivative(values->size(), Exact(0));
  for (int64_t cell = 0; cell < int64_t(values->size()); ++cell) {
    if (!((*values)[cellOf(movePlace(action, shape, placeOf(cell, shape)), shape)] == (*values)[cell]))
      return false;
    start.push_back(Exact::ofDouble((*values)[cell]));
  }
  moved = start;
  bool any = false;
  for (auto [axis, move] : llvm::enumerate(action.axes)) {
    if (!isMatrix(move))
      continue;
    any = true;
    Move own = move.dual ? movers[move.mover].matrix->dual() : *movers[move.mover].matrix;
    std::vector<Exact> next = own.asMatrix().alongAxis(own.isDerivative() ? start : moved, shape, axis);
    for (size_t cell = 0; cell < next.size(); ++cell)
      (own.isDerivative() ? derivative : moved)[cell] = own.isDerivative() ? derivative[cell] + next[cell] : next[cell];
  }
  return !any || (moved == start && derivative == std::vector<Exact>(start.size(), Exact(0)));
}

} // namespace nn::replay

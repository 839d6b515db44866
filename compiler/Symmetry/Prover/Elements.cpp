// From groups and representations to moves of axes.
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Prover/BoxSolver.h"

#include "llvm/ADT/STLExtras.h"

namespace nn::prover {

using Kind = Group::Kind;

/// Groups of matrices that are proved for all at once.
static bool isMatrixGroup(const Group &group) {
  switch (group.kind()) {
  case Kind::SpecialOrthogonal:
  case Kind::Orthogonal:
  case Kind::SpecialEuclidean:
  case Kind::Euclidean:
  case Kind::GeneralLinear:
  case Kind::SpecialLinear:
  case Kind::Symplectic:
  case Kind::Unitary:
  case Kind::SpecialUnitary:
    return true;
  default:
    return false;
  }
}

/// Its matrix is orthogonal, R^T R = 1, or a direction of such. Scalings of single components are not.
static bool preservesDot(const Move &move) {
  return move.moveClass() <= MoveClass::Orthogonal && move.moveClass() != MoveClass::PositiveMonomial;
}

static std::vector<double> dense(const Matrix &matrix) {
  std::vector<double> values(size_t(matrix.size()) * matrix.size(), 0);
  for (const Matrix::Entry &entry : matrix.entries())
    values[entry.row * matrix.size() + entry.column] = entry.value.toDouble();
  return values;
}

llvm::Expected<GroupElements> GroupElements::of(const ActionSpec &action, bool oneByOne) {
  auto group = parseGroup(action.group);
  if (!group)
    return group.takeError();
  GroupElements made;
  made.actingGroup = *group;
  made.written = action.written;
  made.byTables = llvm::any_of(action.spaces, [](const SpaceSpec &space) { return space.values; });
  const Group &own = **group;
  if (own.kind() == Kind::Symmetric && !oneByOne)
    made.all.push_back({"every permutation", std::nullopt, {}});
  else if (isMatrixGroup(own))
    made.all.push_back({"every element", std::nullopt, {}});
  else
    for (auto [k, generator] : llvm::enumerate(own.generators()))
      made.all.push_back({generator.name, int(k), {}});
  return made;
}

unsigned GroupElements::moverFor(Element &element, Mover mover) {
  auto same = [&](const Mover &known) {
    return known.kind == mover.kind && known.name == mover.name && known.image == mover.image &&
           known.preservesDot == mover.preservesDot && known.components == mover.components &&
           known.algebra == mover.algebra;
  };
  auto found = llvm::find_if(element.movers, same);
  if (found != element.movers.end())
    return found - element.movers.begin();
  element.movers.push_back(std::move(mover));
  return element.movers.size() - 1;
}

llvm::Expected<Representation> representSpace(GroupRef group, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space) {
  llvm::SmallVector<int64_t> extents;
  for (int64_t axis : space.axes)
    extents.push_back(shape[axis]);
  return represent(std::move(group), extents, space.by);
}

/// A whole group of matrices, or all permutations.
llvm::Error GroupElements::moveByAll(Element &element, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space,
                                     Action &action) {
  const Group &group = *actingGroup;
  bool symmetric = group.kind() == Kind::Symmetric;
  Mover mover;
  mover.name = written + (space.by.empty() || space.by == "dual" || space.by == "vector" ? "" : " by " + space.by);
  if (symmetric && !space.by.empty() && space.by != "defining") {
    auto representation = representSpace(actingGroup, shape, space); // one that there is not is refused as such
    return representation ? refusal("a proof for all permutations by `" + space.by + "` is not known")
                          : representation.takeError();
  }
  if (!symmetric)
    mover.kind = Mover::Kind::Matrix;
  else
    mover.points = group.degree();
  if (space.values) {
    action.values = moverFor(element, mover);
    return llvm::Error::success();
  }
  bool defining = space.by.empty() || space.by == "defining" || space.by == "vector" || space.by == "dual" ||
                  space.by == "conjugation";
  for (auto [k, axis] : llvm::enumerate(space.axes)) {
    // Each axis is moved by itself: several alike are a tensor product.
    SpaceSpec one = space;
    one.axes = {axis};
    if (space.by == "conjugation")
      one.by = k == 0 ? "" : "dual";
    auto representation = representSpace(actingGroup, shape, one);
    if (!representation)
      return representation.takeError();
    if (representation->isTrivial())
      continue;
    if (!symmetric)
      mover.preservesDot = llvm::all_of(representation->moves(), preservesDot);
    bool lies = !symmetric && defining;
    for (auto [generator, move] : llvm::zip(group.generators(), representation->moves())) {
      if (!lies || !generator.translation.empty())
        continue;
      std::vector<double> matrix =
          dense(representation->isDual() || one.by == "dual" ? move.dual().asMatrix() : move.asMatrix());
      (move.isDerivative() ? mover.algebra : mover.components).push_back(matrix);
    }
    unsigned number = moverFor(element, mover);
    action.axes[axis] = {AxisMove::Kind::Moved, number, one.by == "dual"};
    if (representation->isAffine()) {
      action.weight = 1;
      action.pointAxis = axis;
    }
  }
  return llvm::Error::success();
}

/// A permutation of the cells of a grid as a turn and a shift of it, if it is one.
static std::optional<GridMove> asGrid(llvm::ArrayRef<int> image, llvm::ArrayRef<int64_t> extents, bool torus) {
  size_t rank = extents.size();
  auto place = [&](int64_t cell) {
    llvm::SmallVector<int64_t, 2> at(rank);
    for (size_t k = rank; k-- > 0; cell /= extents[k])
      at[k] = cell % extents[k];
    return at;
  };
  GridMove grid;
  grid.torus = torus;
  grid.shift = place(image[0]);
  grid.turn.assign(rank, llvm::SmallVector<int64_t, 2>(rank, 0));
  int64_t stride = 1;
  for (size_t k = rank; k-- > 0; stride *= extents[k]) {
    grid.axes.push_back(0);
    if (extents[k] == 1) {
      grid.turn[k][k] = 1;
      continue;
    }
    llvm::SmallVector<int64_t, 2> unit = place(image[stride]);
    for (size_t a = 0; a < rank; ++a) {
      int64_t step = unit[a] - grid.shift[a];
      if (torus && step != 0)
        step = (step % extents[a] + extents[a]) % extents[a] == 1 ? 1 : -1;
      grid.turn[a][k] = step;
    }
  }
  for (int64_t cell = 0; cell < int64_t(image.size()); ++cell) {
    llvm::SmallVector<int64_t, 2> from = place(cell), to = place(image[cell]);
    for (size_t a = 0; a < rank; ++a) {
      int64_t expected = grid.shift[a];
      for (size_t b = 0; b < rank; ++b)
        expected += grid.turn[a][b] * from[b];
      if (torus)
        expected = (expected % extents[a] + extents[a]) % extents[a];
      if (expected != to[a])
        return std::nullopt;
    }
  }
  return grid;
}

llvm::Error GroupElements::moveByGenerator(Element &element, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space,
                                           Action &action) {
  llvm::SmallVector<int64_t> extents;
  for (int64_t axis : space.axes)
    extents.push_back(shape[axis]);
  auto representation = space.values ? represent(actingGroup, {int64_t(actingGroup->degree())}, "")
                                     : represent(actingGroup, extents, space.by);
  if (!representation)
    return representation.takeError();
  const Move &move = representation->moves()[*element.generator];
  if (move.isIdentity())
    return llvm::Error::success();
  std::string name = written + (space.by.empty() ? "" : " by " + space.by);
  if (move.isPermutation() && move.hasSigns()) {
    bool all = true;
    for (int cell = 0; cell < move.size(); ++cell)
      all &= move.sign(cell) == -1 && move.image()[cell] == cell;
    if (all) {
      action.odd = !action.odd;
      return llvm::Error::success();
    }
    if (space.values || space.axes.size() != 1)
      return refusal("a proof for a permutation with signs is not known");
  }
  // One with signs is an orthogonal matrix like others.
  if (move.isPermutation() && !move.hasSigns()) {
    Mover table;
    table.name = name;
    table.image.assign(move.image().begin(), move.image().end());
    table.points = int64_t(table.image.size());
    if (space.values) {
      action.values = moverFor(element, table);
      return llvm::Error::success();
    }
    bool alone = space.axes.size() == 1;
    for (bool torus : {false, true})
      if (auto grid = asGrid(move.image(), extents, torus); grid && !(alone && byTables)) {
        for (auto [own, axis] : llvm::zip(grid->axes, space.axes))
          own = axis;
        for (const GridMove &part : simplest(*grid)) {
          action.grids.push_back(part);
          for (unsigned axis : part.axes)
            action.axes[axis].kind = AxisMove::Kind::Grid;
        }
        return llvm::Error::success();
      }
    if (!alone)
      return refusal("a proof for a permutation of a grid that is no turn and no shift is not known");
    action.axes[space.axes[0]] = {AxisMove::Kind::Moved, moverFor(element, table), false};
    return llvm::Error::success();
  }
  if (space.axes.size() != 1)
    return refusal("a proof for a matrix on several axes is not known");
  Mover mover;
  mover.kind = Mover::Kind::Matrix;
  mover.name = name;
  mover.preservesDot = preservesDot(move);
  (move.isDerivative() ? mover.algebra : mover.components).push_back(dense(move.asMatrix()));
  action.axes[space.axes[0]] = {AxisMove::Kind::Moved, moverFor(element, mover), space.by == "dual"};
  return llvm::Error::success();
}

llvm::Expected<SpaceSpec> withAxes(const Group &group, llvm::ArrayRef<int64_t> shape, SpaceSpec space) {
  if (!space.axes.empty() || space.values || group.kind() == Kind::Sign || space.by == "trivial" || space.by == "sign")
    return space;
  int64_t extent = group.dimension() ? group.dimension() : group.degree();
  for (auto [axis, own] : llvm::enumerate(shape))
    if (own == extent || shape.size() == 1)
      space.axes.push_back(axis);
  if (space.axes.size() == 1)
    return space;
  return refusal(llvm::Twine(group.text()) + " moves an axis of " + llvm::Twine(extent) +
                 " entries, and the tensor has " + (space.axes.empty() ? "none" : "several") +
                 ": name it, as in `on x.0`");
}

llvm::Expected<Action> GroupElements::move(size_t e, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<SpaceSpec> spaces) {
  Action action = Action::fixed(shape.size());
  Element &element = all[e];
  for (const SpaceSpec &written : spaces) {
    auto space = withAxes(*actingGroup, shape, written);
    if (!space)
      return space.takeError();
    if (llvm::Error error = element.generator ? moveByGenerator(element, shape, *space, action)
                                              : moveByAll(element, shape, *space, action))
      return std::move(error);
  }
  return action;
}

} // namespace nn::prover

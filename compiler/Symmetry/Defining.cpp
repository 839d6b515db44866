// The actions that need no name: of permutations on points, of turns on grids, of matrices on vectors, of motions on
// points.
#include "Symmetry/GroupBuilder.h"
#include "Symmetry/RepresentationBuilder.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::symmetry;
using Kind = Group::Kind;

/// Whether x -> -x is an element of a group of matrices.
static bool hasInversion(const Group &group) {
  switch (group.kind()) {
  case Kind::Orthogonal:
  case Kind::GeneralLinear:
  case Kind::Symplectic:
  case Kind::Unitary:
    return true;
  case Kind::SpecialOrthogonal:
    return group.dimension() % 2 == 0;
  case Kind::SpecialLinear:
  case Kind::SpecialUnitary:
    return group.sizes()[0] % 2 == 0;
  default:
    return false;
  }
}

static Action permutationAction(const Group &group) {
  Action action;
  for (const Generator &generator : group.generators())
    action.moves.push_back(Move::permutation(generator.permutation));
  return action;
}

static Action matrixAction(const Group &group) {
  Action action;
  for (const Generator &generator : group.generators())
    action.moves.push_back(matrixMove(generator, generator.matrix));
  if (hasInversion(group))
    action.inversion = -1;
  return action;
}

/// SE(d) and E(d) on an axis of d, whose translations add, or of d + 1 in homogeneous coordinates (x, 1).
static llvm::Expected<Action> motionAction(const Group &group, int64_t extent) {
  int d = group.dimension();
  if (extent != d && extent != d + 1)
    return refusal(group.text() + " moves points of " + llvm::Twine(d) + " coordinates, and this axis has " +
                   llvm::Twine(extent));
  Action action;
  for (const Generator &generator : group.generators()) {
    bool lie = generator.kind == Generator::Kind::Lie;
    Matrix matrix = extent == d ? generator.matrix : directSum(generator.matrix, lie ? Matrix(1) : Matrix::identity(1));
    for (int row = 0; extent > d && row < int(generator.translation.size()); ++row)
      matrix.add(row, d, generator.translation[row]);
    Move move = matrixMove(generator, std::move(matrix));
    if (extent == d)
      move.offset = generator.translation;
    action.moves.push_back(std::move(move));
  }
  return action;
}

/// Shifts of a grid of so many multiples of the sizes, by as many entries at a time: sZ(s n). The extents are
/// multiples.
static Action stridedShifts(const Group &group, llvm::ArrayRef<int64_t> extents) {
  Action action;
  int64_t cells = 1;
  for (int64_t extent : extents)
    cells *= extent;
  int64_t inner = cells;
  for (auto [extent, size] : llvm::zip_equal(extents, group.sizes())) {
    inner /= extent;
    std::vector<int> image;
    for (int64_t cell = 0; cell < cells; ++cell) {
      int64_t place = cell / inner % extent, moved = (place + extent / size) % extent;
      image.push_back(int(cell + (moved - place) * inner));
    }
    action.moves.push_back(Move::permutation(std::move(image)));
  }
  return action;
}

/// Whether each extent is a multiple of the size of its axis.
static bool isStrided(const Group &group, llvm::ArrayRef<int64_t> extents) {
  bool shifts = group.kind() == Kind::Cyclic || group.kind() == Kind::Shifts;
  return shifts && extents.size() == group.sizes().size() &&
         llvm::all_of(llvm::zip_equal(extents, group.sizes()),
                      [](auto pair) { return std::get<0>(pair) > 0 && std::get<0>(pair) % std::get<1>(pair) == 0; });
}

/// What a group does on one axis.
static llvm::Expected<Action> axisAction(const GroupRef &group, int64_t extent) {
  if (group->kind() == Kind::SpecialEuclidean || group->kind() == Kind::Euclidean)
    return motionAction(*group, extent);
  if (group->kind() == Kind::Semidirect && extent != group->degree())
    return throughTurns(*group, extent, definingAction(group->parts()[1], {extent}));
  if (group->dimension() == extent && extent > 0)
    return matrixAction(*group);
  if (group->degree() == extent && extent > 0)
    return permutationAction(*group);
  if (isStrided(*group, {extent}))
    return stridedShifts(*group, {extent});
  std::string wants;
  if (group->degree())
    wants = "permutes an axis of " + std::to_string(group->degree());
  if (group->dimension())
    wants += (wants.empty() ? "acts" : " or acts") + (" on an axis of " + std::to_string(group->dimension())) +
             " components";
  std::string smaller;
  if (group->kind() == Kind::Cyclic && extent > 0 && group->degree() % extent == 0)
    smaller = ": Z(" + std::to_string(extent) + ") moves both, the longer by " +
              std::to_string(group->degree() / extent) + " at a time";
  return refusal(group->text() + " " + (wants.empty() ? "acts on no single axis" : wants) + ", and this one has " +
                 llvm::Twine(extent) + smaller);
}

/// C(k) and D(k) on a grid.
static llvm::Expected<Action> gridAction(const GroupRef &turns, llvm::ArrayRef<int64_t> extents) {
  int64_t k = turns->sizes()[0];
  if (k != 1 && k != 2 && k != 4)
    return refusal(turns->text() +
                   " has no exact action on a grid: its turn takes cells between cells; C(2), C(4), D(1), " +
                   "D(2) and D(4) have one");
  if (k == 4 && extents[0] != extents[1])
    return refusal(turns->text() + " needs a square grid, and this one is " + extentsText(extents));
  Action action;
  for (int g = 0; g < int(turns->generators().size()); ++g)
    action.moves.push_back(Move::permutation(gridMove(*turns, g, extents)));
  return action;
}

/// Signed permutation matrices on a grid about its centre: axis c goes to axis r, backwards if the entry is -1.
static std::optional<Action> latticeAction(const Group &group, llvm::ArrayRef<int64_t> extents) {
  int rank = int(extents.size());
  Action action;
  for (const Generator &generator : group.generators()) {
    Move axes = Move::matrix(generator.matrix);
    if (!axes.isPermutation())
      return std::nullopt;
    int64_t cells = 1;
    for (int axis = 0; axis < rank; ++axis) {
      cells *= extents[axis];
      if (extents[axes.image()[axis]] != extents[axis])
        return std::nullopt;
    }
    std::vector<int> image;
    std::vector<int64_t> place(rank), moved(rank);
    for (int64_t cell = 0; cell < cells; ++cell) {
      int64_t rest = cell, target = 0;
      for (int axis = rank; axis-- > 0; rest /= extents[axis])
        place[axis] = rest % extents[axis];
      for (int axis = 0; axis < rank; ++axis)
        moved[axes.image()[axis]] = axes.sign(axis) > 0 ? place[axis] : extents[axis] - 1 - place[axis];
      for (int axis = 0; axis < rank; ++axis)
        target = target * extents[axis] + moved[axis];
      image.push_back(int(target));
    }
    action.moves.push_back(Move::permutation(std::move(image)));
  }
  return action;
}

/// Every axis by itself, moved by the same element.
static llvm::Expected<Action> tensorPower(const GroupRef &group, llvm::ArrayRef<int64_t> extents) {
  Action result;
  for (auto [axis, extent] : llvm::enumerate(extents)) {
    llvm::Expected<Action> action = axisAction(group, extent);
    if (!action)
      return action.takeError();
    if (llvm::any_of(action->moves, [](const Move &move) { return !move.offset.empty(); }))
      return refusal(group->text() +
                     " moves points, and points do not multiply: say `by vector` for differences of points");
    if (axis == 0) {
      result = std::move(*action);
      continue;
    }
    for (auto [move, next] : llvm::zip(result.moves, action->moves))
      move = tensorProduct(move, next);
    result.inversion = result.inversion ? std::optional(*result.inversion * *action->inversion) : std::nullopt;
  }
  return result;
}

static llvm::Expected<Action> semidirectGrid(const GroupRef &group, llvm::ArrayRef<int64_t> extents) {
  if (extents != group->parts()[0]->sizes())
    return refusal(group->text() + " acts on a grid of " + extentsText(group->parts()[0]->sizes()) +
                   ", and this one is " + extentsText(extents));
  return permutationAction(*group);
}

llvm::Expected<Action> nn::symmetry::definingAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents) {
  int64_t cells = 1;
  for (int64_t extent : extents)
    cells *= extent;
  if (group->kind() == Kind::Sign || group->kind() == Kind::Trivial) {
    Action action;
    for (const Generator &generator : group->generators())
      action.moves.push_back(signMove(generator, int(cells), -1));
    return action;
  }
  if (extents.empty())
    return refusal(group->text() + " acts on axes, and none is given: say `by trivial` or `by sign`");
  if (extents.size() == 1)
    return axisAction(group, extents[0]);
  bool turns = group->kind() == Kind::Turns || group->kind() == Kind::Dihedral;
  if (turns && extents.size() == 2)
    return gridAction(group, extents);
  if (group->kind() == Kind::Semidirect && extents.size() == 2)
    return semidirectGrid(group, extents);
  if (group->kind() == Kind::Shifts) {
    if (isStrided(*group, extents))
      return stridedShifts(*group, extents);
    if (extents != group->sizes())
      return refusal(group->text() + " shifts a grid of " + extentsText(group->sizes()) +
                     " or of multiples, and this one is " + extentsText(extents));
    return permutationAction(*group);
  }
  bool points = group->kind() == Kind::Permutations || group->kind() == Kind::Wreath;
  if (points && cells == group->degree())
    return permutationAction(*group);
  if (group->kind() == Kind::Matrices && int(extents.size()) == group->dimension())
    if (std::optional<Action> action = latticeAction(*group, extents))
      return *action;
  return tensorPower(group, extents);
}

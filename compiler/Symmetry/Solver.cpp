// Invariant tensors: orbits of cells first, and a null space over orbits for what is not a permutation.
#include "Symmetry/Solver.h"

#include "Symmetry/Nullspace.h"
#include "Symmetry/Orbits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace nn::symmetry;

/// More cells than this on the acted axes are not solved.
static constexpr int64_t largestTensor = 1 << 26;
/// And more than this by equations, one for each cell.
static constexpr int64_t largestByEquations = 1 << 22;

namespace {
/// A space of the tensor: where its cells lie among all acted cells.
struct Space {
  std::vector<int64_t> extents, strides; ///< in the acted cells
  const Representation *representation;

  /// What the place of a cell in this space adds to the place in the tensor.
  std::vector<int64_t> offsets() const {
    std::vector<int64_t> result{0};
    for (auto [extent, stride] : llvm::zip(extents, strides)) {
      std::vector<int64_t> next;
      for (int64_t offset : result)
        for (int64_t k = 0; k < extent; ++k)
          next.push_back(offset + k * stride);
      result = std::move(next);
    }
    return result;
  }
  /// Which cell of this space a cell of the tensor is.
  int64_t local(int64_t cell) const {
    int64_t result = 0;
    for (auto [extent, stride] : llvm::zip(extents, strides))
      result = result * extent + cell / stride % extent;
    return result;
  }
};

/// The tensor's acted axes, and the spaces of each symmetry.
struct Layout {
  InvariantBasis basis;
  std::vector<int64_t> strides;
  std::vector<std::vector<Space>> spaces;
};

/// A generator of one symmetry, on the whole tensor.
struct Constraint {
  const Generator *generator;
  std::vector<const Move *> moves; ///< one for each space
  const std::vector<Space> *spaces;

  bool isPermutation() const {
    return llvm::all_of(moves, [](const Move *move) { return move->isPermutation(); });
  }
};

using Row = std::map<int64_t, Exact>;
} // namespace

/// Which axes some space acts on; an error if a space does not fit the tensor.
static llvm::Expected<std::vector<bool>> actedAxes(llvm::ArrayRef<int64_t> extents,
                                                   llvm::ArrayRef<TensorSymmetry> symmetries) {
  std::vector<bool> acted(extents.size());
  for (const TensorSymmetry &symmetry : symmetries) {
    std::vector<bool> own(extents.size());
    for (const AxesAction &action : symmetry.actions)
      for (auto [axis, extent] : llvm::zip_equal(action.axes, action.representation.extents())) {
        if (own[axis])
          return refusal(symmetry.group->text() + " acts twice on axis " + llvm::Twine(axis));
        if (extents[axis] != extent)
          return refusal("axis " + llvm::Twine(axis) + " has " + llvm::Twine(extents[axis]) +
                         " cells, and its action is on " + llvm::Twine(extent));
        own[axis] = acted[axis] = true;
      }
  }
  return acted;
}

static llvm::Expected<Layout> layOut(llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<TensorSymmetry> symmetries) {
  llvm::Expected<std::vector<bool>> acted = actedAxes(extents, symmetries);
  if (!acted)
    return acted.takeError();
  Layout layout;
  InvariantBasis &basis = layout.basis;
  for (auto [axis, extent] : llvm::enumerate(extents))
    if ((*acted)[axis]) {
      basis.axes.push_back(int(axis));
      basis.extents.push_back(extent);
      basis.cells = basis.cells > largestTensor ? basis.cells : basis.cells * extent;
    }
  if (basis.cells > largestTensor)
    return refusal("the axes that the symmetry moves have more than 2^26 cells");
  std::vector<int64_t> strides(extents.size());
  int64_t stride = 1;
  for (int axis : llvm::reverse(basis.axes)) {
    strides[axis] = stride;
    stride *= extents[axis];
  }
  for (const TensorSymmetry &symmetry : symmetries) {
    std::vector<Space> &spaces = layout.spaces.emplace_back();
    for (const AxesAction &action : symmetry.actions) {
      Space &space = spaces.emplace_back();
      space.representation = &action.representation;
      for (int axis : action.axes) {
        space.extents.push_back(extents[axis]);
        space.strides.push_back(strides[axis]);
      }
    }
  }
  return layout;
}

static llvm::Expected<std::vector<Constraint>> collectConstraints(const Layout &layout,
                                                                  llvm::ArrayRef<TensorSymmetry> symmetries) {
  std::vector<Constraint> result;
  for (auto [spaces, symmetry] : llvm::zip(layout.spaces, symmetries))
    for (auto [g, generator] : llvm::enumerate(symmetry.group->generators())) {
      if (generator.implied)
        continue;
      Constraint &constraint = result.emplace_back(Constraint{&generator, {}, &spaces});
      for (const Space &space : spaces) {
        const Move &move = space.representation->moves()[g];
        if (!move.offset.empty() && !space.representation->isDual())
          return refusal(symmetry.group->text() +
                         " moves points here, and no linear combination of points is kept by " +
                         "translations: say `by vector` for differences of points");
        constraint.moves.push_back(&move);
      }
    }
  return result;
}

/// x[image(c)] = sign x[c] for every cell.
static void tieCells(const Constraint &constraint, int64_t cells, Orbits &orbits) {
  std::vector<std::vector<int64_t>> offsets;
  for (const Space &space : *constraint.spaces)
    offsets.push_back(space.offsets());
  for (int64_t cell = 0; cell < cells; ++cell) {
    int64_t target = cell;
    int sign = 1;
    for (auto [space, move, offset] : llvm::zip(*constraint.spaces, constraint.moves, offsets)) {
      int64_t local = space.local(cell);
      target += offset[move->image()[local]] - offset[local];
      sign *= move->sign(int(local));
    }
    orbits.tie(target, cell, sign);
  }
}

/// One row r of the product of the spaces' matrices: of a discrete element without the identity.
static Row elementRow(const Constraint &constraint, int64_t cell,
                      llvm::ArrayRef<std::vector<std::vector<Matrix::Entry>>> rows,
                      llvm::ArrayRef<std::vector<int64_t>> offsets) {
  Row row{{cell, Exact(1)}};
  for (size_t k = 0; k < rows.size(); ++k) {
    int64_t local = (*constraint.spaces)[k].local(cell);
    Row next;
    for (const auto &[at, value] : row)
      for (const Matrix::Entry &entry : rows[k][local])
        next[at + offsets[k][entry.column] - offsets[k][local]] = value * entry.value;
    row = std::move(next);
  }
  auto [own, isNew] = row.try_emplace(cell, Exact(-1));
  if (!isNew)
    own->second = own->second - Exact(1);
  return row;
}

/// One row of the sum of the spaces' derivatives.
static Row derivativeRow(const Constraint &constraint, int64_t cell,
                         llvm::ArrayRef<std::vector<std::vector<Matrix::Entry>>> rows,
                         llvm::ArrayRef<std::vector<int64_t>> offsets) {
  Row row;
  for (size_t k = 0; k < rows.size(); ++k) {
    int64_t local = (*constraint.spaces)[k].local(cell);
    for (const Matrix::Entry &entry : rows[k][local]) {
      Exact &sum = row[cell + offsets[k][entry.column] - offsets[k][local]];
      sum = sum + entry.value;
    }
  }
  return row;
}

/// The row over orbits, if it says anything that `seen` does not have.
static void addRow(const Row &row, Orbits &orbits, const std::vector<int> &orbitNumber,
                   std::map<std::string, bool> &seen, std::vector<LinearEquation> &equations) {
  std::map<int, Exact> sums;
  for (const auto &[cell, value] : row) {
    auto [root, sign] = orbits.root(cell);
    if (orbitNumber[root] < 0)
      continue;
    Exact &sum = sums[orbitNumber[root]];
    sum = sum + Exact(sign) * value;
  }
  LinearEquation equation;
  std::string key;
  for (auto &[unknown, value] : sums)
    if (!value.isZero()) {
      equation.terms.push_back({unknown, value});
      key += std::to_string(unknown) + ":" + value.key() + " ";
    }
  if (!equation.terms.empty() && seen.try_emplace(key, true).second)
    equations.push_back(std::move(equation));
}

/// What a form on points has to satisfy: it sends a translation, the same for every other index, to 0.
static void addOffsetRows(const Constraint &constraint, int64_t cells, Orbits &orbits,
                          const std::vector<int> &orbitNumber, std::map<std::string, bool> &seen,
                          std::vector<LinearEquation> &equations) {
  for (auto [space, move] : llvm::zip(*constraint.spaces, constraint.moves)) {
    if (move->offset.empty())
      continue;
    std::vector<int64_t> offsets = space.offsets();
    for (int64_t cell = 0; cell < cells; ++cell) {
      if (space.local(cell) != 0)
        continue;
      Row row;
      for (auto [k, value] : llvm::enumerate(move->offset))
        if (!value.isZero())
          row[cell + offsets[k] - offsets[0]] = value;
      addRow(row, orbits, orbitNumber, seen, equations);
    }
  }
}

static std::vector<LinearEquation> equationsOf(llvm::ArrayRef<Constraint> constraints, int64_t cells, Orbits &orbits,
                                               const std::vector<int> &orbitNumber) {
  std::vector<LinearEquation> equations;
  std::map<std::string, bool> seen;
  for (const Constraint &constraint : constraints) {
    if (constraint.isPermutation())
      continue;
    std::vector<std::vector<int64_t>> offsets;
    std::vector<std::vector<std::vector<Matrix::Entry>>> rows;
    for (auto [space, move] : llvm::zip(*constraint.spaces, constraint.moves)) {
      offsets.push_back(space.offsets());
      rows.emplace_back(move->size());
      Matrix matrix = move->asMatrix();
      for (const Matrix::Entry &entry : matrix.entries())
        rows.back()[entry.row].push_back(entry);
    }
    bool lie = constraint.generator->kind == Generator::Kind::Lie;
    for (int64_t cell = 0; cell < cells; ++cell)
      addRow(lie ? derivativeRow(constraint, cell, rows, offsets) : elementRow(constraint, cell, rows, offsets), orbits,
             orbitNumber, seen, equations);
    addOffsetRows(constraint, cells, orbits, orbitNumber, seen, equations);
  }
  return equations;
}

/// Numbers the coefficients by their first cell, where the sign becomes 1.
static void numberSharing(InvariantBasis &basis) {
  std::vector<int> number(basis.dimension, -1);
  std::vector<int> sign(basis.dimension, 1);
  int next = 0;
  for (auto [shared, own] : llvm::zip(basis.sharing, basis.signs)) {
    if (shared < 0)
      continue;
    if (number[shared] < 0) {
      number[shared] = next++;
      sign[shared] = own < 0 ? -1 : 1;
    }
    own = int8_t(int(own) * sign[shared]);
    shared = number[shared];
  }
}

namespace {
/// One unknown for each orbit of the permutations that does not vanish.
struct Unknowns {
  Orbits orbits;
  std::vector<int> number;     ///< of a representative; -1 for cells that are none, or vanish
  std::vector<double> weights; ///< how many cells each orbit has

  Unknowns(int64_t cells, llvm::ArrayRef<Constraint> constraints) : orbits(cells), number(cells, -1) {
    for (const Constraint &constraint : constraints)
      if (constraint.isPermutation())
        tieCells(constraint, cells, orbits);
    for (int64_t cell = 0; cell < cells; ++cell) {
      int64_t root = orbits.root(cell).first;
      if (orbits.isZero(root))
        continue;
      if (number[root] < 0) {
        number[root] = int(weights.size());
        weights.push_back(0);
      }
      weights[number[root]] += 1;
    }
  }
};
} // namespace

static void fillSharing(const Nullspace &nullspace, Unknowns &unknowns, InvariantBasis &basis) {
  for (int64_t cell = 0; cell < basis.cells; ++cell) {
    auto [root, sign] = unknowns.orbits.root(cell);
    int orbit = unknowns.number[root];
    basis.sharing.push_back(orbit < 0 ? -1 : nullspace.vectorOf[orbit]);
    basis.signs.push_back(int8_t(orbit < 0 ? 1 : sign * nullspace.signOf[orbit]));
  }
  numberSharing(basis);
}

static void fillVectors(const Nullspace &nullspace, Unknowns &unknowns, InvariantBasis &basis) {
  basis.vectors.resize(size_t(basis.dimension * basis.cells));
  for (int64_t cell = 0; cell < basis.cells; ++cell) {
    auto [root, sign] = unknowns.orbits.root(cell);
    int orbit = unknowns.number[root];
    for (int64_t k = 0; orbit >= 0 && k < basis.dimension; ++k)
      basis.vectors[size_t(k * basis.cells + cell)] =
          sign * nullspace.vectors[size_t(k) * unknowns.weights.size() + orbit];
  }
}

static llvm::Expected<InvariantBasis> solve(const Layout &layout, llvm::ArrayRef<Constraint> constraints) {
  InvariantBasis basis = layout.basis;
  bool permutes = llvm::all_of(constraints, [](const Constraint &constraint) { return constraint.isPermutation(); });
  if (!permutes && basis.cells > largestByEquations)
    return refusal("the axes that the symmetry moves have " + llvm::Twine(basis.cells) +
                   " cells, and matrices are solved up to 2^22");
  Unknowns unknowns(basis.cells, constraints);
  int count = int(unknowns.weights.size());
  llvm::Expected<Nullspace> nullspace =
      solveNullspace(count, equationsOf(constraints, basis.cells, unknowns.orbits, unknowns.number), unknowns.weights);
  if (!nullspace)
    return nullspace.takeError();
  basis.dimension = nullspace->dimension;
  basis.isSharing = nullspace->isSharing;
  if (basis.isSharing)
    fillSharing(*nullspace, unknowns, basis);
  else
    fillVectors(*nullspace, unknowns, basis);
  return basis;
}

/// Why only 0 is kept, found by asking what fewer generators keep.
static llvm::Expected<std::string> reasonOfZero(const Layout &layout, llvm::ArrayRef<Constraint> constraints,
                                                llvm::ArrayRef<TensorSymmetry> symmetries) {
  for (const TensorSymmetry &symmetry : symmetries) {
    int sign = 1;
    bool known = true;
    for (const AxesAction &action : symmetry.actions) {
      known &= action.representation.inversion().has_value();
      sign *= action.representation.inversion().value_or(1);
    }
    if (known && sign < 0)
      return ("the inversion x -> -x lies in " + symmetry.group->text() + " and changes its sign: parity").str();
  }
  for (const Constraint &constraint : constraints) {
    llvm::Expected<InvariantBasis> alone = solve(layout, constraint);
    if (!alone)
      return alone.takeError();
    if (alone->dimension == 0)
      return constraint.generator->name + " alone keeps only 0";
  }
  std::vector<Constraint> connected;
  for (const Constraint &constraint : constraints)
    if (constraint.generator->kind != Generator::Kind::Component)
      connected.push_back(constraint);
  if (connected.size() < constraints.size()) {
    llvm::Expected<InvariantBasis> rest = solve(layout, connected);
    if (!rest)
      return rest.takeError();
    if (rest->dimension > 0)
      return std::string("what the rotations keep changes its sign under reflection: parity");
  }
  return std::string("the only one that every generator keeps is 0");
}

llvm::Expected<InvariantBasis> nn::symmetry::solveInvariants(llvm::ArrayRef<int64_t> extents,
                                                             llvm::ArrayRef<TensorSymmetry> symmetries) {
  llvm::Expected<Layout> layout = layOut(extents, symmetries);
  if (!layout)
    return layout.takeError();
  llvm::Expected<std::vector<Constraint>> constraints = collectConstraints(*layout, symmetries);
  if (!constraints)
    return constraints.takeError();
  llvm::Expected<InvariantBasis> basis = solve(*layout, *constraints);
  if (!basis || basis->dimension > 0)
    return basis;
  llvm::Expected<std::string> reason = reasonOfZero(*layout, *constraints, symmetries);
  if (!reason)
    return reason.takeError();
  basis->reason = *reason;
  return basis;
}

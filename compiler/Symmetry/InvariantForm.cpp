// The structured forms of invariant tensors: index equalities, index differences, shared cells, dense vectors.
#include "Symmetry/InvariantForm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

using namespace nn::symmetry;

/// More set partitions than this (those of five axes) are not written as terms.
static constexpr size_t mostTerms = 52;

// --- Equalities ---

using Partition = std::vector<int>;

/// The partitions of `count` things into at most `blocks` blocks, by the block of each; the coarsest first.
static std::vector<Partition> partitions(size_t count, int64_t blocks) {
  std::vector<Partition> result{{}};
  for (size_t k = 0; k < count; ++k) {
    std::vector<Partition> next;
    for (const Partition &partition : result) {
      int used = partition.empty() ? 0 : *llvm::max_element(partition) + 1;
      for (int block = 0; block <= used && block < blocks; ++block) {
        next.push_back(partition);
        next.back().push_back(block);
      }
      if (next.size() > 4 * mostTerms)
        return next;
    }
    result = std::move(next);
  }
  return result;
}

namespace {
/// The axes that one S(n) permutes, as positions among the acted axes.
struct PermutedAxes {
  int64_t size = 0;
  std::vector<int> places;
};
} // namespace

/// Which axes each S(n) permutes; nothing if some symmetry is another one, or two share an axis.
static std::optional<std::vector<PermutedAxes>>
permutedAxes(llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<TensorSymmetry> symmetries, InvariantBasis &basis) {
  std::vector<int> owner(extents.size(), -1);
  for (auto [number, symmetry] : llvm::enumerate(symmetries)) {
    if (symmetry.group->kind() != Group::Kind::Symmetric)
      return std::nullopt;
    for (const AxesAction &action : symmetry.actions)
      for (int axis : action.axes) {
        bool fits = owner[axis] < 0 && extents[axis] == symmetry.group->sizes()[0];
        if (!fits || action.representation.name() != "defining")
          return std::nullopt;
        owner[axis] = int(number);
      }
  }
  std::vector<PermutedAxes> result(symmetries.size());
  for (size_t axis = 0; axis < extents.size(); ++axis) {
    if (owner[axis] < 0)
      continue;
    result[owner[axis]].size = extents[axis];
    result[owner[axis]].places.push_back(int(basis.axes.size()));
    basis.axes.push_back(int(axis));
    basis.extents.push_back(extents[axis]);
    basis.cells *= extents[axis];
  }
  return result;
}

/// n (n - 1) .. over so many blocks: how many ways there are to give them different indices.
static double orbitSize(int64_t n, const Partition &partition) {
  double size = 1;
  for (int block = 0; block <= *llvm::max_element(partition); ++block)
    size *= double(n - block);
  return size;
}

/// Whether the equalities of term `t` hold on the orbit where those of term `orbit` hold, and no others.
static bool holdsOn(llvm::ArrayRef<int> t, llvm::ArrayRef<int> orbit) {
  return llvm::all_of(llvm::seq<size_t>(0, t.size()), [&](size_t k) { return orbit[k] == orbit[t[k]]; });
}

/// The inverse F of Z, where Z[orbit, term] is 1 if the term holds on the orbit: by inclusion and exclusion, from the
/// orbits where the fewest terms hold to those where the most do. Its entries are integers.
static std::vector<double> invertHolds(const std::vector<std::vector<int>> &terms) {
  size_t n = terms.size();
  std::vector<std::vector<size_t>> holding(n);
  for (size_t orbit = 0; orbit < n; ++orbit)
    for (size_t t = 0; t < n; ++t)
      if (t != orbit && holdsOn(terms[t], terms[orbit]))
        holding[orbit].push_back(t);
  std::vector<size_t> order(n);
  for (size_t k = 0; k < n; ++k)
    order[k] = k;
  llvm::stable_sort(order, [&](size_t a, size_t b) { return holding[a].size() < holding[b].size(); });
  std::vector<double> inverse(n * n);
  for (size_t row : order) {
    inverse[row * n + row] = 1;
    for (size_t t : holding[row])
      for (size_t k = 0; k < n; ++k)
        inverse[row * n + k] -= inverse[t * n + k];
  }
  return inverse;
}

/// The form by equalities; nothing if the symmetries are others, or the terms too many.
static std::optional<InvariantForm> solveEqualities(llvm::ArrayRef<int64_t> extents,
                                                    llvm::ArrayRef<TensorSymmetry> symmetries) {
  InvariantForm form;
  form.kind = InvariantForm::Kind::Equalities;
  auto owners = permutedAxes(extents, symmetries, form.basis);
  if (!owners)
    return std::nullopt;
  form.terms.push_back(std::vector<int>(form.basis.axes.size()));
  form.orbitSizes.push_back(1);
  for (const PermutedAxes &owner : *owners) {
    std::vector<std::vector<int>> terms;
    std::vector<double> sizes;
    for (auto [before, size] : llvm::zip(form.terms, form.orbitSizes))
      for (const Partition &partition : partitions(owner.places.size(), owner.size)) {
        terms.push_back(before);
        sizes.push_back(size * orbitSize(owner.size, partition));
        for (auto [place, block] : llvm::zip(owner.places, partition))
          terms.back()[place] = owner.places[llvm::find(partition, block) - partition.begin()];
        if (terms.size() > mostTerms)
          return std::nullopt;
      }
    form.terms = std::move(terms);
    form.orbitSizes = std::move(sizes);
  }
  form.basis.dimension = int64_t(form.terms.size());
  form.fromOrbits = invertHolds(form.terms);
  return form;
}

std::vector<double> nn::symmetry::projectionFromSums(const InvariantForm &form) {
  // S = Z^T E for the sums E over orbits, whose means are the values on the orbits of the projection.
  size_t n = form.terms.size();
  std::vector<double> result(n * n);
  for (size_t a = 0; a < n; ++a)
    for (size_t b = 0; b < n; ++b)
      for (size_t orbit = 0; orbit < n; ++orbit)
        result[a * n + b] += form.fromOrbits[a * n + orbit] * form.fromOrbits[b * n + orbit] / form.orbitSizes[orbit];
  return result;
}

// --- Differences ---

/// The index of a cell on one acted axis.
static int64_t indexOn(const InvariantBasis &basis, int64_t cell, int place) {
  for (int k = int(basis.extents.size()) - 1; k > place; --k)
    cell /= basis.extents[k];
  return cell % basis.extents[place];
}

/// The coefficient of a cell if it depends on the differences to the first space only.
static int64_t byDifferences(const InvariantForm &form, int64_t cell) {
  int64_t number = 0;
  for (auto [place, like] : llvm::enumerate(form.movesLike)) {
    if (llvm::is_contained(form.origin, int(place)))
      continue;
    int64_t extent = form.basis.extents[place];
    int64_t difference = indexOn(form.basis, cell, int(place)) - indexOn(form.basis, cell, like);
    number = number * extent + (difference + extent) % extent;
  }
  return number;
}

/// Whether a basis by sharing is one by differences; then the fields that say so are filled in.
static bool fillDifferences(llvm::ArrayRef<TensorSymmetry> symmetries, InvariantForm &form) {
  using Kind = Group::Kind;
  bool cyclic = symmetries.size() == 1 && llvm::is_contained({Kind::Cyclic, Kind::Shifts}, symmetries[0].group->kind());
  if (!cyclic || !form.basis.isSharing || llvm::is_contained(form.basis.signs, -1))
    return false;
  auto placeOf = [&](int axis) { return int(llvm::find(form.basis.axes, axis) - form.basis.axes.begin()); };
  std::vector<std::vector<int>> spaces;
  for (const AxesAction &action : symmetries[0].actions)
    llvm::transform(action.axes, std::back_inserter(spaces.emplace_back()), placeOf);
  // The space of the first axis.
  auto first = llvm::find_if(spaces, [](const std::vector<int> &space) { return llvm::is_contained(space, 0); });
  form.origin = *first;
  form.movesLike.assign(form.basis.axes.size(), 0);
  for (const std::vector<int> &space : spaces) {
    if (space.size() != form.origin.size())
      return false;
    for (auto [place, like] : llvm::zip(space, form.origin)) {
      if (form.basis.extents[place] != form.basis.extents[like])
        return false;
      form.movesLike[place] = like;
    }
  }
  for (int64_t cell = 0; cell < form.basis.cells; ++cell)
    if (form.basis.sharing[cell] != byDifferences(form, cell))
      return false;
  return true;
}

// --- All forms ---

llvm::Expected<InvariantForm> nn::symmetry::solveForm(llvm::ArrayRef<int64_t> extents,
                                                      llvm::ArrayRef<TensorSymmetry> symmetries) {
  if (auto form = solveEqualities(extents, symmetries))
    return std::move(*form);
  llvm::Expected<InvariantBasis> basis = solveInvariants(extents, symmetries);
  if (!basis)
    return basis.takeError();
  InvariantForm form;
  form.basis = std::move(*basis);
  form.orbitSizes.assign(form.basis.dimension, form.basis.isSharing ? 0 : 1);
  for (int shared : form.basis.sharing)
    if (shared >= 0)
      ++form.orbitSizes[shared];
  form.kind = form.basis.isSharing ? InvariantForm::Kind::Sharing : InvariantForm::Kind::Dense;
  if (form.basis.dimension > 0 && fillDifferences(symmetries, form))
    form.kind = InvariantForm::Kind::Differences;
  return form;
}

/// The orbit of each cell, of kind Equalities.
static std::vector<int> orbitOfCells(const InvariantForm &form) {
  std::vector<int> orbits(form.basis.cells);
  for (int64_t cell = 0; cell < form.basis.cells; ++cell) {
    auto isOrbit = [&](const std::vector<int> &term) {
      for (size_t a = 0; a < term.size(); ++a)
        for (size_t b = 0; b < a; ++b) {
          bool comparable = form.basis.extents[a] == form.basis.extents[b];
          bool equal = comparable && indexOn(form.basis, cell, int(a)) == indexOn(form.basis, cell, int(b));
          if (term[a] == term[b] && !equal)
            return false;
        }
      return true;
    };
    // The finest of the terms that hold has the most equalities: the fewest different blocks.
    int best = -1;
    size_t fewest = 0;
    for (auto [number, term] : llvm::enumerate(form.terms)) {
      std::vector<int> blocks = term;
      llvm::sort(blocks);
      size_t count = std::unique(blocks.begin(), blocks.end()) - blocks.begin();
      if (isOrbit(term) && (best < 0 || count < fewest)) {
        best = int(number);
        fewest = count;
      }
    }
    orbits[cell] = best;
  }
  return orbits;
}

/// The projection of a tensor on vectors that are orthonormal.
static std::vector<double> project(const InvariantBasis &basis, llvm::ArrayRef<double> cells) {
  std::vector<double> result(cells.size());
  for (int64_t k = 0; k < basis.dimension; ++k) {
    llvm::ArrayRef<double> vector = llvm::ArrayRef(basis.vectors).slice(size_t(k * basis.cells), size_t(basis.cells));
    double product = 0;
    for (auto [a, b] : llvm::zip(vector, cells))
      product += a * b;
    for (auto [sum, entry] : llvm::zip(result, vector))
      sum += product * entry;
  }
  return result;
}

/// The tensor with the mean of its orbit in each cell, and 0 in cells that always hold 0.
static std::vector<double> orbitMeans(const InvariantForm &form, llvm::ArrayRef<int> orbits,
                                      llvm::ArrayRef<double> cells) {
  std::vector<double> sums(form.orbitSizes.size()), result(cells.size());
  auto signOf = [&](size_t cell) { return form.basis.signs.empty() ? 1 : form.basis.signs[cell]; };
  for (size_t cell = 0; cell < cells.size(); ++cell)
    if (orbits[cell] >= 0)
      sums[orbits[cell]] += signOf(cell) * cells[cell];
  for (size_t cell = 0; cell < cells.size(); ++cell)
    if (orbits[cell] >= 0)
      result[cell] = signOf(cell) * sums[orbits[cell]] / form.orbitSizes[orbits[cell]];
  return result;
}

bool nn::symmetry::isInvariant(const InvariantForm &form, llvm::ArrayRef<double> cells) {
  std::vector<double> kept =
      form.kind == InvariantForm::Kind::Dense
          ? project(form.basis, cells)
          : orbitMeans(form, form.kind == InvariantForm::Kind::Equalities ? orbitOfCells(form) : form.basis.sharing,
                       cells);
  double largest = 0;
  for (double cell : cells)
    largest = std::max(largest, std::abs(cell));
  return llvm::all_of(llvm::zip(kept, cells),
                      [&](auto pair) { return std::abs(std::get<0>(pair) - std::get<1>(pair)) <= 1e-9 * largest; });
}

std::string nn::symmetry::describe(const InvariantForm &form) {
  if (form.kind != InvariantForm::Kind::Equalities)
    return describe(form.basis);
  if (form.terms[0].size() == 1)
    return "a 1";
  if (form.terms[0].size() == 2 && form.terms.size() == 2)
    return "a I + b 11^T";
  int64_t dimension = form.basis.dimension;
  return std::to_string(dimension) + (dimension == 1 ? " coefficient" : " coefficients");
}

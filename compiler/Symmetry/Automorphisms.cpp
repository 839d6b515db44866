// Partition refinement, the search for isomorphisms, and the chain of point stabilizers.
#include "Symmetry/Automorphisms.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <map>

using namespace nn::symmetry;

/// Values that a search may read before it gives up: some seconds.
static constexpr int64_t workLimit = 1000000000;

/// An avalanche of bits (the finalizer of SplitMix64). Equal structures get equal hashes; where different ones do, the
/// search only refines less, since every automorphism is checked in the end.
static uint64_t mix(uint64_t hash, uint64_t value) {
  uint64_t z = (hash ^ value) + 0x9e3779b97f4a7c15 + (hash << 6);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// The next tuple of points; false after the last.
static bool nextTuple(std::vector<int> &tuple, int size) {
  for (size_t axis = tuple.size(); axis-- > 0;) {
    if (++tuple[axis] < size)
      return true;
    tuple[axis] = 0;
  }
  return false;
}

bool Structure::isKeptBy(const std::vector<int> &permutation) const {
  for (int point = 0; point < size; ++point)
    if (colors[point] != colors[permutation[point]])
      return false;
  for (const Relation &relation : relations) {
    std::vector<int> tuple(relation.rank);
    size_t cell = 0;
    do {
      size_t moved = 0;
      for (int point : tuple)
        moved = moved * size + permutation[point];
      if (relation.values[cell++] != relation.values[moved])
        return false;
    } while (nextTuple(tuple, size));
  }
  return true;
}

namespace {
using Coloring = std::vector<uint64_t>;

class Search {
public:
  explicit Search(const Structure &structure) : structure(structure) {}

  /// One round: each point's colour and what it sees, for each value that it takes part in.
  Coloring refineOnce(const Coloring &colors);
  Coloring refine(Coloring colors);
  /// An automorphism that takes the first colouring to the second.
  std::optional<std::vector<int>> isomorphism(Coloring from, Coloring to);
  bool isExhausted() const { return work > workLimit; }

private:
  const Structure &structure;
  int64_t work = 0;
};
} // namespace

static size_t countColors(Coloring colors) {
  std::sort(colors.begin(), colors.end());
  return size_t(std::unique(colors.begin(), colors.end()) - colors.begin());
}

static Coloring sorted(Coloring colors) {
  std::sort(colors.begin(), colors.end());
  return colors;
}

static Coloring individualized(Coloring colors, int point) {
  colors[point] = mix(colors[point], 1);
  return colors;
}

Coloring Search::refineOnce(const Coloring &colors) {
  Coloring sums(structure.size);
  for (auto [number, relation] : llvm::enumerate(structure.relations)) {
    work += int64_t(relation.values.size()) * relation.rank;
    // A colour as the k-th of a tuple; sums of these tell places apart.
    std::vector<Coloring> placed(relation.rank, colors);
    for (auto [axis, hashes] : llvm::enumerate(placed))
      for (uint64_t &hash : hashes)
        hash = mix(hash, axis);
    std::vector<int> tuple(relation.rank);
    size_t cell = 0;
    do {
      uint64_t all = 0;
      for (auto [hashes, point] : llvm::zip(placed, tuple))
        all += hashes[point];
      for (int axis = 0; axis < relation.rank; ++axis) {
        uint64_t repeats = 0; // where else in the tuple the point is
        for (int point : tuple)
          repeats = 2 * repeats + (point == tuple[axis]);
        uint64_t kind = ((uint64_t(relation.values[cell]) * 64 + axis) << 8) + repeats + (number << 48);
        sums[tuple[axis]] += mix(all - placed[axis][tuple[axis]], kind);
      }
      ++cell;
    } while (nextTuple(tuple, structure.size));
  }
  for (int point = 0; point < structure.size; ++point)
    sums[point] = mix(colors[point], sums[point]);
  return sums;
}

Coloring Search::refine(Coloring colors) {
  for (size_t count = countColors(colors);;) {
    Coloring next = refineOnce(colors);
    size_t more = countColors(next);
    if (more == count)
      return colors;
    count = more;
    colors = std::move(next);
  }
}

/// A point of the smallest class of several; none if every point has a colour of its own.
static std::optional<int> pointToSplit(const Coloring &colors) {
  std::map<uint64_t, int> sizes;
  for (uint64_t color : colors)
    ++sizes[color];
  std::optional<int> best;
  for (int point = 0; point < int(colors.size()); ++point) {
    int size = sizes[colors[point]];
    if (size > 1 && (!best || size < sizes[colors[*best]]))
      best = point;
  }
  return best;
}

std::optional<std::vector<int>> Search::isomorphism(Coloring from, Coloring to) {
  for (size_t count = countColors(from);;) {
    if (sorted(from) != sorted(to) || isExhausted())
      return std::nullopt;
    Coloring nextFrom = refineOnce(from), nextTo = refineOnce(to);
    size_t more = countColors(nextFrom);
    bool stable = more == count && countColors(nextTo) == count;
    // The last round may tell the two apart without splitting either.
    if (stable && sorted(nextFrom) != sorted(nextTo))
      return std::nullopt;
    if (stable)
      break;
    count = more;
    from = std::move(nextFrom);
    to = std::move(nextTo);
  }
  std::optional<int> point = pointToSplit(from);
  if (!point) {
    std::map<uint64_t, int> place;
    for (auto [k, color] : llvm::enumerate(to))
      place[color] = int(k);
    std::vector<int> permutation;
    for (uint64_t color : from)
      permutation.push_back(place[color]);
    return structure.isKeptBy(permutation) ? std::optional(permutation) : std::nullopt;
  }
  for (int image = 0; image < structure.size; ++image)
    if (to[image] == from[*point])
      if (auto found = isomorphism(individualized(from, *point), individualized(to, image)))
        return found;
  return std::nullopt;
}

/// The orbit of `point` under the generators that fix every point of `base`.
static std::vector<bool> orbitOf(int point, const std::vector<std::vector<int>> &generators,
                                 const std::vector<int> &base) {
  std::vector<bool> orbit(generators.empty() ? point + 1 : generators[0].size());
  std::vector<int> reached{point};
  orbit[point] = true;
  std::vector<const std::vector<int> *> fixing;
  for (const std::vector<int> &generator : generators)
    if (llvm::all_of(base, [&](int fixed) { return generator[fixed] == fixed; }))
      fixing.push_back(&generator);
  for (size_t k = 0; k < reached.size(); ++k)
    for (const std::vector<int> *generator : fixing) {
      int image = (*generator)[reached[k]];
      if (!orbit[image])
        reached.push_back(image);
      orbit[image] = true;
    }
  orbit.resize(std::max(orbit.size(), size_t(point) + 1));
  return orbit;
}

std::optional<Automorphisms> nn::symmetry::automorphisms(const Structure &structure,
                                                         std::vector<std::vector<int>> known) {
  Search search(structure);
  Automorphisms result{std::move(known), {}};
  std::vector<int> base;
  Coloring colors = search.refine(structure.colors);
  while (std::optional<int> point = pointToSplit(colors)) {
    std::vector<bool> orbit = orbitOf(*point, result.generators, base);
    orbit.resize(structure.size);
    for (int image = 0; image < structure.size; ++image) {
      if (orbit[image] || colors[image] != colors[*point])
        continue;
      auto found = search.isomorphism(individualized(colors, *point), individualized(colors, image));
      if (search.isExhausted())
        return std::nullopt;
      if (!found)
        continue;
      result.generators.push_back(std::move(*found));
      orbit = orbitOf(*point, result.generators, base);
    }
    result.orbits.push_back(llvm::count(orbit, true));
    base.push_back(*point);
    colors = search.refine(individualized(colors, *point));
    if (search.isExhausted())
      return std::nullopt;
  }
  return result;
}

/// Automorphisms of coloured relations on points: partition refinement with individualization.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace nn::symmetry {

/// Points with colours, and relations between them: a value for every tuple of `rank` points.
struct Structure {
  struct Relation {
    int rank = 1;
    std::vector<int> values; ///< size^rank, row-major
  };
  int size = 0;
  std::vector<uint64_t> colors; ///< one a point
  std::vector<Relation> relations;

  /// Whether a permutation of the points keeps colours and values.
  bool isKeptBy(const std::vector<int> &permutation) const;
};

struct Automorphisms {
  std::vector<std::vector<int>> generators;
  std::vector<int64_t> orbits; ///< of each base point under what fixes those before it: the order is their product
};

/// The automorphisms of a structure, `known` ones included; none if the search takes too long.
std::optional<Automorphisms> automorphisms(const Structure &structure, std::vector<std::vector<int>> known);

} // namespace nn::symmetry

// Union-find with signs.
#include "Symmetry/Orbits.h"

#include <numeric>

using namespace nn::symmetry;

Orbits::Orbits(int64_t cells) : parent(cells), sign(cells, 1), vanishes(cells) {
  std::iota(parent.begin(), parent.end(), 0);
}

std::pair<int64_t, int> Orbits::root(int64_t cell) {
  while (parent[cell] != cell &&
         parent[parent[cell]] != parent[cell]) { // halve the path once it is longer than one step
    int64_t up = parent[cell];
    sign[cell] = int8_t(sign[cell] * sign[up]);
    parent[cell] = parent[up];
  }
  return {parent[cell], parent[cell] == cell ? 1 : sign[cell]};
}

void Orbits::tie(int64_t a, int64_t b, int between) {
  auto [rootA, signA] = root(a);
  auto [rootB, signB] = root(b);
  int sum = signA * signB * between; // x[rootA] = sum * x[rootB]
  if (rootA == rootB) {
    if (sum < 0)
      vanishes[rootA] = true;
    return;
  }
  // The smaller cell stays the representative.
  if (rootB < rootA)
    std::swap(rootA, rootB);
  parent[rootB] = rootA;
  sign[rootB] = int8_t(sum);
  vanishes[rootA] = vanishes[rootA] || vanishes[rootB];
}

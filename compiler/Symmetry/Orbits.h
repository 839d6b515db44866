/// Cells that permutations tie together, with signs.
#pragma once

#include <cstdint>
#include <vector>

namespace nn::symmetry {

/// Union-find over cells in which x[a] = sign * x[b]. A cell that is tied to its own negative is zero.
class Orbits {
public:
  explicit Orbits(int64_t cells);

  void tie(int64_t a, int64_t b, int sign);
  void setZero(int64_t cell) { vanishes[root(cell).first] = true; }
  /// The representative of a cell's orbit, and the sign between them.
  std::pair<int64_t, int> root(int64_t cell);
  bool isZero(int64_t cell) { return vanishes[root(cell).first]; }

private:
  std::vector<int64_t> parent;
  std::vector<int8_t> sign; ///< to the parent
  std::vector<bool> vanishes;
};

} // namespace nn::symmetry

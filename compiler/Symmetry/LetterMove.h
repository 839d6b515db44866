/// What a letter does to the cells of a representation, in the simplest form that there is: what code for it reads.
#pragma once

#include "Symmetry/Representation.h"
#include "Symmetry/Uniform.h"

namespace nn::symmetry {

struct LetterMove {
  enum class Kind {
    Still,    ///< nothing moves
    Steps,    ///< choice a moves every cell `step` a places along axis `axis`, cyclically
    Grids,    ///< each choice is an affine map of the places of the grid
    Table,    ///< each choice is a permutation of the cells, perhaps with signs
    Matrices, ///< each choice is a matrix
    Shuffle,  ///< any permutation of the middle one of `runs` = (before, points, after), row-major
    Flow,     ///< sum_k cos(k t) cosines[k] + sin(k t) sines[k], k = 0, 1 ..
  };
  Kind kind = Kind::Still;
  int axis = 0;
  int64_t step = 0;
  /// Where the value at place p comes from: turn p + shift.
  struct Grid {
    std::vector<std::vector<int64_t>> turn;
    std::vector<int64_t> shift;
  };
  std::vector<Grid> grids;
  std::vector<std::vector<int>> sources;     ///< Table: for each choice and cell, the cell that it takes its value from
  std::vector<std::vector<int>> signs;       ///< Table: and its sign; empty if all are 1
  std::vector<std::vector<double>> matrices; ///< Matrices: row-major
  std::array<int64_t, 3> runs = {1, 1, 1};
  std::vector<std::vector<double>> cosines, sines; ///< Flow: row-major

  /// Refused for points, whose translations are no matrices, and for what would be too large to write down.
  static llvm::Expected<LetterMove> of(const Letter &letter, const Representation &representation);
};

} // namespace nn::symmetry

/// Delimited text as rows of cells.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <string>
#include <string_view>
#include <vector>

namespace nnrt {

/// Reads a file, decompressed if its name ends in .gz. The separator is the likeliest of `,` `;` and tab in the first
/// line when it is 0.
class Grid;
Result<Grid> readGrid(const std::string &path, char separator);

/// The cells of a file, without their quotes and the blanks around them. Blank lines are no rows.
class Grid {
public:
  std::string file;

  int64_t rows() const { return int64_t(lines.size()); }
  int64_t width(int64_t row) const { return starts[size_t(row) + 1] - starts[size_t(row)]; }
  std::string_view cell(int64_t row, int64_t column) const {
    const Cell &place = cells[size_t(starts[size_t(row)] + column)];
    return {reinterpret_cast<const char *>(bytes.data()) + place.begin, place.length};
  }
  /// The line of the file that a row starts on, from 1.
  int64_t line(int64_t row) const { return lines[size_t(row)]; }

private:
  friend class GridParser;
  friend Result<Grid> readGrid(const std::string &path, char separator);
  struct Cell {
    uint32_t begin, length;
  };
  Bytes bytes;
  std::vector<Cell> cells;
  std::vector<int64_t> starts{0}; ///< the first cell of each row, and one behind the last
  std::vector<uint32_t> lines;
};

} // namespace nnrt

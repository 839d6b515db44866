/// Rows of counts and rows of names.
#include "data/CsvHeader.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

using LL = long long;

bool isMissing(std::string_view cell) {
  if (cell.empty() || cell == "?")
    return true;
  if (cell.size() > 4)
    return false;
  std::string lower(cell);
  for (char &c : lower)
    c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return lower == "na" || lower == "n/a" || lower == "nan" || lower == "null";
}

bool isNumber(std::string_view cell, double &value) { return parseNumber(std::string(cell), value); }

static bool isText(std::string_view cell) {
  double number;
  return !isMissing(cell) && !isNumber(cell, number);
}

std::string CsvHeader::columnText(int64_t column) const {
  if (size_t(column) < names.size())
    return "`" + names[size_t(column)] + "`";
  return format("%lld", LL(column));
}

std::vector<std::string> CsvHeader::fieldNames() const {
  std::vector<std::string> all;
  for (size_t column = 0; column < size_t(columns); ++column) {
    std::string name = column < names.size() ? identifier(names[column]) : "";
    if (name.empty())
      name = format("column_%zu", column + 1);
    std::string unique = name;
    for (int copy = 2; std::find(all.begin(), all.end(), unique) != all.end(); ++copy)
      unique = format("%s_%d", name.c_str(), copy);
    all.push_back(unique);
  }
  return all;
}

/// `150,4` with or without names behind: the rows that follow, and the columns but the last.
static bool holdsCounts(const Grid &grid, int64_t &promised) {
  int64_t columns;
  if (grid.rows() < 2 || grid.width(0) < 2 || !parseInteger(std::string(grid.cell(0, 0)), promised) ||
      !parseInteger(std::string(grid.cell(0, 1)), columns) || columns + 1 != grid.width(1))
    return false;
  for (int64_t i = 2; i < grid.width(0); ++i)
    if (!isText(grid.cell(0, i)))
      return false;
  return grid.width(0) > 2 || promised == grid.rows() - 1 || promised == grid.rows() - 2;
}

/// Whether a row names columns: it is all text, and what follows is not of its kind.
static bool holdsNames(const Grid &grid, int64_t row) {
  if (row >= grid.rows() || (row + 1 < grid.rows() && grid.width(row) != grid.width(row + 1)))
    return false;
  for (int64_t column = 0; column < grid.width(row); ++column)
    if (!isText(grid.cell(row, column)))
      return false;
  if (row + 1 == grid.rows())
    return true;
  for (int64_t column = 0; column < grid.width(row); ++column)
    if (!isText(grid.cell(row + 1, column)))
      return true;
  // Nothing but text: a name does not come back in its column.
  for (int64_t other = row + 1; other < grid.rows(); ++other)
    for (int64_t column = 0; column < std::min(grid.width(row), grid.width(other)); ++column)
      if (grid.cell(row, column) == grid.cell(other, column))
        return false;
  return true;
}

Result<CsvHeader> readHeader(const Grid &grid) {
  CsvHeader header;
  int64_t promised = 0;
  header.counted = holdsCounts(grid, promised);
  if (header.counted) {
    for (int64_t i = 2; i < grid.width(0); ++i)
      header.classNames.emplace_back(grid.cell(0, i));
    ++header.firstRow;
  }
  if (holdsNames(grid, header.firstRow)) {
    for (int64_t i = 0; i < grid.width(header.firstRow); ++i)
      header.names.emplace_back(grid.cell(header.firstRow, i));
    ++header.firstRow;
  }
  header.columns = grid.width(std::min(header.firstRow, grid.rows() - 1));
  int64_t first = grid.line(std::min(header.firstRow, grid.rows() - 1));
  for (int64_t row = header.firstRow; row < grid.rows(); ++row)
    if (grid.width(row) != header.columns)
      return failure(format("%s: line %lld: %lld cells, but line %lld has %lld", grid.file.c_str(), LL(grid.line(row)),
                            LL(grid.width(row)), LL(first), LL(header.columns)));
  if (header.counted && promised != grid.rows() - header.firstRow)
    return failure(format("%s: line 1: it promises %lld rows, but %lld follow", grid.file.c_str(), LL(promised),
                          LL(grid.rows() - header.firstRow)));
  return header;
}

} // namespace nnrt

/// Fields whose examples differ in length: stored with room for the longest, with a column of lengths beside them.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// The column that holds the length of this name, one number a row: "#n".
std::string lengthColumn(const std::string &length);
/// "a.n<=64", what a program calls a length, is `n` in its data set.
std::string lengthName(const std::string &programName);

/// A column of lengths.
Column makeLengths(const std::string &length, const std::string &file, const std::vector<int64_t> &lengths);

/// Copies what two row-major blocks of other extents have in common; elements are `width` bytes.
void copyCommon(const uint8_t *source, const std::vector<int64_t> &from, uint8_t *target,
                const std::vector<int64_t> &to, size_t width);

/// Gives a column the extents of `shape`, with zeros behind what it holds.
void makeRoom(Column &column, const std::vector<int64_t> &shape);

/// Brings the fields of a table that are declared with lengths to their bounds, and checks lengths and what has to lie
/// below them.
Status applyLengths(Table &table, const std::vector<DeclaredField> &declared);

/// Calls `visit(value, element)` for every number that a row really has; `element` counts in the column's shape.
class RealElements {
public:
  RealElements(const Split &split, const Column &column);
  template <class Visit> void visit(int64_t row, Visit visit) {
    uint32_t index = uint32_t(row);
    stageRows(column, &index, 1, values.data(), NN_F64);
    std::vector<bool> real = inRow(row);
    for (int64_t element = 0; element < column.elements; ++element)
      if (real[size_t(element)])
        visit(values[size_t(element)], element);
  }

private:
  std::vector<bool> inRow(int64_t row) const;

  const Column &column;
  std::vector<const Column *> lengths; ///< one an axis, or null
  std::vector<double> values;
};

/// The lengths in a table: least, mean and greatest over all splits.
std::vector<LengthInfo> lengthsOf(const Table &table);

} // namespace nnrt

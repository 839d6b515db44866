/// What the first lines of a table of comma-separated values say about it.
#pragma once

#include "data/Grid.h"

namespace nnrt {

struct CsvHeader {
  int64_t firstRow = 0;                ///< of the data
  int64_t columns = 0;                 ///< of every row of data
  std::vector<std::string> names;      ///< of the columns as written; empty without a row of names
  bool counted = false;                ///< a row of counts stands first: `150,4,setosa,versicolor,virginica`
  std::vector<std::string> classNames; ///< in that row; they are the classes of the last column
  /// What a column is called in messages.
  std::string columnText(int64_t column) const;
  /// The names as a program can write them: letters, digits and `_`, each once; `column_1` where there are none.
  std::vector<std::string> fieldNames() const;
};

/// Tells rows of counts and of names from data, and checks that every row is as long as the others.
Result<CsvHeader> readHeader(const Grid &grid);

/// Nothing, `NA`, `N/A`, `nan`, `null` or `?`.
bool isMissing(std::string_view cell);
bool isNumber(std::string_view cell, double &value);

} // namespace nnrt

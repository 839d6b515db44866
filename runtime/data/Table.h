/// Data in memory: splits of columns, kept as the file stores them and converted when rows are staged.
#pragma once

#include "core/Result.h"
#include "core/System.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// One field of a split: `rows` values of `elements` numbers each, starting at `first` in `bytes`.
struct Column {
  std::string name;
  std::string file;
  int64_t dtype = NN_U8;       ///< as stored
  double divisor = 1;          ///< a value is the stored number divided by this
  int64_t valueDtype = NN_F32; ///< as models see it
  std::vector<int64_t> shape;  ///< of one example
  int64_t rows = 0;
  int64_t elements = 1;
  size_t first = 0;
  Bytes bytes;

  const uint8_t *row(int64_t index) const { return bytes.data() + first + size_t(index * elements * rowElementSize()); }
  int64_t rowElementSize() const;
};

struct Split {
  std::string name; ///< "train", "validation", "test"
  int64_t rows = 0;
  std::vector<Column> columns;

  const Column *column(const std::string &name) const;
};

struct Table {
  std::string path;
  std::vector<Split> splits;

  const Split *split(const std::string &name) const;
  /// What reports and `eval` use: of these names the first that exists, or null.
  const Split *firstOf(const std::vector<std::string> &names) const;
};

/// Copies the given rows of a column, one behind the other, into `destination` as elements of `dtype`.
void stageRows(const Column &column, const uint32_t *rows, int64_t count, void *destination, int64_t dtype);

/// Converts numbers from one element type to another, dividing by `divisor`; false for a pair that has no meaning.
bool convertNumbers(const void *from, int64_t fromDtype, void *to, int64_t toDtype, int64_t count, double divisor = 1);

} // namespace nnrt

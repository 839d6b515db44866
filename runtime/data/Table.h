/// Data in memory: splits of columns, kept as the file stores them and converted when rows are staged.
#pragma once

#include "core/Result.h"
#include "core/System.h"
#include "noether/abi.h"

#include <string>
#include <utility>
#include <vector>

namespace nnrt {

/// One field of a split: `rows` values of `elements` numbers each, starting at `first` in `bytes`.
struct Column {
  std::string name;
  std::string file;
  int64_t dtype = NN_U8;       ///< as stored
  double divisor = 1;          ///< a value is the stored number divided by this
  int64_t valueDtype = NN_F32; ///< as models see it
  std::vector<int64_t> shape;  ///< of one example; with room for the longest where lengths differ
  /// For each axis the name of its length, or "" where all of it holds numbers; empty when all axes are so.
  std::vector<std::string> lengths;
  int64_t rows = 0;
  int64_t elements = 1;
  int64_t stride = 0;          ///< numbers from one row to the next, for rows that overlap; 0: `elements`
  std::vector<uint32_t> order; ///< the stored row behind each row; empty: as they are
  std::vector<double> center;  ///< a value is (number / divisor - center) * scale, an entry an element; or empty
  std::vector<double> scale;
  size_t first = 0;
  Bytes bytes;
  const uint8_t *borrowed = nullptr; ///< the bytes of another column of the same table, or null

  const uint8_t *row(int64_t index) const {
    int64_t stored = order.empty() ? index : int64_t(order[size_t(index)]);
    return (borrowed ? borrowed : bytes.data()) + first +
           size_t(stored * (stride ? stride : elements) * rowElementSize());
  }
  int64_t rowElementSize() const;
  /// Another view of the same rows, which lives as long as the table that this column stays in.
  Column view() const;
  /// The column goes on with these of its rows.
  void choose(const std::vector<uint32_t> &rows);
};

struct Split {
  std::string name; ///< "train", "validation", "test"
  int64_t rows = 0;
  std::vector<Column> columns;

  const Column *column(const std::string &name) const;
};

struct Table {
  std::string path;
  std::vector<std::string> files;
  std::vector<Split> splits;
  std::vector<FieldInfo> fields; ///< names, classes and missing values; the rest is in the columns
  std::vector<Bytes> retired;    ///< bytes of columns that were replaced, which others may borrow

  const Split *split(const std::string &name) const;
  Split *split(const std::string &name) { return const_cast<Split *>(std::as_const(*this).split(name)); }
  /// What reports and `eval` use: of these names the first that exists, or null.
  const Split *firstOf(const std::vector<std::string> &names) const;
};

/// A column of elements of this type, for `rows` rows, whose contents are still to be written.
Column makeColumn(const std::string &name, const std::string &file, int64_t dtype, std::vector<int64_t> shape,
                  int64_t rows);

/// Copies the given rows of a column, one behind the other, into `destination` as elements of `dtype`.
void stageRows(const Column &column, const uint32_t *rows, int64_t count, void *destination, int64_t dtype);

/// Converts numbers from one element type to another, dividing by `divisor`; false for a pair that has no meaning.
bool convertNumbers(const void *from, int64_t fromDtype, void *to, int64_t toDtype, int64_t count, double divisor = 1);

} // namespace nnrt

/// Counting over the columns of a table.
#include "data/Summary.h"
#include "data/Lengths.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnrt {

/// Calls `visit(value)` with every value of a column.
template <class Visit> static void forEachValue(const Split &split, const Column &column, Visit visit) {
  if (!column.lengths.empty()) {
    RealElements real(split, column);
    for (int64_t row = 0; row < column.rows; ++row)
      real.visit(row, [&](double value, int64_t) { visit(value); });
    return;
  }
  std::vector<double> values(size_t(column.elements));
  for (int64_t row = 0; row < column.rows; ++row) {
    uint32_t index = uint32_t(row);
    stageRows(column, &index, 1, values.data(), NN_F64);
    for (double value : values)
      visit(value);
  }
}

static void measure(const Table &table, FieldInfo &field) {
  const double infinity = std::numeric_limits<double>::infinity();
  field.minimum = infinity;
  field.maximum = -infinity;
  for (const Split &split : table.splits)
    forEachValue(split, *split.column(field.name), [&](double value) {
      if (std::isnan(value))
        return;
      field.minimum = std::min(field.minimum, value);
      field.maximum = std::max(field.maximum, value);
    });
  if (field.minimum > field.maximum) // not one value is there
    field.minimum = field.maximum = 0;
}

static void countClasses(const Split &split, const Column &training, FieldInfo &field) {
  field.classCounts.assign(size_t(field.classes), 0);
  forEachValue(split, training, [&](double value) {
    if (value >= 0 && value < double(field.classes))
      ++field.classCounts[size_t(value)];
  });
  field.minimum = 0;
  field.maximum = double(field.classes - 1);
}

DataInfo summarize(const Table &table, bool thorough) {
  DataInfo info;
  info.path = table.path;
  info.files = table.files;
  info.fields = table.fields;
  for (const Split &split : table.splits)
    info.splits.push_back({split.name, split.rows});
  info.lengths = lengthsOf(table);
  for (FieldInfo &field : info.fields) {
    const Column &column = *table.split("train")->column(field.name);
    field.dtype = column.valueDtype;
    field.shape = column.shape;
    field.lengths = column.lengths;
    if (field.classes > 0 && (thorough || column.elements == 1))
      countClasses(*table.split("train"), column, field);
    else if (thorough)
      measure(table, field);
  }
  return info;
}

} // namespace nnrt

/// Staging of rows and conversion of element types.
#include "data/Table.h"

#include "core/Text.h"
#include "data/Halves.h"

#include <cstring>

namespace nnrt {

int64_t Column::rowElementSize() const { return dtypeSize(dtype); }

Column Column::view() const {
  Column other;
  other.name = name;
  other.file = file;
  other.dtype = dtype;
  other.divisor = divisor;
  other.valueDtype = valueDtype;
  other.shape = shape;
  other.lengths = lengths;
  other.rows = rows;
  other.elements = elements;
  other.stride = stride;
  other.order = order;
  other.center = center;
  other.scale = scale;
  other.first = first;
  other.borrowed = borrowed ? borrowed : bytes.data();
  return other;
}

void Column::choose(const std::vector<uint32_t> &chosen) {
  std::vector<uint32_t> stored(chosen);
  if (!order.empty())
    for (uint32_t &row : stored)
      row = order[row];
  order = std::move(stored);
  rows = int64_t(order.size());
}

Column makeColumn(const std::string &name, const std::string &file, int64_t dtype, std::vector<int64_t> shape,
                  int64_t rows) {
  Column column;
  column.name = name;
  column.file = file;
  column.dtype = dtype;
  column.valueDtype = isFloat(dtype) ? (dtype == NN_F64 ? NN_F64 : NN_F32) : dtype == NN_BOOL ? NN_BOOL : NN_I32;
  column.elements = elementCount(shape);
  column.shape = std::move(shape);
  column.rows = rows;
  column.bytes = Bytes(size_t(rows * column.elements * dtypeSize(dtype)));
  return column;
}

const Column *Split::column(const std::string &wanted) const {
  for (const Column &column : columns)
    if (column.name == wanted)
      return &column;
  return nullptr;
}

const Split *Table::split(const std::string &wanted) const {
  for (const Split &split : splits)
    if (split.name == wanted)
      return &split;
  return nullptr;
}

const Split *Table::firstOf(const std::vector<std::string> &names) const {
  for (const std::string &name : names)
    if (const Split *found = split(name))
      return found;
  return nullptr;
}

/// The stored number at a position, as a double.
static double numberAt(const void *from, int64_t dtype, int64_t index) {
  auto load = [&](auto value) {
    memcpy(&value, static_cast<const char *>(from) + size_t(index) * sizeof value, sizeof value);
    return value;
  };
  switch (dtype) {
  case NN_BOOL:
  case NN_U8:
    return load(uint8_t{});
  case NN_I32:
    return load(int32_t{});
  case NN_I64:
    return double(load(int64_t{}));
  case NN_F16:
    return double(halfToFloat(load(uint16_t{})));
  case NN_BF16:
    return double(bfloatToFloat(load(uint16_t{})));
  case NN_F32:
    return double(load(float{}));
  default:
    return load(double{});
  }
}

template <class T> static void fill(const void *from, int64_t fromDtype, void *to, int64_t count, double divisor) {
  for (int64_t i = 0; i < count; ++i) {
    T value = T(numberAt(from, fromDtype, i) / divisor);
    memcpy(static_cast<char *>(to) + size_t(i) * sizeof(T), &value, sizeof(T));
  }
}

/// The hot case, images in bytes: several lanes at a time, correctly rounded like the general one.
static void bytesToFloats(const uint8_t *__restrict from, float *__restrict to, int64_t count, float divisor) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = float(from[i]) / divisor;
}

bool convertNumbers(const void *from, int64_t fromDtype, void *to, int64_t toDtype, int64_t count, double divisor) {
  if (fromDtype == toDtype && divisor == 1) {
    memcpy(to, from, size_t(count * dtypeSize(toDtype)));
    return true;
  }
  if (fromDtype == NN_U8 && toDtype == NN_F32) {
    bytesToFloats(static_cast<const uint8_t *>(from), static_cast<float *>(to), count, float(divisor));
    return true;
  }
  auto fillHalves = [&](uint16_t (*round)(double)) {
    for (int64_t i = 0; i < count; ++i) {
      uint16_t value = round(numberAt(from, fromDtype, i) / divisor);
      memcpy(static_cast<char *>(to) + size_t(i) * sizeof value, &value, sizeof value);
    }
  };
  switch (toDtype) {
  case NN_BOOL:
  case NN_U8:
    fill<uint8_t>(from, fromDtype, to, count, divisor);
    return true;
  case NN_I32:
    fill<int32_t>(from, fromDtype, to, count, divisor);
    return true;
  case NN_I64:
    fill<int64_t>(from, fromDtype, to, count, divisor);
    return true;
  case NN_F16:
    fillHalves(toHalf);
    return true;
  case NN_BF16:
    fillHalves(toBfloat);
    return true;
  case NN_F32:
    fill<float>(from, fromDtype, to, count, divisor);
    return true;
  case NN_F64:
    fill<double>(from, fromDtype, to, count, divisor);
    return true;
  default:
    return false;
  }
}

/// Applies a column's center and scale to the numbers of one row.
template <class T> static void normalizeRow(const Column &column, T *values) {
  for (size_t i = 0; i < column.scale.size(); ++i)
    values[i] = T((double(values[i]) - column.center[i]) * column.scale[i]);
}

void stageRows(const Column &column, const uint32_t *rows, int64_t count, void *destination, int64_t dtype) {
  auto *to = static_cast<char *>(destination);
  int64_t step = column.elements * dtypeSize(dtype), stored = column.elements * column.rowElementSize();
  // Rows lie anywhere in memory: fetch them ahead, or each costs its cache misses one after the other.
  const int64_t ahead = 6, line = 64;
  for (int64_t i = -ahead; i < count; ++i) {
    if (i + ahead < count)
      for (int64_t offset = 0; offset < stored; offset += line)
        __builtin_prefetch(column.row(rows[i + ahead]) + offset);
    if (i < 0)
      continue;
    if (!column.scale.empty() && (dtype == NN_F16 || dtype == NN_BF16)) {
      std::vector<float> values(size_t(column.elements));
      convertNumbers(column.row(rows[i]), column.dtype, values.data(), NN_F32, column.elements, column.divisor);
      normalizeRow(column, values.data());
      convertNumbers(values.data(), NN_F32, to + i * step, dtype, column.elements);
      continue;
    }
    convertNumbers(column.row(rows[i]), column.dtype, to + i * step, dtype, column.elements, column.divisor);
    if (dtype == NN_F32)
      normalizeRow(column, reinterpret_cast<float *>(to + i * step));
    else if (dtype == NN_F64)
      normalizeRow(column, reinterpret_cast<double *>(to + i * step));
  }
}

} // namespace nnrt

/// The .npy header is a Python dictionary in ASCII behind a magic string and a length.
#include "data/Npy.h"
#include "core/Text.h"
#include "noether/abi.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

/// "<f4", ">f4" or "|u1": an element type with its byte order; -1 for any other.
static int64_t dtypeOf(const std::string &descr) {
  struct Row {
    const char *text;
    int64_t dtype;
  };
  const Row rows[] = {{"b1", NN_BOOL}, {"u1", NN_U8},  {"i4", NN_I32}, {"i8", NN_I64},
                      {"f2", NN_F16},  {"f4", NN_F32}, {"f8", NN_F64}};
  if (descr.size() != 3 || !strchr("<>|=", descr[0]))
    return -1;
  for (const Row &row : rows)
    if (descr.compare(1, 2, row.text) == 0)
      return row.dtype;
  return -1;
}

/// Turns big-endian elements around.
static void swapBytes(uint8_t *at, size_t count, size_t size) {
  for (; count > 0; --count, at += size)
    std::reverse(at, at + size);
}

/// Writes the elements of a column-major array row by row.
static Bytes rowMajor(const Array &array) {
  size_t size = size_t(dtypeSize(array.dtype)), count = (array.bytes.size() - array.first) / size;
  size_t rank = array.shape.size();
  Bytes out(count * size);
  std::vector<size_t> stride(rank), index(rank);
  for (size_t axis = 0, step = 1; axis < rank; ++axis) {
    stride[axis] = step;
    step *= size_t(array.shape[axis]);
  }
  size_t from = 0;
  for (size_t to = 0; to < count; ++to) {
    memcpy(out.data() + to * size, array.bytes.data() + array.first + from * size, size);
    for (size_t axis = rank; axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < size_t(array.shape[axis]))
        break;
      from -= index[axis] * stride[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/// The text between the delimiters that follow a key; "" when there is none.
static std::string valueOf(const std::string &header, const char *key, const char *open, const char *close) {
  size_t at = header.find(key);
  if (at == std::string::npos)
    return {};
  size_t from = header.find(open, at + strlen(key));
  size_t to = from == std::string::npos ? from : header.find(close, from + 1);
  return to == std::string::npos ? std::string() : header.substr(from + 1, to - from - 1);
}

Result<Array> parseNpy(Bytes bytes, const std::string &name) {
  if (bytes.size() < 12 || memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    return failure(format("%s: offset 0: not an .npy array", name.c_str()));
  bool wide = bytes.data()[6] >= 2;
  uint32_t length = bytes.data()[8] | uint32_t(bytes.data()[9]) << 8;
  if (wide)
    length |= uint32_t(bytes.data()[10]) << 16 | uint32_t(bytes.data()[11]) << 24;
  Array array;
  array.first = (wide ? 12u : 10u) + size_t(length);
  if (array.first > bytes.size())
    return failure(format("%s: offset %zu: the file ends inside its header", name.c_str(), bytes.size()));
  std::string header(reinterpret_cast<const char *>(bytes.data()) + (wide ? 12 : 10), length);
  std::string descr = valueOf(header, "'descr'", "'", "'");
  array.dtype = dtypeOf(descr);
  if (array.dtype < 0)
    return failure(format("%s: elements of type `%s` are not read", name.c_str(), descr.c_str()));
  int64_t total = 1;
  for (const std::string &part : split(valueOf(header, "'shape'", "(", ")"), ',')) {
    int64_t extent;
    if (trim(part).empty())
      continue;
    if (!parseInteger(trim(part), extent) || extent < 0 || __builtin_mul_overflow(total, extent, &total))
      return failure(format("%s: the shape in the header is damaged", name.c_str()));
    array.shape.push_back(extent);
  }
  int64_t needed;
  if (__builtin_mul_overflow(total, dtypeSize(array.dtype), &needed) || size_t(needed) != bytes.size() - array.first)
    return failure(format("%s: %zu bytes of elements, but its header says %s", name.c_str(), bytes.size() - array.first,
                          typeText(array.dtype, array.shape).c_str()));
  array.bytes = std::move(bytes);
  if (descr[0] == '>')
    swapBytes(array.bytes.data() + array.first, size_t(total), size_t(dtypeSize(array.dtype)));
  if (header.find("'fortran_order': True") != std::string::npos) {
    array.bytes = rowMajor(array);
    array.first = 0;
  }
  return array;
}

std::string npyFile(int64_t dtype, const std::vector<int64_t> &shape, const std::string &elements) {
  struct Row {
    int64_t dtype;
    const char *text;
  };
  const Row rows[] = {{NN_BOOL, "|b1"}, {NN_U8, "|u1"},  {NN_I32, "<i4"}, {NN_I64, "<i8"},
                      {NN_F16, "<f2"},  {NN_F32, "<f4"}, {NN_F64, "<f8"}};
  std::string descr = "<f8", extents;
  for (const Row &row : rows)
    if (row.dtype == dtype)
      descr = row.text;
  for (int64_t extent : shape)
    extents += format("%lld, ", static_cast<long long>(extent));
  if (shape.size() > 1)
    extents.resize(extents.size() - 2);
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + extents + "), }";
  // Magic, version and length take 10 bytes; the elements begin at a multiple of 64.
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::string head = std::string("\x93NUMPY\x01\0", 8) + char(header.size() & 255) + char(header.size() >> 8);
  return head + header + elements;
}

} // namespace nnrt

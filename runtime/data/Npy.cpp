/// The .npy header is a Python dictionary in ASCII behind a magic string and a length.
#include "data/Npy.h"
#include "core/Text.h"
#include "noether/abi.h"

#include <cstring>

namespace nnrt {

static int64_t dtypeOf(const std::string &descr) {
  struct Row {
    const char *text;
    int64_t dtype;
  };
  const Row rows[] = {{"|b1", NN_BOOL}, {"|u1", NN_U8},  {"<i4", NN_I32}, {"<i8", NN_I64},
                      {"<f2", NN_F16},  {"<f4", NN_F32}, {"<f8", NN_F64}};
  for (const Row &row : rows)
    if (descr == row.text)
      return row.dtype;
  return -1;
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
  if (header.find("'fortran_order': False") == std::string::npos)
    return failure(format("%s: the array is stored column by column; save it in C order", name.c_str()));
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
  return array;
}

} // namespace nnrt

/// The format: https://www.w3.org/TR/png. One chunk of data, rows unfiltered.
#include "io/Png.h"

#include <zlib.h>

namespace nnrt {

static std::string bigEndian(uint32_t word) {
  return {char(word >> 24), char(word >> 16), char(word >> 8), char(word)};
}

static std::string chunk(const char *type, const std::string &data) {
  std::string checked = type + data;
  uint32_t sum = uint32_t(crc32(0, reinterpret_cast<const Bytef *>(checked.data()), uInt(checked.size())));
  return bigEndian(uint32_t(data.size())) + checked + bigEndian(sum);
}

std::string encodePng(const std::string &pixels, int64_t height, int64_t width, int64_t channels) {
  std::string rows;
  size_t row = size_t(width * channels);
  for (size_t k = 0; k < size_t(height); ++k)
    rows += std::string(1, '\0') + pixels.substr(k * row, row);
  uLongf size = compressBound(uLong(rows.size()));
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef *>(packed.data()), &size, reinterpret_cast<const Bytef *>(rows.data()),
            uLong(rows.size()), Z_BEST_COMPRESSION);
  packed.resize(size);
  std::string header = bigEndian(uint32_t(width)) + bigEndian(uint32_t(height)) + '\x08' + char(channels == 1 ? 0 : 2) +
                       std::string(3, '\0');
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

} // namespace nnrt

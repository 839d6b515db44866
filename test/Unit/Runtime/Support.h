/// Helpers of the runtime's unit tests: a folder that goes away, files, IDX contents, PNGs.
#pragma once

#include "core/System.h"
#include "data/Table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <zlib.h>

namespace nnrt::test {

class Folder {
public:
  Folder() {
    std::string pattern = testing::TempDir() + "/noether-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }

  std::string file(const std::string &name) const { return path + "/" + name; }
  std::string write(const std::string &name, const std::string &contents) const {
    std::ofstream(file(name), std::ios::binary) << contents;
    return file(name);
  }
  std::string writeGzip(const std::string &name, const std::string &contents) const {
    gzFile out = gzopen(file(name).c_str(), "wb");
    gzwrite(out, contents.data(), unsigned(contents.size()));
    gzclose(out);
    return file(name);
  }
  std::string read(const std::string &name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string path;
};

inline std::string bigEndian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

/// IDX contents of unsigned bytes 0, 1, 2, ... modulo `modulus`.
inline std::string idx(const std::vector<uint32_t> &extents, int modulus) {
  std::string text = bigEndian(0x800 | uint32_t(extents.size()));
  size_t count = 1;
  for (uint32_t extent : extents) {
    text += bigEndian(extent);
    count *= extent;
  }
  for (size_t i = 0; i < count; ++i)
    text += char(int(i) % modulus);
  return text;
}

/// A PNG of 8-bit gray (1), RGB (3) or RGBA (4) pixels.
inline std::string png(uint32_t width, uint32_t height, int channels, const std::string &pixels) {
  auto chunk = [](const std::string &kind, const std::string &data) {
    std::string body = kind + data;
    uint32_t sum = uint32_t(crc32(0, reinterpret_cast<const Bytef *>(body.data()), uInt(body.size())));
    return bigEndian(uint32_t(data.size())) + body + bigEndian(sum);
  };
  std::string raw;
  for (uint32_t y = 0; y < height; ++y)
    raw += std::string(1, '\0') + pixels.substr(size_t(y) * width * size_t(channels), width * size_t(channels));
  uLongf size = compressBound(uLong(raw.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef *>(packed.data()), &size, reinterpret_cast<const Bytef *>(raw.data()),
           uLong(raw.size()));
  packed.resize(size);
  const char kind = channels == 1 ? 0 : channels == 3 ? 2 : 6;
  std::string header = bigEndian(width) + bigEndian(height) + std::string({8, kind, 0, 0, 0});
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

/// A message without the paths of a folder's files in it.
inline std::string withoutFolder(std::string text, const Folder &folder) {
  for (size_t at; (at = text.find(folder.path + "/")) != std::string::npos;)
    text.erase(at, folder.path.size() + 1);
  return text;
}

/// Every value of a column, as models see it.
template <class T> std::vector<T> valuesOf(const Column &column, int64_t dtype) {
  std::vector<T> values(size_t(column.rows * column.elements));
  std::vector<uint32_t> rows;
  for (int64_t row = 0; row < column.rows; ++row)
    rows.push_back(uint32_t(row));
  stageRows(column, rows.data(), column.rows, values.data(), dtype);
  return values;
}

/// A .npy file: `descr` such as "<f4", `shape` as Python writes it.
inline std::string npy(const std::string &descr, const std::string &shape, const std::string &data,
                       bool fortran = false) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }\n";
  return std::string("\x93NUMPY\x01\0", 8) + char(header.size()) + char(header.size() >> 8) + header + data;
}

template <class T> std::string rawBytes(const std::vector<T> &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

inline Bytes bytesOf(const std::string &text) {
  Bytes bytes(text.size());
  std::copy(text.begin(), text.end(), bytes.data());
  return bytes;
}

} // namespace nnrt::test

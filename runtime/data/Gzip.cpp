/// Decompression by zlib's inflate.
#include "data/Gzip.h"
#include "core/Text.h"

#include <algorithm>
#include <cstring>
#include <zlib.h>

namespace nnrt {

/// The size a gzip file claims for its contents, kept within what so many bytes can hold.
static size_t expectedSize(const Bytes &packed) {
  uint32_t claim = 0;
  if (packed.size() >= 18)
    memcpy(&claim, packed.data() + packed.size() - 4, 4);
  return std::clamp<size_t>(size_t(claim) + 64, 4096, packed.size() * 1032 + 4096);
}

static Result<Bytes> inflateAll(const std::string &path, const Bytes &packed, size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return failure(format("%s: cannot start decompression", path.c_str()));
  Bytes plain(std::min(limit, expectedSize(packed)));
  size_t have = 0;
  int answer = Z_OK;
  stream.next_in = const_cast<uint8_t *>(packed.data());
  stream.avail_in = uInt(std::min<size_t>(packed.size(), UINT32_MAX));
  while (have < limit) {
    if (have == plain.size())
      plain.resize(std::min(limit, have * 2));
    stream.next_out = plain.data() + have;
    stream.avail_out = uInt(std::min<size_t>(plain.size() - have, 1u << 30));
    answer = inflate(&stream, Z_NO_FLUSH);
    have = size_t(stream.next_out - plain.data());
    if (answer == Z_STREAM_END && stream.avail_in > 0)
      answer = inflateReset(&stream); // another member follows
    if (answer == Z_STREAM_END || (answer != Z_OK && answer != Z_BUF_ERROR) ||
        (stream.avail_in == 0 && stream.avail_out > 0))
      break;
  }
  size_t offset = packed.size() - stream.avail_in;
  std::string what = stream.msg ? stream.msg : "unknown data";
  inflateEnd(&stream);
  plain.resize(have);
  if (answer == Z_STREAM_END || have == limit)
    return plain;
  if (answer == Z_OK || answer == Z_BUF_ERROR)
    return failure(format("%s: the gzip data is cut off at byte %zu", path.c_str(), offset));
  return failure(format("%s: the gzip data is damaged near byte %zu (%s)", path.c_str(), offset, what.c_str()));
}

Result<Bytes> readMaybeGzip(const std::string &path, size_t limit) {
  if (!endsWith(path, ".gz"))
    return readFile(path, limit);
  // A header needs only the start of the file.
  size_t packedLimit = limit < 4096 ? 65536 : SIZE_MAX;
  Result<Bytes> packed = readFile(path, packedLimit);
  if (!packed)
    return packed;
  if (packed->size() < 2 || packed->data()[0] != 0x1f || packed->data()[1] != 0x8b)
    return failure(format("%s: offset 0: not gzip data, although its name ends in .gz", path.c_str()));
  return inflateAll(path, *packed, limit);
}

} // namespace nnrt

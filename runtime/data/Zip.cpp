/// The zip format: members with headers of their own, and a directory of all of them at the end.
#include "data/Zip.h"
#include "core/Text.h"

#include <algorithm>
#include <cstring>
#include <zlib.h>

namespace nnrt {
namespace {

/// One entry of the directory.
struct Entry {
  std::string name;
  uint32_t method = 0, crc = 0, packed = 0, plain = 0, offset = 0;
};

const size_t endSize = 22, entrySize = 46, localSize = 30;
const uint32_t endMark = 0x06054b50, entryMark = 0x02014b50, localMark = 0x04034b50;
const uint32_t stored = 0, deflated = 8;

/// Little-endian numbers of an archive, and what is wrong with it.
class Archive {
public:
  Archive(const Bytes &bytes, const std::string &name) : bytes(bytes), name(name) {}

  uint32_t u16(size_t at) const { return bytes.data()[at] | uint32_t(bytes.data()[at + 1]) << 8; }
  uint32_t u32(size_t at) const { return u16(at) | u16(at + 2) << 16; }
  bool holds(size_t at, size_t size) const { return at <= bytes.size() && size <= bytes.size() - at; }
  Failure wrong(size_t at, const char *what) const {
    return failure(format("%s: offset %zu: %s", name.c_str(), at, what));
  }

  Result<std::vector<Entry>> directory() const;
  Result<Bytes> contents(const Entry &entry) const;

private:
  Result<Bytes> inflateMember(const Entry &entry, size_t at) const;

  const Bytes &bytes;
  const std::string &name;
};

Result<std::vector<Entry>> Archive::directory() const {
  if (!holds(0, 4) || (u32(0) != localMark && u32(0) != endMark))
    return wrong(0, "not a zip archive");
  size_t end = bytes.size() < endSize ? 0 : bytes.size() - endSize;
  while (end > 0 && u32(end) != endMark)
    --end;
  if (!holds(end, endSize) || u32(end) != endMark)
    return wrong(bytes.size(), "the archive ends before its directory");
  std::vector<Entry> entries;
  size_t at = u32(end + 16);
  for (uint32_t left = u16(end + 10); left > 0; --left) {
    if (!holds(at, entrySize) || u32(at) != entryMark)
      return wrong(std::min(at, bytes.size()), "the directory of the archive is damaged");
    Entry entry;
    entry.method = u16(at + 10);
    entry.crc = u32(at + 16);
    entry.packed = u32(at + 20);
    entry.plain = u32(at + 24);
    entry.offset = u32(at + 42);
    size_t nameLength = u16(at + 28);
    if (!holds(at + entrySize, nameLength))
      return wrong(at, "the directory of the archive is damaged");
    entry.name.assign(reinterpret_cast<const char *>(bytes.data()) + at + entrySize, nameLength);
    at += entrySize + nameLength + u16(at + 30) + u16(at + 32);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Bytes> Archive::inflateMember(const Entry &entry, size_t at) const {
  // Deflate packs at most 1032 to 1: a larger claim is a damaged one.
  if (entry.plain / 1032 > entry.packed)
    return wrong(at, "the sizes of a member of the archive do not fit together");
  Bytes plain(entry.plain);
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK)
    return failure(format("%s: cannot start decompression", name.c_str()));
  stream.next_in = const_cast<uint8_t *>(bytes.data() + at);
  stream.avail_in = entry.packed;
  stream.next_out = plain.data();
  stream.avail_out = entry.plain;
  int answer = inflate(&stream, Z_FINISH);
  bool whole = answer == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!whole)
    return failure(format("%s: the member %s is damaged", name.c_str(), entry.name.c_str()));
  return plain;
}

Result<Bytes> Archive::contents(const Entry &entry) const {
  if (entry.packed == UINT32_MAX || entry.plain == UINT32_MAX)
    return failure(format("%s: the member %s has 4 GB or more, which is not read", name.c_str(), entry.name.c_str()));
  if (!holds(entry.offset, localSize) || u32(entry.offset) != localMark)
    return wrong(entry.offset, "no member of the archive starts here, although its directory says so");
  size_t at = size_t(entry.offset) + localSize + u16(entry.offset + 26) + u16(entry.offset + 28);
  if (!holds(at, entry.packed))
    return wrong(std::min(at, bytes.size()), "the archive ends inside a member");
  Bytes plain;
  if (entry.method == stored && entry.packed == entry.plain) {
    plain = Bytes(entry.plain);
    memcpy(plain.data(), bytes.data() + at, entry.plain);
  } else if (entry.method == deflated) {
    Result<Bytes> inflated = inflateMember(entry, at);
    if (!inflated)
      return inflated;
    plain = std::move(*inflated);
  } else {
    return failure(format("%s: the member %s is packed by method %u; stored and deflated ones are read", name.c_str(),
                          entry.name.c_str(), entry.method));
  }
  if (crc32(0, plain.data(), uInt(plain.size())) != entry.crc)
    return failure(format("%s: the member %s is damaged", name.c_str(), entry.name.c_str()));
  return plain;
}

} // namespace

Result<std::vector<ZipMember>> readZip(const Bytes &bytes, const std::string &name) {
  Archive archive(bytes, name);
  Result<std::vector<Entry>> entries = archive.directory();
  if (!entries)
    return entries.error();
  std::vector<ZipMember> members;
  for (const Entry &entry : *entries) {
    Result<Bytes> contents = archive.contents(entry);
    if (!contents)
      return contents.error();
    members.push_back({entry.name, std::move(*contents)});
  }
  return members;
}

} // namespace nnrt

/// Files that may be compressed by gzip.
#pragma once

#include "core/Result.h"
#include "core/System.h"

namespace nnrt {

/// The contents of a file, decompressed when its name ends in .gz; at most `limit` bytes of them.
Result<Bytes> readMaybeGzip(const std::string &path, size_t limit = SIZE_MAX);

} // namespace nnrt

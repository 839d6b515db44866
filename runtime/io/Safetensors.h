/// The safetensors format: the length of a JSON header (u64, little-endian), the header, the tensors row-major.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <string>
#include <utility>
#include <vector>

namespace nnrt {

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// One tensor of a parsed file; `data` points into the bytes that were parsed.
struct StoredTensor {
  std::string name;
  int64_t dtype = 0;
  std::vector<int64_t> shape;
  const uint8_t *data = nullptr;
  size_t size = 0;
};

struct Safetensors {
  Metadata metadata;
  std::vector<StoredTensor> tensors;

  const StoredTensor *find(const std::string &name) const;
  /// A metadata value, or "".
  std::string note(const std::string &key) const;
};

/// Parses and checks everything the header says; `name` is for messages. The bytes must outlive the answer.
Result<Safetensors> parseSafetensors(const uint8_t *bytes, size_t size, const std::string &name);

/// Writes tensors in the order given, all or nothing.
Status writeSafetensors(const std::string &path, const std::vector<StoredTensor> &tensors, const Metadata &metadata);

} // namespace nnrt

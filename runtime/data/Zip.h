/// Members of a zip archive, such as numpy's .npz.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <vector>

namespace nnrt {

struct ZipMember {
  std::string name;
  Bytes bytes;
};

/// Every member of an archive, in the order of its directory: stored or deflated, without encryption, below 4 GB.
/// `name` is for messages.
Result<std::vector<ZipMember>> readZip(const Bytes &archive, const std::string &name);

} // namespace nnrt

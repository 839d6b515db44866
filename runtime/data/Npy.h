/// Arrays in numpy's .npy format.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <vector>

namespace nnrt {

struct Array {
  int64_t dtype = 0;
  std::vector<int64_t> shape;
  size_t first = 0; ///< offset of the elements in `bytes`, row-major
  Bytes bytes;
};

/// Takes over the bytes of a .npy file (versions 1 to 3, either byte order, either order of axes). `name` is for
/// messages.
Result<Array> parseNpy(Bytes bytes, const std::string &name);

/// The bytes of a .npy file of elements in row-major order.
std::string npyFile(int64_t dtype, const std::vector<int64_t> &shape, const std::string &elements);

} // namespace nnrt

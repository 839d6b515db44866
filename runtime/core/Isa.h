/// Which instruction sets this processor has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt {

/// The best nn_isa_enum here.
int64_t bestIsa();

/// "baseline", "avx2", "avx512", "avx512bf16": at the place of each its name.
const std::vector<std::string> &isaNames();
std::string isaName(int64_t isa);

} // namespace nnrt

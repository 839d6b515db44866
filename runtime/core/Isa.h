/// Which instruction sets this processor has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt {

/// The best nn_isa_enum here, or -1 when even the baseline is missing.
int64_t bestIsa();

/// "avx2", "avx512".
const char *isaName(int64_t isa);
const std::vector<std::string> &isaNames();

} // namespace nnrt

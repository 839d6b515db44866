/// What this machine can do at most.
#pragma once

#include "core/Pool.h"

namespace nnrt {

struct Limits {
  double operations = 0; ///< additions and multiplications of f32 in a second, as fused operations on registers
  double bytes = 0;      ///< read and written in a second by a copy that no cache holds
};

/// Measures both with the threads of a pool, for a tenth of a second or so, in the instruction set `isa`.
Limits measureLimits(Pool &pool, int64_t isa);

} // namespace nnrt

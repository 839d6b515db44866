// Linear relations with small integer coefficients among columns of numbers.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace nn::conserved {

/// Integers c, not all 0, such that the sum of c[k] times column k is 0.
using Relation = std::vector<int64_t>;

/// A basis of the relations among the columns that are there up to `tolerance`, relative to `sizes`: of each entry of a
/// column, the sum of absolute values that it was made of. A column is written by those before it that are independent,
/// so that what has nothing to do with each other is not mixed. Relations without small integers are left out.
std::vector<Relation> relationsAmong(llvm::ArrayRef<std::vector<double>> columns,
                                     llvm::ArrayRef<std::vector<double>> sizes, double tolerance);

} // namespace nn::conserved

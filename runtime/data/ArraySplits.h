/// Which split the arrays of an archive belong to, by their names.
#pragma once

#include "data/Npy.h"

#include <string>
#include <vector>

namespace nnrt {

struct NamedArray {
  std::string name;
  Array array;
};

struct ArraySplit {
  std::string name; ///< "train", "validation" or "test"
  std::vector<NamedArray> arrays;
};

/// Whether a name says which split an array belongs to: `x_train`, `test_x`.
bool namesSplit(const std::string &name);

/// `x_train` and `train_x` are `x` of the training split; `val`, `valid` and `validation` are one split. If `shared`,
/// arrays whose names say no split belong to the training split, and other splits may do without their own; else every
/// array has to say its split. Where that gives no second split, all arrays are training data under their full names.
std::vector<ArraySplit> splitArrays(std::vector<NamedArray> arrays, bool shared);

} // namespace nnrt

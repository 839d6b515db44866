/// What is done to a data set between its reader and a model.
#pragma once

#include "data/Table.h"

namespace nnrt {

/// A transform: its name, its options, the one that may stand without a name (or ""), and what it does. All of them
/// are functions of the data and the options alone, so that the compiler and an executable see the same rows.
struct Transform {
  const char *name;
  std::vector<std::string> options;
  const char *positional;
  Status (*apply)(Table &table, const DataOptions &options);
};

const std::vector<Transform> &transforms();

} // namespace nnrt

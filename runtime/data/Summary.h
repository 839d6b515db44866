/// What a table tells about itself.
#pragma once

#include "data/Table.h"

namespace nnrt {

/// Splits, fields, how often each class stands in the training split, and with `thorough` the range of the values.
DataInfo summarize(const Table &table, bool thorough);

} // namespace nnrt

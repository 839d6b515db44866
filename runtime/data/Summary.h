/// What a table tells about itself.
#pragma once

#include "data/Table.h"

namespace nnrt {

/// Splits, fields, how often each class stands in the training split if a row has one of them, and with `thorough` also
/// where a row has several, and the range of the values.
DataInfo summarize(const Table &table, bool thorough);

} // namespace nnrt

/// Tables of comma-separated values: columns become fields.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// An option that is none of `separator` and `missing` names a field and its columns, by position from 0 or by name;
/// without any, every column is a field. Texts become classes.
Result<Table> loadCsv(const ReaderRequest &request);

} // namespace nnrt

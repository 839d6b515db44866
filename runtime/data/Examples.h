/// The reader of data that no file holds.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// Rows of the declared fields, all zero, which take no memory until a TableFiller writes them.
Result<Table> loadExamples(const ReaderRequest &request);

} // namespace nnrt

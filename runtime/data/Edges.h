/// Graphs as text, an edge a line.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// One example with the fields `source` and `target`. Nodes are numbers from 0, or else names in order of their bytes;
/// blanks or a comma lie between the two, and lines that start with `#` or `%` are comments.
Result<Table> loadEdges(const ReaderRequest &request);

} // namespace nnrt

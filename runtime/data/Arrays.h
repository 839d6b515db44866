/// Arrays of numpy as data sets.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// One array: a field named like the file, or like the only field that is declared. Rows lie along its first axis.
Result<Table> loadNpy(const ReaderRequest &request);

/// Every array is a field, with rows along the first axis; where a declared type has the shape of its whole array, all
/// arrays together are one example.
Result<Table> loadNpz(const ReaderRequest &request);

/// The arrays of an .npz file as the fields of one example, or a text with an edge a line: `source` and `target`.
Result<Table> loadGraph(const ReaderRequest &request);

} // namespace nnrt

/// The IDX format of MNIST and its relatives: a folder with images and labels of a training and a test split.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// Fields `image` (bytes scaled to [0, 1]) and `label`. Option `names`: a text file with one class name a line.
Result<DataInfo> describeIdx(const ReaderRequest &request, bool thorough);
Result<Table> loadIdx(const ReaderRequest &request);

} // namespace nnrt

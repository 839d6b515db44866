/// Pictures in folders that are named like their classes.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// Fields `image` (bytes scaled to [0, 1]) and `label`. The classes lie in the folder itself, or in folders `train`,
/// `validation` (or `val`) and `test`. Options `channels` (1, 3 or 4; those of the first picture if not given) and
/// `size`, the [height, width] that every picture is brought to.
Result<Table> loadFolder(const ReaderRequest &request);

} // namespace nnrt

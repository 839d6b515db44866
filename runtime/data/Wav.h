/// Sound in WAVE files.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// The field `wave`: windows over the samples, each in [-1, 1); channels are averaged. Options `window` (the whole
/// file if not given) and `stride` (the window if not given). 16 bits a sample.
Result<Table> loadWav(const ReaderRequest &request);

/// The samples of a WAVE file: for a shape [n] the channels averaged, for [channels, n] one channel behind the other.
Result<std::vector<float>> decodeWav(const Bytes &bytes, const std::string &name, const std::vector<int64_t> &shape);

} // namespace nnrt

/// Texts as data sets.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// Windows over a text, each with what follows one token later: `token` and `next`. Options `window`, `stride` (the
/// window if not given), `by` ("characters", "bytes", "words") and `vocabulary`, the most words.
Result<Table> loadText(const ReaderRequest &request);

/// Every `n` tokens in a row: the first n - 1 are the `context` of the `next`. Options `n`, `by` ("words",
/// "characters", "bytes") and `vocabulary`.
Result<Table> loadNgrams(const ReaderRequest &request);

} // namespace nnrt

/// Text as numbers: characters, bytes or words, each with an index.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <string>
#include <vector>

namespace nnrt {

enum class TokenUnit { Characters, Bytes, Words };

struct Tokens {
  std::vector<std::string> names; ///< of the indices
  std::vector<int32_t> indices;   ///< one a token of the text
};

/// Cuts a text into tokens. With `names` the vocabulary is given; else characters and bytes are in order of their
/// codes, and words in order of how often they occur, the `limit` - 1 most frequent of them and `<unk>` for the rest.
/// A word is a run of letters, digits, `'` and whatever is no ASCII; any other character but blanks is one by itself.
Result<Tokens> tokenize(const std::string &file, const Bytes &text, TokenUnit unit,
                        const std::vector<std::string> &names, int64_t limit);

} // namespace nnrt

/// Arguments and results that are text: a vocabulary stands between characters or words and the tokens of the program.
#pragma once

#include "core/Result.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// The tokens of the text that an argument is given as: `-` is standard input, the name of a file that ends in .txt
/// stands for what it holds, and all else for itself. What is not in the vocabulary is refused with its place.
Result<std::vector<int32_t>> readTokens(const nn_argument &argument, const std::string &text);

/// The text that tokens are: characters and bytes one behind the other, words with blanks between them.
std::string spelled(const nn_vocabulary &vocabulary, const double *tokens, size_t count);

/// "characters", "bytes" or "words".
const char *unitName(const nn_vocabulary &vocabulary);

} // namespace nnrt

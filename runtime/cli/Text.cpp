/// Text as tokens and back.
#include "cli/Text.h"
#include "core/System.h"
#include "core/Text.h"
#include "data/Vocabulary.h"

namespace nnrt {

static TokenUnit unitOf(const nn_vocabulary &vocabulary) {
  return vocabulary.unit == NN_UNIT_WORDS   ? TokenUnit::Words
         : vocabulary.unit == NN_UNIT_BYTES ? TokenUnit::Bytes
                                            : TokenUnit::Characters;
}

static Bytes bytesOf(const std::string &text) {
  Bytes bytes(text.size());
  std::copy(text.begin(), text.end(), reinterpret_cast<char *>(bytes.data()));
  return bytes;
}

Result<std::vector<int32_t>> readTokens(const nn_argument &argument, const std::string &text) {
  std::string name = format("`%s`", argument.name);
  bool isFile = endsWith(text, ".txt");
  Result<Bytes> read = text == "-" ? readStandardInput() : isFile ? readFile(text) : Result<Bytes>(bytesOf(text));
  if (!read)
    return read.error();
  const nn_vocabulary &vocabulary = *argument.vocabulary;
  std::vector<std::string> names(vocabulary.tokens, vocabulary.tokens + vocabulary.token_count);
  Result<Tokens> tokens = tokenize(isFile ? text : name, *read, unitOf(vocabulary), names, vocabulary.token_count);
  if (!tokens)
    return tokens.error();
  return std::move(tokens->indices);
}

std::string spelled(const nn_vocabulary &vocabulary, const double *tokens, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    auto token = int64_t(tokens[i]);
    if (token < 0 || token >= vocabulary.token_count)
      continue;
    if (vocabulary.unit == NN_UNIT_BYTES)
      text += char(token);
    else
      text += (i && vocabulary.unit == NN_UNIT_WORDS ? " " : "") + std::string(vocabulary.tokens[token]);
  }
  return text;
}

const char *unitName(const nn_vocabulary &vocabulary) {
  return vocabulary.unit == NN_UNIT_WORDS ? "words" : vocabulary.unit == NN_UNIT_BYTES ? "bytes" : "characters";
}

} // namespace nnrt

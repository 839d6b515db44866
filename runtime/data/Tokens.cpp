/// Rows that share the tokens of one text.
#include "data/Tokens.h"
#include "core/Text.h"
#include "data/Gzip.h"
#include "data/Options.h"
#include "data/Vocabulary.h"

#include <cstring>

namespace nnrt {
namespace {

using LL = long long;

/// A field that takes `elements` tokens of a row, starting `shift` tokens behind the row's first.
struct Slice {
  const char *name;
  std::vector<int64_t> shape;
  int64_t shift;
};

Result<Tokens> readTokens(const std::string &path, const ReaderRequest &request, const char *field,
                          const std::vector<std::string> &units) {
  OptionReader options(request.options);
  Result<std::string> by = options.word("by", units);
  if (!by)
    return by.error();
  TokenUnit unit = *by == "words" ? TokenUnit::Words : *by == "bytes" ? TokenUnit::Bytes : TokenUnit::Characters;
  if (unit != TokenUnit::Words && request.option("vocabulary"))
    return optionFailure("vocabulary", "`vocabulary` limits words: it goes with `by: \"words\"`");
  Result<int64_t> limit = options.integer("vocabulary", INT32_MAX, 2, INT32_MAX);
  if (!limit)
    return limit.error();
  Result<Bytes> text = readMaybeGzip(path);
  if (!text)
    return text.error();
  const DeclaredField *declared = request.field(field);
  return tokenize(path, *text, unit, declared ? declared->names : std::vector<std::string>(), *limit);
}

/// The column whose bytes hold all tokens; they are bytes themselves where that is enough.
Column storeTokens(const Tokens &tokens, const std::string &path) {
  bool narrow = tokens.names.size() <= 256;
  Column column = makeColumn("", path, narrow ? NN_U8 : NN_I32, {}, int64_t(tokens.indices.size()));
  if (!narrow) {
    memcpy(column.bytes.data(), tokens.indices.data(), column.bytes.size());
    return column;
  }
  for (size_t i = 0; i < tokens.indices.size(); ++i)
    column.bytes.data()[i] = uint8_t(tokens.indices[i]);
  return column;
}

Result<Table> windows(const std::string &path, const Tokens &tokens, const std::vector<Slice> &slices, int64_t length,
                      int64_t stride) {
  int64_t count = int64_t(tokens.indices.size());
  if (count < length)
    return failure(format("%s: the text has %lld tokens, but a row takes %lld", path.c_str(), LL(count), LL(length)));
  Table table;
  table.path = path;
  table.files = {path};
  Split split;
  split.name = "train";
  split.rows = (count - length) / stride + 1;
  Column all = storeTokens(tokens, path);
  all.borrowed = all.bytes.data();
  for (const Slice &slice : slices) {
    Column column = all.view();
    column.name = slice.name;
    column.shape = slice.shape;
    column.elements = elementCount(slice.shape);
    column.stride = stride;
    column.first = size_t(slice.shift * all.rowElementSize());
    column.rows = split.rows;
    if (&slice == &slices.front())
      column.bytes = std::move(all.bytes);
    split.columns.push_back(std::move(column));
    FieldInfo info;
    info.name = slice.name;
    info.classes = int64_t(tokens.names.size());
    info.classNames = tokens.names;
    table.fields.push_back(std::move(info));
  }
  table.splits.push_back(std::move(split));
  return table;
}

} // namespace

Result<Table> loadText(const ReaderRequest &request) {
  OptionReader options(request.options);
  Result<int64_t> window = options.integer("window", 0, 1, 1 << 20);
  if (!window)
    return window.error();
  Result<int64_t> stride = options.integer("stride", *window, 1, INT32_MAX);
  if (!stride)
    return stride.error();
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Tokens> tokens = readTokens(*path, request, "token", {"characters", "bytes", "words"});
  if (!tokens)
    return tokens.error();
  return windows(*path, *tokens, {{"token", {*window}, 0}, {"next", {*window}, 1}}, *window + 1, *stride);
}

Result<Table> loadNgrams(const ReaderRequest &request) {
  Result<int64_t> n = OptionReader(request.options).integer("n", 0, 2, 1 << 16);
  if (!n)
    return n.error();
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Tokens> tokens = readTokens(*path, request, "next", {"words", "characters", "bytes"});
  if (!tokens)
    return tokens.error();
  return windows(*path, *tokens, {{"context", {*n - 1}, 0}, {"next", {}, *n - 1}}, *n, 1);
}

} // namespace nnrt

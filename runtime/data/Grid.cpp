/// Splits text at separators and line ends, outside of quotes.
#include "data/Grid.h"
#include "core/Text.h"
#include "data/Gzip.h"

#include <cstring>

namespace nnrt {

/// Works in place: a quoted cell is moved over its opening quote and its doubled ones.
class GridParser {
public:
  GridParser(Grid &grid, char separator)
      : grid(grid), at(reinterpret_cast<char *>(grid.bytes.data())), end(at + grid.bytes.size()), first(at) {
    if (grid.bytes.size() >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
      at += 3;
    this->separator = separator ? separator : likeliest();
  }

  Status run() {
    while (at < end) {
      if (lineIsBlank())
        continue;
      uint32_t rowLine = line;
      if (Status row = parseRow(); !row)
        return row;
      grid.lines.push_back(rowLine);
      grid.starts.push_back(int64_t(grid.cells.size()));
    }
    return success();
  }

private:
  char likeliest() const {
    const char candidates[] = {',', ';', '\t'};
    size_t counts[3] = {0, 0, 0};
    bool quoted = false;
    for (const char *c = at; c < end && (quoted || *c != '\n'); ++c) {
      quoted = quoted != (*c == '"');
      for (size_t i = 0; i < 3; ++i)
        counts[i] += !quoted && *c == candidates[i];
    }
    size_t best = 0;
    for (size_t i = 1; i < 3; ++i)
      if (counts[i] > counts[best])
        best = i;
    return candidates[best];
  }

  /// Steps over a line of blanks; stays where it is before any other.
  bool lineIsBlank() {
    char *c = at;
    while (c < end && (*c == ' ' || *c == '\r' || (*c == '\t' && separator != '\t')))
      ++c;
    if (c < end && *c != '\n')
      return false;
    at = c < end ? c + 1 : c;
    ++line;
    return true;
  }

  Status parseRow() {
    for (;;) {
      if (Status cell = parseCell(); !cell)
        return cell;
      if (at == end)
        return success();
      if (*at++ == '\n') {
        ++line;
        return success();
      }
    }
  }

  void addCell(const char *begin, const char *behind) {
    grid.cells.push_back({uint32_t(begin - first), uint32_t(behind - begin)});
  }

  bool isBlank(char c) const { return c == ' ' || c == '\r' || (c == '\t' && separator != '\t'); }

  /// Stops at the separator, the line end or the end of the file behind the cell.
  Status parseCell() {
    while (at < end && isBlank(*at))
      ++at;
    if (at < end && *at == '"')
      return parseQuoted();
    char *begin = at;
    while (at < end && *at != separator && *at != '\n')
      ++at;
    char *behind = at;
    while (behind > begin && isBlank(behind[-1]))
      --behind;
    addCell(begin, behind);
    return success();
  }

  Status parseQuoted() {
    uint32_t opened = line;
    char *begin = ++at, *write = begin;
    for (;; ++at) {
      if (at == end)
        return failure(format("%s: line %u: the quote that opens here is never closed", grid.file.c_str(), opened));
      if (*at == '"' && (at + 1 == end || at[1] != '"'))
        break;
      at += *at == '"';
      line += *at == '\n';
      *write++ = *at;
    }
    addCell(begin, write);
    for (++at; at < end && isBlank(*at); ++at)
      ;
    if (at < end && *at != separator && *at != '\n')
      return failure(format("%s: line %u, column %zu: `%c` follows the closing quote, where a `%c` is expected",
                            grid.file.c_str(), line, grid.cells.size() - size_t(grid.starts.back()) - 1, *at,
                            separator));
    return success();
  }

  Grid &grid;
  char separator;
  char *at, *end, *first;
  uint32_t line = 1;
};

Result<Grid> readGrid(const std::string &path, char separator) {
  Result<Bytes> bytes = readMaybeGzip(path);
  if (!bytes)
    return bytes.error();
  if (bytes->size() >= UINT32_MAX)
    return failure(
        format("%s: text of %s is too much at once", path.c_str(), humanBytes(int64_t(bytes->size())).c_str()));
  if (memchr(bytes->data(), 0, bytes->size()))
    return failure(format("%s: a text with separators has no zero bytes; this is another kind of file", path.c_str()));
  Grid grid;
  grid.file = path;
  grid.bytes = std::move(*bytes);
  if (Status parsed = GridParser(grid, separator).run(); !parsed)
    return parsed.error();
  if (grid.rows() == 0)
    return failure(format("%s: the file is empty", path.c_str()));
  return grid;
}

} // namespace nnrt

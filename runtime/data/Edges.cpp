/// Reads edge lists.
#include "data/Edges.h"
#include "core/Text.h"
#include "data/Classes.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

using LL = long long;

struct Edges {
  std::vector<std::string_view> source, target;
};

bool isGap(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }

/// The next word of a line, or nothing.
std::string_view nextWord(std::string_view &line) {
  while (!line.empty() && isGap(line.front()))
    line.remove_prefix(1);
  size_t length = 0;
  while (length < line.size() && !isGap(line[length]))
    ++length;
  std::string_view word = line.substr(0, length);
  line.remove_prefix(length);
  return word;
}

Result<Edges> parseEdges(const std::string &file, const Bytes &bytes) {
  Edges edges;
  std::string_view rest(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  for (int64_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::string_view from = nextWord(line), to = nextWord(line);
    if (from.empty() || from[0] == '#' || from[0] == '%')
      continue;
    if (to.empty())
      return failure(format("%s: line %lld: an edge has two nodes, but only `%s` stands there", file.c_str(),
                            LL(number), std::string(from.substr(0, 40)).c_str()));
    edges.source.push_back(from);
    edges.target.push_back(to);
  }
  if (edges.source.empty())
    return failure(format("%s: the file holds no edges", file.c_str()));
  return edges;
}

/// The number behind each name: its own value, or its place among the names.
class Nodes {
public:
  explicit Nodes(const Edges &edges) {
    std::vector<std::string_view> all = edges.source;
    all.insert(all.end(), edges.target.begin(), edges.target.end());
    std::vector<std::string> names = distinct(std::move(all));
    int64_t lowest, highest;
    numbers = parseInteger(names.front(), lowest) && parseInteger(names.back(), highest) && lowest >= 0 &&
              highest < INT32_MAX;
    count = numbers ? highest + 1 : int64_t(names.size());
    if (!numbers)
      classes = Classes(std::move(names));
  }
  int32_t number(std::string_view node) const {
    int64_t value = 0;
    if (numbers)
      parseInteger(std::string(node), value);
    return int32_t(numbers ? value : classes.find(node));
  }

  bool numbers = false;
  int64_t count = 0;
  Classes classes;
};

} // namespace

Result<Table> loadEdges(const ReaderRequest &request) {
  Result<LocatedFile> file = readLocated(request);
  if (!file)
    return file.error();
  Result<Edges> edges = parseEdges(file->path, file->bytes);
  if (!edges)
    return edges.error();
  Nodes nodes(*edges);
  Table table;
  table.path = file->path;
  table.files = {file->path};
  Split split;
  split.name = "train";
  split.rows = 1;
  for (bool source : {true, false}) {
    const auto &ends = source ? edges->source : edges->target;
    Column column = makeColumn(source ? "source" : "target", file->path, NN_I32, {int64_t(ends.size())}, 1);
    for (size_t i = 0; i < ends.size(); ++i) {
      int32_t number = nodes.number(ends[i]);
      memcpy(column.bytes.data() + i * sizeof number, &number, sizeof number);
    }
    FieldInfo info;
    info.name = column.name;
    info.classes = nodes.count;
    info.classNames = nodes.classes.names();
    split.columns.push_back(std::move(column));
    table.fields.push_back(std::move(info));
  }
  table.splits.push_back(std::move(split));
  return table;
}

} // namespace nnrt

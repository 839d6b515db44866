/// Turns arrays into columns.
#include "data/Arrays.h"
#include "core/Text.h"
#include "data/ArraySplits.h"
#include "data/Edges.h"
#include "data/Lengths.h"
#include "data/Npy.h"
#include "data/Zip.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

using LL = long long;
using Kind = DeclaredField::Kind;

/// Integers have 32 bits in a program where they are not declared `i64`, and the classes of a category start at 0.
Result<int64_t> checkIntegers(const Column &column, bool category) {
  int64_t largest = -1;
  std::vector<int64_t> values(size_t(column.elements));
  for (int64_t row = 0; row < column.rows; ++row) {
    convertNumbers(column.row(row), column.dtype, values.data(), NN_I64, column.elements);
    for (int64_t value : values) {
      if (value < (category ? 0 : INT32_MIN) || value > INT32_MAX)
        return failure(format("%s: row %lld of `%s`: %lld is no %s", column.file.c_str(), LL(row), column.name.c_str(),
                              LL(value), category ? "class, which are counted from 0" : "integer of 32 bits"));
      largest = std::max(largest, value);
    }
  }
  return largest;
}

bool isInteger(int64_t dtype) { return dtype == NN_U8 || dtype == NN_I32 || dtype == NN_I64; }

/// Reads the numbers of a column as the program wants them.
Status applyDeclared(const DeclaredField *declared, Column &column, FieldInfo &info) {
  bool category = declared && declared->kind == Kind::Category;
  if (declared && declared->kind == Kind::Float)
    column.valueDtype = declared->dtype;
  if (declared && declared->kind == Kind::Integer && isInteger(column.dtype))
    column.valueDtype = declared->dtype;
  if (!isInteger(column.dtype) || isFloat(column.valueDtype)) {
    if (category)
      return failure(format("%s: `%s` holds %s, but classes are integers", column.file.c_str(), column.name.c_str(),
                            dtypeName(column.dtype)));
    return success();
  }
  if (column.valueDtype == NN_I64)
    return success();
  Result<int64_t> largest = checkIntegers(column, category);
  if (!largest)
    return largest.error();
  if (category)
    info.classes = declared->classes > 0 ? declared->classes : *largest + 1;
  if (category && *largest >= info.classes)
    return failure(format("%s: `%s` holds %lld, but `index(%lld)` ends at %lld", column.file.c_str(),
                          column.name.c_str(), LL(*largest), LL(info.classes), LL(info.classes - 1)));
  return success();
}

/// Whether some declared type has the shape of a whole array.
bool declaredWhole(const std::vector<NamedArray> &arrays, const ReaderRequest &request) {
  for (const NamedArray &each : arrays) {
    const DeclaredField *declared = request.field(each.name);
    if (declared && !declared->anyShape && declared->shape == each.array.shape)
      return true;
  }
  return false;
}

/// Whether a declared dimension has this name, so that an array of the name holds lengths.
bool namesLength(const ReaderRequest &request, const std::string &name) {
  if (request.field(name))
    return false;
  for (const DeclaredField &field : request.declared)
    if (std::count(field.lengths.begin(), field.lengths.end(), name))
      return true;
  return false;
}

/// The array of lengths of the first axis of a field whose rows lie one behind the other, or null.
const NamedArray *joinedBy(const std::vector<NamedArray> &arrays, const NamedArray &array,
                           const ReaderRequest &request) {
  const DeclaredField *declared = request.field(array.name);
  if (!declared || declared->lengths.empty() || declared->lengths[0].empty() ||
      array.array.shape.size() != declared->shape.size())
    return nullptr;
  for (const NamedArray &each : arrays)
    if (each.name == declared->lengths[0] && namesLength(request, each.name))
      return &each;
  return nullptr;
}

std::vector<int64_t> integersOf(const Array &array) {
  std::vector<int64_t> values(size_t(elementCount(array.shape)));
  convertNumbers(array.bytes.data() + array.first, array.dtype, values.data(), NN_I64, int64_t(values.size()));
  return values;
}

/// Cuts an array of all rows one behind the other into rows of these lengths, each with room for the longest.
Status cutRows(const std::string &file, NamedArray &joined, const NamedArray &lengths) {
  std::vector<int64_t> counts = integersOf(lengths.array);
  int64_t total = 0, longest = 1;
  for (int64_t count : counts) {
    total += std::max<int64_t>(count, 0);
    longest = std::max(longest, count);
  }
  if (total != joined.array.shape[0])
    return failure(format("%s: `%s` has %lld entries along its first axis, but the lengths in `%s` add up to %lld",
                          file.c_str(), joined.name.c_str(), LL(joined.array.shape[0]), lengths.name.c_str(),
                          LL(total)));
  std::vector<int64_t> inner(joined.array.shape.begin() + 1, joined.array.shape.end());
  size_t step = size_t(elementCount(inner) * dtypeSize(joined.array.dtype));
  Bytes rows(counts.size() * size_t(longest) * step);
  memset(rows.data(), 0, rows.size());
  const uint8_t *from = joined.array.bytes.data() + joined.array.first;
  for (size_t row = 0; row < counts.size(); ++row) {
    size_t bytes = size_t(std::max<int64_t>(counts[row], 0)) * step;
    memcpy(rows.data() + row * size_t(longest) * step, from, bytes);
    from += bytes;
  }
  joined.array.shape = {int64_t(counts.size()), longest};
  joined.array.shape.insert(joined.array.shape.end(), inner.begin(), inner.end());
  joined.array.bytes = std::move(rows);
  joined.array.first = 0;
  return success();
}

/// Arrays that the program does not declare stay aside, if it declares some and all of these are there.
void keepDeclared(std::vector<NamedArray> &arrays, const ReaderRequest &request) {
  auto isDeclared = [&](const NamedArray &each) { return request.field(each.name) != nullptr; };
  auto isLength = [&](const NamedArray &each) { return namesLength(request, each.name); };
  int64_t found = std::count_if(arrays.begin(), arrays.end(), isDeclared);
  if (found == 0 || found < int64_t(request.declared.size()))
    return;
  arrays.erase(std::remove_if(arrays.begin(), arrays.end(),
                              [&](const NamedArray &each) { return !isDeclared(each) && !isLength(each); }),
               arrays.end());
}

Status checkLeading(const std::string &file, const std::vector<NamedArray> &arrays) {
  for (const NamedArray &each : arrays) {
    if (each.array.shape.empty())
      return failure(format("%s: `%s` is a single number and has no rows; declare the fields that are wanted",
                            file.c_str(), each.name.c_str()));
    if (each.array.shape[0] != arrays[0].array.shape[0])
      return failure(format("%s: `%s` has %lld rows, but `%s` has %lld; declare the fields that are wanted, or the "
                            "types of whole arrays to make one example of them",
                            file.c_str(), each.name.c_str(), LL(each.array.shape[0]), arrays[0].name.c_str(),
                            LL(arrays[0].array.shape[0])));
  }
  return success();
}

/// The columns of a split; `fields` has an entry a column but those of lengths, whose classes grow.
Result<Split> columnsOf(const std::string &file, ArraySplit arrays, const ReaderRequest &request, bool whole,
                        std::vector<FieldInfo> &fields) {
  for (NamedArray &each : arrays.arrays)
    if (const NamedArray *lengths = whole ? nullptr : joinedBy(arrays.arrays, each, request))
      if (Status cut = cutRows(file, each, *lengths); !cut)
        return cut.error();
  if (!whole)
    if (Status same = checkLeading(file, arrays.arrays); !same)
      return same.error();
  Split split;
  split.name = arrays.name;
  split.rows = whole ? 1 : arrays.arrays[0].array.shape[0];
  for (NamedArray &each : arrays.arrays) {
    if (!whole && namesLength(request, each.name)) {
      split.columns.push_back(makeLengths(each.name, file, integersOf(each.array)));
      continue;
    }
    std::vector<int64_t> shape(each.array.shape.begin() + (whole ? 0 : 1), each.array.shape.end());
    if (elementCount(shape) == 0)
      return failure(format("%s: `%s` is %s, which holds no numbers", file.c_str(), each.name.c_str(),
                            typeText(each.array.dtype, each.array.shape).c_str()));
    Column column = makeColumn(each.name, file, each.array.dtype, std::move(shape), 0);
    column.rows = split.rows;
    column.first = each.array.first;
    column.bytes = std::move(each.array.bytes);
    auto known = std::find_if(fields.begin(), fields.end(), [&](const FieldInfo &f) { return f.name == each.name; });
    FieldInfo &info = known != fields.end() ? *known : (fields.emplace_back(), fields.back());
    info.name = each.name;
    int64_t classes = info.classes;
    if (Status read = applyDeclared(request.field(each.name), column, info); !read)
      return read.error();
    info.classes = std::max(classes, info.classes);
    split.columns.push_back(std::move(column));
  }
  return split;
}

/// Every split has the fields of the first one, in its order; the parts of one example that a split does not have are
/// those of the first.
Status alignSplit(const std::string &file, const Split &first, Split &split, bool whole) {
  std::vector<Column> columns;
  for (const Column &wanted : first.columns) {
    auto found = std::find_if(split.columns.begin(), split.columns.end(),
                              [&](const Column &column) { return column.name == wanted.name; });
    if (found == split.columns.end() && whole)
      columns.push_back(wanted.view());
    else if (found == split.columns.end())
      return failure(format("%s: the %s split has no `%s`", file.c_str(), split.name.c_str(), wanted.name.c_str()));
    else
      columns.push_back(std::move(*found));
  }
  split.columns = std::move(columns);
  return success();
}

Result<Table> tableOf(const std::string &file, std::vector<ArraySplit> splits, const ReaderRequest &request,
                      bool whole) {
  Table table;
  table.path = file;
  table.files = {file};
  for (ArraySplit &arrays : splits) {
    if (arrays.arrays.empty())
      return failure(format("%s: the archive holds no arrays", file.c_str()));
    Result<Split> split = columnsOf(file, std::move(arrays), request, whole, table.fields);
    if (!split)
      return split.error();
    if (!table.splits.empty())
      if (Status aligned = alignSplit(file, table.splits[0], *split, whole); !aligned)
        return aligned.error();
    table.splits.push_back(std::move(*split));
  }
  return table;
}

Result<std::vector<NamedArray>> readArchive(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  Result<std::vector<ZipMember>> members = readZip(*bytes, path);
  if (!members)
    return members.error();
  std::vector<NamedArray> arrays;
  for (ZipMember &member : *members) {
    if (!endsWith(member.name, ".npy"))
      continue;
    Result<Array> array = parseNpy(std::move(member.bytes), path + ": " + member.name);
    if (!array)
      return array.error();
    arrays.push_back({identifier(member.name.substr(0, member.name.size() - 4)), std::move(*array)});
  }
  return arrays;
}

/// Arrays that hold nodes of a graph: the ends of its edges, and pairs of nodes.
bool holdsNodes(const NamedArray &each) {
  return each.name == "source" || each.name == "target" || (each.array.shape.size() == 2 && each.array.shape[1] == 2);
}

/// The smallest and the largest of the integers.
std::pair<int64_t, int64_t> rangeOf(const Array &array) {
  std::vector<int64_t> values = integersOf(array);
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return values.empty() ? std::pair<int64_t, int64_t>(0, -1) : std::pair(*low, *high);
}

/// The number of nodes: the rows of `x`, or as many as the arrays name.
int64_t nodesOf(const std::vector<ArraySplit> &splits) {
  int64_t nodes = 0;
  for (const ArraySplit &split : splits)
    for (const NamedArray &each : split.arrays)
      if (each.name == "x" && !each.array.shape.empty())
        return each.array.shape[0];
      else if (isInteger(each.array.dtype) && holdsNodes(each))
        nodes = std::max(nodes, rangeOf(each.array).second + 1);
  return nodes;
}

/// Whether bytes stand for the brightness of pixels or the like: several an example.
bool holdsBytes(const NamedArray &each, bool whole) {
  return each.array.dtype == NN_U8 && each.array.shape.size() > (whole ? 0 : 1);
}

/// Integers from 0 up are classes where the program declares nothing else: those of a graph may be nodes.
void declareClasses(const std::vector<ArraySplit> &splits, ReaderRequest &request, bool isGraph, bool whole) {
  int64_t nodes = isGraph ? nodesOf(splits) : 0;
  auto isNegative = [&](const std::string &name) {
    for (const ArraySplit &split : splits)
      for (const NamedArray &each : split.arrays)
        if (each.name == name && isInteger(each.array.dtype) && rangeOf(each.array).first < 0)
          return true;
    return false;
  };
  for (const NamedArray &each : splits[0].arrays) {
    if (!isInteger(each.array.dtype) || request.field(each.name) || namesLength(request, each.name) ||
        (!isGraph && holdsBytes(each, whole)) || isNegative(each.name))
      continue;
    DeclaredField field;
    field.name = each.name;
    field.kind = Kind::Category;
    field.dtype = NN_I32;
    field.anyShape = true;
    field.classes = isGraph && holdsNodes(each) ? nodes : 0;
    request.declared.push_back(std::move(field));
  }
}

Result<Table> loadArchive(ReaderRequest request, bool isGraph) {
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<std::vector<NamedArray>> arrays = readArchive(*path);
  if (!arrays)
    return arrays.error();
  bool whole = isGraph || declaredWhole(*arrays, request);
  bool asNamed = std::any_of(arrays->begin(), arrays->end(),
                             [&](const NamedArray &each) { return namesSplit(each.name) && request.field(each.name); });
  std::vector<ArraySplit> splits;
  if (asNamed)
    splits.push_back({"train", std::move(*arrays)});
  else
    splits = splitArrays(std::move(*arrays), whole);
  for (ArraySplit &split : splits)
    keepDeclared(split.arrays, request);
  declareClasses(splits, request, isGraph, whole);
  return tableOf(*path, std::move(splits), request, whole);
}

/// "data/x.npy" names `x`.
std::string stem(const std::string &path) {
  std::string name = path.substr(path.rfind('/') + 1);
  return identifier(name.substr(0, name.rfind('.')));
}

} // namespace

Result<Table> loadNpy(const ReaderRequest &request) {
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Bytes> bytes = readFile(*path);
  if (!bytes)
    return bytes.error();
  Result<Array> array = parseNpy(std::move(*bytes), *path);
  if (!array)
    return array.error();
  std::vector<ArraySplit> splits(1);
  splits[0].name = "train";
  splits[0].arrays.push_back(
      {request.declared.size() == 1 ? request.declared[0].name : stem(*path), std::move(*array)});
  bool whole = declaredWhole(splits[0].arrays, request);
  return tableOf(*path, std::move(splits), request, whole);
}

Result<Table> loadNpz(const ReaderRequest &request) { return loadArchive(request, false); }

Result<Table> loadGraph(const ReaderRequest &request) {
  return endsWith(request.path, ".npz") ? loadArchive(request, true) : loadEdges(request);
}

} // namespace nnrt

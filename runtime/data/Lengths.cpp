/// Padding, checking and counting of lengths.
#include "data/Lengths.h"
#include "core/Text.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

using LL = long long;

std::string lengthColumn(const std::string &length) { return "#" + length; }

std::string lengthName(const std::string &programName) {
  std::string name = programName.substr(0, programName.find("<="));
  return name.substr(name.rfind('.') + 1);
}

Column makeLengths(const std::string &length, const std::string &file, const std::vector<int64_t> &lengths) {
  Column column = makeColumn(lengthColumn(length), file, NN_I32, {}, int64_t(lengths.size()));
  for (size_t row = 0; row < lengths.size(); ++row) {
    int32_t value = int32_t(lengths[row]);
    memcpy(column.bytes.data() + row * sizeof value, &value, sizeof value);
  }
  return column;
}

static int64_t lengthAt(const Column &column, int64_t row) {
  int64_t value;
  convertNumbers(column.row(row), column.dtype, &value, NN_I64, 1);
  return value;
}

/// Copies what two blocks of other extents have in common, axis by axis.
static void copyBlock(const uint8_t *source, uint8_t *target, const std::vector<int64_t> &from,
                      const std::vector<int64_t> &to, size_t axis, size_t width) {
  if (axis == from.size()) {
    memcpy(target, source, width);
    return;
  }
  size_t inner = width, room = width;
  for (size_t k = axis + 1; k < from.size(); ++k) {
    inner *= size_t(from[k]);
    room *= size_t(to[k]);
  }
  for (int64_t i = 0; i < std::min(from[axis], to[axis]); ++i)
    copyBlock(source + size_t(i) * inner, target + size_t(i) * room, from, to, axis + 1, width);
}

void copyCommon(const uint8_t *source, const std::vector<int64_t> &from, uint8_t *target,
                const std::vector<int64_t> &to, size_t width) {
  copyBlock(source, target, from, to, 0, width);
}

void makeRoom(Column &column, const std::vector<int64_t> &shape) {
  if (column.shape == shape)
    return;
  Column other = makeColumn(column.name, column.file, column.dtype, shape, column.rows);
  other.divisor = column.divisor;
  other.valueDtype = column.valueDtype;
  other.lengths = column.lengths;
  memset(other.bytes.data(), 0, other.bytes.size());
  size_t width = size_t(column.rowElementSize());
  for (int64_t row = 0; row < column.rows; ++row)
    copyBlock(column.row(row), other.bytes.data() + size_t(row * other.elements) * width, column.shape, shape, 0,
              width);
  column = std::move(other);
}

namespace {

/// One split of a table that is being brought to its declared lengths.
class LengthCheck {
public:
  explicit LengthCheck(Split &split) : split(split) {}

  Status apply(const DeclaredField &declared);
  Status checkBelow(const DeclaredField &declared);

private:
  Status checkLength(const Column &column, const std::string &name, int64_t extent, int64_t bound);

  Split &split;
};

} // namespace

/// The lengths of an axis, which are its whole extent where nothing else says.
Status LengthCheck::checkLength(const Column &column, const std::string &name, int64_t extent, int64_t bound) {
  const Column *known = split.column(lengthColumn(name));
  if (!known) {
    split.columns.push_back(makeLengths(name, column.file, std::vector<int64_t>(size_t(split.rows), extent)));
    known = &split.columns.back();
  }
  for (int64_t row = 0; row < split.rows; ++row) {
    int64_t length = lengthAt(*known, row);
    if (length < 0 || length > extent)
      return failure(format("%s: row %lld: `%s` is %lld, but `%s` has room for %lld", column.file.c_str(), LL(row),
                            name.c_str(), LL(length), column.name.c_str(), LL(extent)));
    if (length > bound)
      return failure(format("%s: row %lld: `%s` is %lld, but at most %lld is declared", column.file.c_str(), LL(row),
                            name.c_str(), LL(length), LL(bound)));
  }
  return success();
}

Status LengthCheck::apply(const DeclaredField &declared) {
  auto isIt = [&](const Column &column) { return column.name == declared.name; };
  auto found = std::find_if(split.columns.begin(), split.columns.end(), isIt);
  if (found == split.columns.end() || found->shape.size() != declared.shape.size())
    return success(); // compared with the declared type later
  for (size_t axis = 0; axis < declared.shape.size(); ++axis)
    if (declared.lengths[axis].empty() && found->shape[axis] != declared.shape[axis])
      return success();
  size_t place = size_t(found - split.columns.begin());
  for (size_t axis = 0; axis < declared.shape.size(); ++axis)
    if (!declared.lengths[axis].empty())
      if (Status fits = checkLength(split.columns[place], declared.lengths[axis], split.columns[place].shape[axis],
                                    declared.shape[axis]);
          !fits)
        return fits;
  makeRoom(split.columns[place], declared.shape);
  split.columns[place].lengths = declared.lengths;
  return success();
}

Status LengthCheck::checkBelow(const DeclaredField &declared) {
  const Column *column = split.column(declared.name), *length = split.column(lengthColumn(declared.below));
  if (!column || !length)
    return success();
  RealElements elements(split, *column);
  for (int64_t row = 0; row < split.rows; ++row) {
    int64_t end = lengthAt(*length, row);
    double wrong = -1;
    elements.visit(row, [&](double value, int64_t) { wrong = value < 0 || value >= double(end) ? value : wrong; });
    if (wrong != -1)
      return failure(format("%s: row %lld: `%s` holds %lld, but `%s` is %lld in this row", column->file.c_str(),
                            LL(row), declared.name.c_str(), LL(wrong), declared.below.c_str(), LL(end)));
  }
  return success();
}

/// Gives the columns of a field the same room in all splits.
static void unifyRoom(Table &table, const std::string &field) {
  std::vector<int64_t> shape;
  for (const Split &split : table.splits)
    if (const Column *column = split.column(field); column && !column->lengths.empty()) {
      shape.resize(column->shape.size());
      for (size_t axis = 0; axis < shape.size(); ++axis)
        shape[axis] = std::max(shape[axis], column->shape[axis]);
    }
  for (Split &split : table.splits)
    for (Column &column : split.columns)
      if (column.name == field && column.shape.size() == shape.size())
        makeRoom(column, shape);
}

Status applyLengths(Table &table, const std::vector<DeclaredField> &declared) {
  for (const FieldInfo &info : table.fields)
    unifyRoom(table, info.name);
  for (Split &split : table.splits) {
    LengthCheck check(split);
    for (const DeclaredField &field : declared)
      if (!field.lengths.empty())
        if (Status applied = check.apply(field); !applied)
          return applied;
    for (const DeclaredField &field : declared)
      if (!field.below.empty())
        if (Status fits = check.checkBelow(field); !fits)
          return fits;
  }
  for (FieldInfo &info : table.fields)
    for (const DeclaredField &field : declared)
      if (field.name == info.name)
        info.below = field.below;
  return success();
}

// ---- what is really there

RealElements::RealElements(const Split &split, const Column &column) : column(column), values(size_t(column.elements)) {
  for (const std::string &name : column.lengths)
    lengths.push_back(name.empty() ? nullptr : split.column(lengthColumn(name)));
}

std::vector<bool> RealElements::inRow(int64_t row) const {
  std::vector<int64_t> ends(column.shape);
  for (size_t axis = 0; axis < lengths.size(); ++axis)
    if (lengths[axis])
      ends[axis] = lengthAt(*lengths[axis], row);
  std::vector<bool> real(size_t(column.elements), true);
  for (int64_t element = 0; element < column.elements; ++element) {
    int64_t rest = element;
    for (size_t axis = ends.size(); axis-- > 0;) {
      if (rest % column.shape[axis] >= ends[axis])
        real[size_t(element)] = false;
      rest /= column.shape[axis];
    }
  }
  return real;
}

std::vector<LengthInfo> lengthsOf(const Table &table) {
  std::vector<LengthInfo> all;
  for (const Split &split : table.splits)
    for (const Column &column : split.columns) {
      if (column.name[0] != '#')
        continue;
      std::string name = column.name.substr(1);
      auto found = std::find_if(all.begin(), all.end(), [&](const LengthInfo &info) { return info.name == name; });
      if (found == all.end())
        found = all.insert(all.end(), {name, INT64_MAX, 0, 0});
      for (int64_t row = 0; row < split.rows; ++row) {
        int64_t length = lengthAt(column, row);
        found->minimum = std::min(found->minimum, length);
        found->maximum = std::max(found->maximum, length);
        found->mean += double(length);
      }
    }
  int64_t rows = 0;
  for (const Split &split : table.splits)
    rows += split.rows;
  for (LengthInfo &info : all)
    info.mean /= double(std::max<int64_t>(rows, 1));
  return all;
}

} // namespace nnrt

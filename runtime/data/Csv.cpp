/// Chooses columns, decides what their cells are, and converts them.
#include "data/Csv.h"
#include "core/Text.h"
#include "data/Classes.h"
#include "data/CsvHeader.h"
#include "data/Options.h"

#include <algorithm>
#include <cmath>

namespace nnrt {
namespace {

using LL = long long;
using Kind = DeclaredField::Kind;

/// A field: its columns, what its cells are, and its classes if it has some.
struct CsvField {
  std::string name;
  std::vector<int64_t> columns;
  std::vector<int64_t> shape;
  Kind kind = Kind::Float;
  int64_t dtype = NN_F32;
  bool indices = false; ///< the cells are indices of classes that a row of counts has named
  int64_t classes = 0;
  Classes names;
};

class CsvReader {
public:
  CsvReader(const Grid &grid, const CsvHeader &header, const ReaderRequest &request)
      : grid(grid), header(header), request(request), first(header.firstRow) {}
  Result<Table> run();

private:
  Status chooseFields();
  Status chooseColumns(const std::string &key, const std::string &value);
  Result<int64_t> columnOf(const std::string &key, const OptionItem &item) const;
  Status chooseMissing();
  Status decide(CsvField &field);
  bool looksNumeric(const CsvField &field) const;
  bool takesInOrder(const std::vector<std::string> &names);
  Status collectClasses(CsvField &field, const DeclaredField *declared);
  void dropRows();
  Result<Column> convert(const CsvField &field, int64_t &missing);
  Status convertCell(const CsvField &field, int64_t row, int64_t column, double &value);
  Failure wrongCell(int64_t row, int64_t column, const char *expected) const;

  const Grid &grid;
  const CsvHeader &header;
  const ReaderRequest &request;
  int64_t first;
  std::vector<CsvField> fields;
  std::vector<int64_t> rows; ///< of the grid, those that are kept
  bool drop = false;
  double standIn = std::nan("");
};

/// Whole numbers look the same however they are written: "3" for 3.0.
std::string canonical(std::string_view cell) {
  double value;
  if (isNumber(cell, value) && std::fabs(value) < 1e15 && value == std::floor(value))
    return format("%lld", LL(value));
  return std::string(cell);
}

/// "2..32": positions from the first up to and without the second.
bool parseRange(const std::string &text, int64_t &from, int64_t &to) {
  size_t dots = text.find("..");
  return dots != std::string::npos && parseInteger(text.substr(0, dots), from) &&
         parseInteger(text.substr(dots + 2), to);
}

static std::string joined(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<int64_t> CsvReader::columnOf(const std::string &key, const OptionItem &item) const {
  if (item.quoted) {
    auto found = std::find(header.names.begin(), header.names.end(), item.text);
    if (found != header.names.end())
      return int64_t(found - header.names.begin());
    std::string guess = nearest(item.text, header.names);
    std::string known = header.names.empty() ? "names no columns" : "has no column `" + item.text + "`";
    if (!guess.empty())
      known += "; the nearest is `" + guess + "`";
    else if (!header.names.empty())
      known += ": it has " + joined(header.names);
    return optionFailure(key.c_str(), format("%s %s", grid.file.c_str(), known.c_str()));
  }
  int64_t column;
  if (!parseInteger(item.text, column))
    return optionFailure(key.c_str(), format("a column is a position or a name, not `%s`", item.text.c_str()));
  if (column < 0 || column >= header.columns)
    return optionFailure(key.c_str(), format("%s has no column %lld: its columns are 0 to %lld", grid.file.c_str(),
                                             LL(column), LL(header.columns - 1)));
  return column;
}

/// A name that is near one of an option was probably meant as that.
Failure explain(const std::string &key, const Failure &reason) {
  std::string guess = nearest(key, {"separator", "missing"});
  if (guess.empty())
    return reason;
  return {DataErrorKind::Unsupported,
          format("the reader `csv` has no option `%s`, and no such field: %s", key.c_str(), reason.text.c_str()), key,
          guess, 0};
}

Status CsvReader::chooseColumns(const std::string &key, const std::string &value) {
  CsvField field;
  field.name = key;
  for (const OptionItem &item : optionItems(value)) {
    int64_t from = 0, to = 0;
    bool named = std::find(header.names.begin(), header.names.end(), item.text) != header.names.end();
    if (item.quoted && !named && parseRange(item.text, from, to)) {
      for (int64_t column = from; column < to; ++column) {
        Result<int64_t> found = columnOf(key, {false, format("%lld", LL(column))});
        if (!found)
          return found.error();
        field.columns.push_back(*found);
      }
      continue;
    }
    Result<int64_t> column = columnOf(key, item);
    if (!column)
      return explain(key, column.error());
    field.columns.push_back(*column);
  }
  if (field.columns.empty())
    return optionFailure(key.c_str(), format("`%s` lists no columns", key.c_str()));
  bool several = isList(value) || field.columns.size() > 1;
  if (several)
    field.shape = {int64_t(field.columns.size())};
  fields.push_back(std::move(field));
  return success();
}

/// Declared fields of several numbers take the columns one behind the other, if there are just as many. False if not.
bool CsvReader::takesInOrder(const std::vector<std::string> &names) {
  int64_t taken = 0;
  bool byName = true;
  for (const DeclaredField &declared : request.declared) {
    taken += declared.anyShape ? 1 : elementCount(declared.shape);
    byName = byName && std::find(names.begin(), names.end(), declared.name) != names.end();
  }
  if (byName || taken != header.columns)
    return false;
  int64_t column = 0;
  for (const DeclaredField &declared : request.declared) {
    CsvField field;
    field.name = declared.name;
    for (int64_t k = 0; k < (declared.anyShape ? 1 : elementCount(declared.shape)); ++k)
      field.columns.push_back(column++);
    if (field.columns.size() > 1)
      field.shape = {int64_t(field.columns.size())};
    fields.push_back(std::move(field));
  }
  return true;
}

/// The columns that the options name, or every column by its own name.
Status CsvReader::chooseFields() {
  for (const auto &[key, value] : request.options)
    if (key != "separator" && key != "missing")
      if (Status chosen = chooseColumns(key, value); !chosen)
        return chosen;
  if (!fields.empty())
    return success();
  std::vector<std::string> names = header.fieldNames();
  if (takesInOrder(names))
    return success();
  for (size_t column = 0; column < names.size(); ++column) {
    CsvField field;
    field.name = names[column];
    field.columns = {int64_t(column)};
    fields.push_back(std::move(field));
  }
  return success();
}

Status CsvReader::chooseMissing() {
  const std::string *value = request.option("missing");
  if (!value)
    return success();
  std::string text = optionItems(*value)[0].text;
  drop = text == "drop";
  if (!drop && !parseNumber(text, standIn))
    return optionFailure("missing", "`missing` is \"drop\", which leaves rows out, or a number to put there");
  return success();
}

/// Numbers, or a column of numbers with mistakes in it: more than half of its cells are some.
bool CsvReader::looksNumeric(const CsvField &field) const {
  int64_t numbers = 0, texts = 0;
  for (int64_t row = first; row < grid.rows(); ++row)
    for (int64_t column : field.columns) {
      std::string_view cell = grid.cell(row, column);
      double value;
      if (!isMissing(cell))
        ++(isNumber(cell, value) ? numbers : texts);
    }
  return numbers >= texts;
}

/// What the cells of a field are: what the program declares, else texts are classes and numbers are floats.
Status CsvReader::decide(CsvField &field) {
  const DeclaredField *declared = request.field(field.name);
  bool named = header.counted && !header.classNames.empty() && field.columns.size() == 1 &&
               field.columns[0] == header.columns - 1;
  if (declared) {
    field.kind = declared->kind;
    if (!declared->anyShape && elementCount(declared->shape) == int64_t(field.columns.size()))
      field.shape = declared->shape;
  } else if (named || !looksNumeric(field)) {
    field.kind = Kind::Category;
  }
  switch (field.kind) {
  case Kind::Float:
    field.dtype = declared ? declared->dtype : NN_F32;
    return success();
  case Kind::Bool:
    field.dtype = NN_BOOL;
    return success();
  case Kind::Integer:
    field.dtype = declared ? declared->dtype : NN_I32;
    return success();
  case Kind::Category:
    break;
  }
  field.dtype = NN_I32;
  field.indices = named;
  if (named)
    field.names = Classes(header.classNames);
  field.classes = field.names.size();
  return named ? success() : collectClasses(field, declared);
}

/// The classes of a field: those the program knows; `0` up to the largest whole number, where these are few; else
/// the different texts.
Status CsvReader::collectClasses(CsvField &field, const DeclaredField *declared) {
  if (declared && !declared->names.empty()) {
    field.names = Classes(declared->names);
    field.classes = std::max(declared->classes, field.names.size());
    return success();
  }
  std::vector<std::string_view> cells;
  for (int64_t row = first; row < grid.rows(); ++row)
    for (int64_t column : field.columns)
      if (!isMissing(grid.cell(row, column)))
        cells.push_back(grid.cell(row, column));
  std::vector<std::string> texts = distinct(std::move(cells));
  for (std::string &text : texts)
    text = canonical(text);
  texts = distinct({texts.begin(), texts.end()});
  int64_t lowest = -1, highest = -1, wanted = declared ? declared->classes : 0;
  bool whole = !texts.empty() && parseInteger(texts.front(), lowest) && parseInteger(texts.back(), highest);
  bool direct =
      whole && (wanted > 0 ? lowest >= 0 && highest < wanted : lowest == 0 && highest < 2 * int64_t(texts.size()));
  if (direct) {
    texts.clear();
    for (int64_t i = 0; i < std::max(wanted, highest + 1); ++i)
      texts.push_back(format("%lld", LL(i)));
  }
  if (wanted > 0 && int64_t(texts.size()) > wanted)
    return failure(format("%s: column %s holds %zu different values, but `%s` is declared as `index(%lld)`",
                          grid.file.c_str(), header.columnText(field.columns[0]).c_str(), texts.size(),
                          field.name.c_str(), LL(wanted)));
  field.classes = wanted > 0 ? wanted : int64_t(texts.size());
  field.names = Classes(std::move(texts));
  return success();
}

void CsvReader::dropRows() {
  for (int64_t row = first; row < grid.rows(); ++row) {
    bool whole = true;
    for (const CsvField &field : fields)
      for (int64_t column : field.columns)
        whole = whole && !isMissing(grid.cell(row, column));
    if (whole || !drop)
      rows.push_back(row);
  }
}

Failure CsvReader::wrongCell(int64_t row, int64_t column, const char *expected) const {
  std::string_view cell = grid.cell(row, column);
  std::string found = isMissing(cell) ? "a missing value; `missing: \"drop\"` leaves such rows out"
                                      : "`" + std::string(cell.substr(0, 40)) + "`";
  return failure(format("%s: line %lld, column %s: expected %s, but found %s", grid.file.c_str(), LL(grid.line(row)),
                        header.columnText(column).c_str(), expected, found.c_str()));
}

Status CsvReader::convertCell(const CsvField &field, int64_t row, int64_t column, double &value) {
  std::string_view cell = grid.cell(row, column);
  bool number = isNumber(cell, value), whole = number && value == std::floor(value);
  switch (field.kind) {
  case Kind::Float:
    return number ? success() : wrongCell(row, column, "a number");
  case Kind::Integer:
    if (field.dtype == NN_I64)
      return whole && std::fabs(value) <= largestWhole ? success() : wrongCell(row, column, "an integer below 2^53");
    return whole && std::fabs(value) <= INT32_MAX ? success() : wrongCell(row, column, "an integer of 32 bits");
  case Kind::Bool:
    if (cell == "true" || cell == "True" || cell == "TRUE")
      value = 1;
    else if (cell == "false" || cell == "False" || cell == "FALSE")
      value = 0;
    else if (!number || (value != 0 && value != 1))
      return wrongCell(row, column, "`true`, `false`, 0 or 1");
    return success();
  case Kind::Category:
    break;
  }
  if (!field.indices)
    value = double(field.names.find(canonical(cell)));
  if ((field.indices && !whole) || isMissing(cell) || value < 0 || value >= double(field.classes))
    return wrongCell(row, column, format("one of the %lld classes", LL(field.classes)).c_str());
  return success();
}

Result<Column> CsvReader::convert(const CsvField &field, int64_t &missing) {
  Column column = makeColumn(field.name, grid.file, field.dtype, field.shape, int64_t(rows.size()));
  column.valueDtype = field.dtype;
  size_t at = 0, size = size_t(dtypeSize(field.dtype));
  for (int64_t row : rows)
    for (int64_t from : field.columns) {
      double value = standIn;
      bool absent = isMissing(grid.cell(row, from));
      missing += absent;
      bool stands = absent && (field.kind == Kind::Float || (field.kind == Kind::Integer && !std::isnan(standIn)));
      if (!stands)
        if (Status converted = convertCell(field, row, from, value); !converted)
          return converted.error();
      convertNumbers(&value, NN_F64, column.bytes.data() + at++ * size, field.dtype, 1);
    }
  return column;
}

Result<Table> CsvReader::run() {
  if (Status chosen = chooseFields(); !chosen)
    return chosen.error();
  if (Status chosen = chooseMissing(); !chosen)
    return chosen.error();
  dropRows();
  Table table;
  table.path = grid.file;
  table.files = {grid.file};
  Split split;
  split.name = "train";
  split.rows = int64_t(rows.size());
  for (CsvField &field : fields) {
    if (Status decided = decide(field); !decided)
      return decided.error();
    FieldInfo info;
    info.name = field.name;
    info.classes = field.classes;
    info.classNames = field.names.names();
    Result<Column> column = convert(field, info.missing);
    if (!column)
      return column.error();
    split.columns.push_back(std::move(*column));
    table.fields.push_back(std::move(info));
  }
  table.splits.push_back(std::move(split));
  return table;
}

} // namespace

Result<Table> loadCsv(const ReaderRequest &request) {
  std::string separator = OptionReader(request.options).text("separator", "");
  if (separator == "\\t" || separator == "tab")
    separator = "\t";
  if (separator.size() > 1 || separator == "\"")
    return optionFailure("separator",
                         format("a separator is one character, such as \";\", not `%s`", separator.c_str()));
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Grid> grid = readGrid(*path, separator.empty() ? '\0' : separator[0]);
  if (!grid)
    return grid.error();
  Result<CsvHeader> header = readHeader(*grid);
  if (!header)
    return header.error();
  return CsvReader(*grid, *header, request).run();
}

} // namespace nnrt

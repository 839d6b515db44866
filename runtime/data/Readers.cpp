/// Finding data, choosing its reader, and comparing it with the compiled program.
#include "data/Readers.h"
#include "core/Text.h"
#include "data/Arrays.h"
#include "data/Csv.h"
#include "data/Examples.h"
#include "data/Folder.h"
#include "data/Gzip.h"
#include "data/Idx.h"
#include "data/Lengths.h"
#include "data/Options.h"
#include "data/Summary.h"
#include "data/Tokens.h"
#include "data/Transforms.h"
#include "data/Wav.h"
#include "data/Xyz.h"

namespace nnrt {

const std::string *ReaderRequest::option(const std::string &key) const {
  for (const auto &entry : options)
    if (entry.first == key)
      return &entry.second;
  return nullptr;
}

const DeclaredField *ReaderRequest::field(const std::string &name) const {
  for (const DeclaredField &field : declared)
    if (field.name == name)
      return &field;
  return nullptr;
}

const std::vector<Reader> &readers() {
  static const std::vector<Reader> &all = *new std::vector<Reader>{
      {"idx", {"names"}, false, loadIdx, describeIdx},
      {"csv", {"separator", "missing"}, true, loadCsv, nullptr},
      {"npy", {}, false, loadNpy, nullptr},
      {"npz", {}, false, loadNpz, nullptr},
      {"text", {"window", "stride", "by", "vocabulary"}, false, loadText, nullptr},
      {"ngrams", {"n", "by", "vocabulary"}, false, loadNgrams, nullptr},
      {"graph", {}, false, loadGraph, nullptr},
      {"folder", {"channels", "size", "format"}, false, loadFolder, nullptr},
      {"xyz", {}, false, loadXyz, nullptr},
      {"wav", {"window", "stride"}, false, loadWav, nullptr},
      {"examples", {"rows", "seed"}, false, loadExamples, nullptr},
  };
  return all;
}

template <class T> static std::vector<std::string> namesOf(const std::vector<T> &all) {
  std::vector<std::string> names;
  for (const T &each : all)
    names.push_back(each.name);
  return names;
}

const std::vector<std::string> &dataReaders() {
  static const std::vector<std::string> &names = *new std::vector<std::string>(namesOf(readers()));
  return names;
}

const std::vector<std::string> &dataTransforms() {
  static const std::vector<std::string> &names = *new std::vector<std::string>(namesOf(transforms()));
  return names;
}

std::string positionalOption(const std::string &transform) {
  for (const Transform &each : transforms())
    if (transform == each.name)
      return each.positional;
  return {};
}

std::vector<std::string> searchFolders(const SearchPath &where) {
  std::vector<std::string> folders;
  if (!where.sourceDirectory.empty())
    folders.push_back(where.sourceDirectory);
  if (!where.dataDirectory.empty())
    folders.push_back(where.dataDirectory);
  folders.push_back("");
  folders.push_back("/usr/share/datasets");
  return folders;
}

Result<std::string> locate(const std::string &path, const SearchPath &where, bool folder) {
  auto exists = [&](const std::string &candidate) { return folder ? isDirectory(candidate) : isFile(candidate); };
  const char *kind = folder ? "folder" : "file";
  if (path.empty())
    return failure(DataErrorKind::Missing, format("a data set needs the path of a %s", kind));
  if (path[0] == '/') {
    if (exists(path))
      return path;
    return failure(DataErrorKind::Missing, format("there is no %s %s", kind, path.c_str()));
  }
  std::vector<std::string> places;
  for (const std::string &place : searchFolders(where)) {
    std::string candidate = joinPath(place, path);
    if (exists(candidate))
      return candidate;
    places.push_back(place.empty() ? "the current folder" : place);
  }
  return failure(DataErrorKind::Missing,
                 format("there is no %s `%s` in %s", kind, path.c_str(), join(places, ", ").c_str()));
}

Result<LocatedFile> readLocated(const ReaderRequest &request) {
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Bytes> bytes = readMaybeGzip(*path);
  if (!bytes)
    return bytes.error();
  return LocatedFile{std::move(*path), std::move(*bytes)};
}

std::string locateData(const std::string &path, const SearchPath &where) {
  Result<std::string> file = locate(path, where, false);
  Result<std::string> folder = file ? file : locate(path, where, true);
  return folder ? *folder : std::string();
}

/// The reader or transform of this name, after a look at the options it was given.
template <class T>
static Result<const T *> choose(const DataStage &stage, const std::vector<T> &all, const char *kind, bool anyOption) {
  const T *chosen = nullptr;
  for (const T &each : all)
    if (stage.name == each.name)
      chosen = &each;
  if (!chosen)
    return Failure{DataErrorKind::Unsupported, format("there is no data %s `%s`", kind, stage.name.c_str()), stage.name,
                   nearest(stage.name, namesOf(all)), 0};
  for (const auto &[key, value] : stage.options) {
    bool known = anyOption;
    for (const std::string &option : chosen->options)
      known = known || option == key;
    if (!known)
      return Failure{DataErrorKind::Unsupported,
                     format("the %s `%s` has no option `%s`", kind, chosen->name, key.c_str()), key,
                     nearest(key, chosen->options), 0};
  }
  return chosen;
}

static Result<const Reader *> chooseReader(const DataStage &stage) {
  bool namesFields = false;
  for (const Reader &reader : readers())
    namesFields = namesFields || (stage.name == reader.name && reader.namesFields);
  return choose(stage, readers(), "reader", namesFields);
}

/// Every data set is trained on, so that it needs rows.
static Status checkRows(const Table &table) {
  for (const Split &split : table.splits)
    if (split.rows == 0)
      return failure(format("%s: the %s split has no rows", table.path.c_str(), split.name.c_str()));
  return success();
}

static Status applyTransform(const DataStage &stage, Table &table) {
  Result<const Transform *> transform = choose(stage, transforms(), "transform", false);
  if (!transform)
    return transform.error();
  if (Status applied = (*transform)->apply(table, stage.options); !applied)
    return applied;
  return checkRows(table);
}

Result<Table> loadData(const DataRequest &request, TableFiller *filler) {
  const DataStage &first = request.stages[0];
  Result<const Reader *> reader = chooseReader(first);
  if (!reader)
    return reader.error();
  Result<Table> table = (*reader)->load({first.path, first.options, request.where, request.declared});
  if (!table)
    return table;
  if (Status some = checkRows(*table); !some)
    return some.error();
  if (filler && first.name == "examples") {
    Result<int64_t> seed = OptionReader(first.options).integer("seed", 0, 0, INT64_MAX);
    if (!seed)
      return seed.error();
    if (Status filled = filler->fill(*table, uint64_t(*seed)); !filled)
      return filled.error();
  }
  if (Status fits = applyLengths(*table, request.declared); !fits)
    return fits.error();
  for (size_t i = 1; i < request.stages.size(); ++i)
    if (Status applied = applyTransform(request.stages[i], *table); !applied) {
      applied.error().stage = i;
      return applied.error();
    }
  return table;
}

/// What a table tells about itself.
static Result<DataInfo> describe(const DataRequest &request, bool thorough) {
  const DataStage &first = request.stages[0];
  Result<const Reader *> reader = chooseReader(first);
  if (!reader)
    return reader.error();
  if ((*reader)->describe && request.stages.size() == 1)
    return (*reader)->describe({first.path, first.options, request.where, request.declared}, thorough);
  Result<Table> table = loadData(request);
  if (!table)
    return table.error();
  return summarize(*table, thorough);
}

DataAnswer describeData(const DataRequest &request, bool thorough) {
  DataAnswer answer;
  Result<DataInfo> info = describe(request, thorough);
  answer.ok = bool(info);
  if (info)
    answer.info = std::move(*info);
  else
    answer.error = info.error();
  return answer;
}

/// The lengths of a field: known, and not shorter than the program takes.
static Status checkLengths(const nn_field &field, const Split &split) {
  for (int64_t axis = 0; axis < field.axis_count; ++axis) {
    if (!field.axes[axis].length)
      continue;
    std::string name = lengthName(field.axes[axis].length);
    const Column *lengths = split.column(lengthColumn(name));
    for (int64_t row = 0; lengths && row < split.rows; ++row) {
      int64_t length;
      convertNumbers(lengths->row(row), lengths->dtype, &length, NN_I64, 1);
      if (length < field.axes[axis].least)
        return failure(format("%s: row %lld of the %s split: `%s` is %lld, but the program needs at least %lld",
                              lengths->file.c_str(), static_cast<long long>(row), split.name.c_str(), name.c_str(),
                              static_cast<long long>(length), static_cast<long long>(field.axes[axis].least)));
    }
  }
  return success();
}

/// Compares a column, with so many classes in it, with the field the program expects.
static Status checkField(const nn_dataset &dataset, const nn_field &field, const Split &split, int64_t found) {
  const Column *column = split.column(field.name);
  if (!column)
    return failure(format("%s has no field `%s` in its %s split, which the program was compiled for", dataset.name,
                          field.name, split.name.c_str()));
  if (column->shape != shapeOf(field.type))
    return failure(format("%s: `%s` is %s here, but the program was compiled for %s", column->file.c_str(), field.name,
                          typeText(column->valueDtype, column->shape).c_str(), typeText(field.type).c_str()));
  if (Status fits = checkLengths(field, split); !fits)
    return fits;
  if (found <= field.classes)
    return success();
  std::vector<int64_t> values(size_t(column->elements));
  for (int64_t row = 0; row < column->rows; ++row) {
    convertNumbers(column->row(row), column->dtype, values.data(), NN_I64, column->elements);
    for (int64_t value : values)
      if (value < 0 || value >= field.classes)
        return failure(format("%s: row %lld: `%s` is %lld, but the program was compiled for %lld classes (0 to %lld)",
                              column->file.c_str(), static_cast<long long>(row), field.name,
                              static_cast<long long>(value), static_cast<long long>(field.classes),
                              static_cast<long long>(field.classes - 1)));
  }
  return success();
}

/// What the program was compiled for, for readers that can read a field in several ways.
static DeclaredField declaredOf(const nn_field &field) {
  DeclaredField declared;
  declared.name = field.name;
  declared.dtype = field.type.dtype;
  declared.kind = field.classes > 0                                          ? DeclaredField::Kind::Category
                  : field.type.dtype == NN_BOOL                              ? DeclaredField::Kind::Bool
                  : field.type.dtype == NN_I32 || field.type.dtype == NN_I64 ? DeclaredField::Kind::Integer
                                                                             : DeclaredField::Kind::Float;
  declared.shape = shapeOf(field.type);
  for (int64_t axis = 0; axis < field.axis_count; ++axis)
    declared.lengths.push_back(field.axes[axis].length ? lengthName(field.axes[axis].length) : "");
  declared.below = field.below ? lengthName(field.below) : "";
  declared.classes = field.classes;
  for (int64_t i = 0; i < field.name_count; ++i)
    declared.names.push_back(field.names[i]);
  return declared;
}

/// The classes that the files hold of a field of classes, or 0.
static int64_t classesIn(const Table &table, const nn_field &field) {
  for (const FieldInfo &info : table.fields)
    if (field.classes > 0 && info.name == field.name)
      return info.classes;
  return 0;
}

Result<Table> loadDataset(const nn_dataset &dataset, const SearchPath &where, TableFiller *filler) {
  DataRequest request;
  request.where = where;
  for (int64_t i = 0; i < dataset.stage_count; ++i) {
    const nn_stage &stage = dataset.stages[i];
    DataStage next{stage.name, stage.path ? stage.path : "", {}};
    for (int64_t k = 0; k < stage.option_count; ++k)
      next.options.push_back({stage.options[k].key, stage.options[k].value});
    request.stages.push_back(std::move(next));
  }
  for (int64_t i = 0; i < dataset.field_count; ++i)
    request.declared.push_back(declaredOf(dataset.fields[i]));
  Result<Table> table = loadData(request, filler);
  if (!table)
    return table;
  for (const Split &split : table->splits)
    for (int64_t i = 0; i < dataset.field_count; ++i)
      if (Status fits = checkField(dataset, dataset.fields[i], split, classesIn(*table, dataset.fields[i])); !fits)
        return fits.error();
  return table;
}

} // namespace nnrt

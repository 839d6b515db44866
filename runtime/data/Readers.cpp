/// Finding data, choosing its reader, and comparing it with the compiled program.
#include "data/Readers.h"
#include "core/Text.h"
#include "data/Idx.h"

#include <cstring>

namespace nnrt {

const std::string *ReaderRequest::option(const std::string &key) const {
  for (const auto &entry : options)
    if (entry.first == key)
      return &entry.second;
  return nullptr;
}

const std::vector<Reader> &readers() {
  static const std::vector<Reader> &all = *new std::vector<Reader>{{"idx", {"names"}, describeIdx, loadIdx}};
  return all;
}

const std::vector<std::string> &dataReaders() {
  static std::vector<std::string> *names = nullptr;
  if (!names) {
    names = new std::vector<std::string>;
    for (const Reader &reader : readers())
      names->push_back(reader.name);
  }
  return *names;
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

/// The reader of this name, after a look at the options it was given.
static Result<const Reader *> chooseReader(const std::string &name, const DataOptions &options) {
  const Reader *chosen = nullptr;
  for (const Reader &reader : readers())
    if (name == reader.name)
      chosen = &reader;
  if (!chosen) {
    std::string guess = nearest(name, dataReaders());
    return Failure{DataErrorKind::Unsupported, format("there is no data reader `%s`", name.c_str()), name, guess};
  }
  for (const auto &[key, value] : options) {
    bool known = false;
    for (const std::string &option : chosen->options)
      known = known || option == key;
    if (!known)
      return Failure{DataErrorKind::Unsupported,
                     format("the reader `%s` has no option `%s`", chosen->name, key.c_str()), key,
                     nearest(key, chosen->options)};
  }
  return chosen;
}

DataAnswer describeData(const std::string &reader, const std::string &path, const DataOptions &options,
                        const SearchPath &where, bool thorough) {
  DataAnswer answer;
  Result<const Reader *> chosen = chooseReader(reader, options);
  if (!chosen) {
    answer.error = chosen.error();
    return answer;
  }
  Result<DataInfo> info = (*chosen)->describe({path, options, where}, thorough);
  answer.ok = bool(info);
  if (info)
    answer.info = std::move(*info);
  else
    answer.error = info.error();
  return answer;
}

/// Compares a column with the field the program expects; labels must lie below the field's number of classes.
static Status checkField(const nn_dataset &dataset, const nn_field &field, const Split &split) {
  const Column *column = split.column(field.name);
  if (!column)
    return failure(format("%s has no field `%s` in its %s split, which the program was compiled for", dataset.name,
                          field.name, split.name.c_str()));
  if (column->shape != shapeOf(field.type))
    return failure(format("%s: `%s` is %s here, but the program was compiled for %s", column->file.c_str(), field.name,
                          typeText(column->valueDtype, column->shape).c_str(), typeText(field.type).c_str()));
  if (field.classes <= 0 || column->dtype != NN_U8)
    return success();
  for (int64_t row = 0; row < column->rows; ++row)
    for (int64_t i = 0; i < column->elements; ++i)
      if (column->row(row)[i] >= field.classes)
        return failure(format("%s: row %lld: `%s` is %d, but the program was compiled for %lld classes (0 to %lld)",
                              column->file.c_str(), static_cast<long long>(row), field.name, column->row(row)[i],
                              static_cast<long long>(field.classes), static_cast<long long>(field.classes - 1)));
  return success();
}

Result<Table> loadDataset(const nn_dataset &dataset, const SearchPath &where) {
  const nn_stage &stage = dataset.stages[0];
  DataOptions options;
  for (int64_t i = 0; i < stage.option_count; ++i)
    options.push_back({stage.options[i].key, stage.options[i].value});
  Result<const Reader *> reader = chooseReader(stage.name, options);
  if (!reader)
    return reader.error();
  if (dataset.stage_count > 1)
    return failure(DataErrorKind::Unsupported,
                   format("%s uses the data transform `%s`, which this runtime does not have", dataset.name,
                          dataset.stages[1].name));
  Result<Table> table = (*reader)->load({stage.path ? stage.path : "", options, where});
  if (!table)
    return table;
  for (const Split &split : table->splits)
    for (int64_t i = 0; i < dataset.field_count; ++i)
      if (Status fits = checkField(dataset, dataset.fields[i], split); !fits)
        return fits.error();
  return table;
}

} // namespace nnrt

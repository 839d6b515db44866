/// One JSON file a description, named by a hash of what was asked for.
#include "Frontend/Sema/DataCache.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;

namespace nn::sema {

/// Changes whenever readers or the format of the entries do.
static constexpr int formatVersion = 2;

/// Everything an answer depends on but the contents of files, each part behind its length.
static std::string keyOf(const nnrt::DataRequest &request) {
  std::string key;
  auto add = [&](const llvm::Twine &part) {
    std::string text = part.str();
    key += std::to_string(text.size()) + ":" + text;
  };
  add(llvm::Twine(formatVersion));
  add(request.where.dataDirectory);
  for (const nnrt::DataStage &stage : request.stages) {
    add(stage.name);
    add(stage.path);
    add(stage.path.empty() ? "" : nnrt::locateData(stage.path, request.where));
    for (const auto &[name, value] : stage.options) {
      add(name);
      add(value);
      add(nnrt::locateData(value, request.where)); // it may be the path of another file
    }
  }
  for (const nnrt::DeclaredField &field : request.declared) {
    add(field.name);
    add(llvm::Twine(int(field.kind)) + "," + llvm::Twine(field.dtype) + "," + llvm::Twine(int(field.anyShape)) + "," +
        llvm::Twine(field.classes));
    for (int64_t extent : field.shape)
      add(llvm::Twine(extent));
    for (const std::string &length : field.lengths)
      add(length);
    add(field.below);
  }
  return key;
}

static std::optional<std::string> entryPath(const nnrt::DataRequest &request) {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    return std::nullopt;
  llvm::sys::path::append(path, "noether");
  llvm::SHA256 hash;
  hash.update(keyOf(request));
  llvm::sys::path::append(path, llvm::toHex(hash.final(), /*LowerCase=*/true) + ".json");
  return path.str().str();
}

// ---- files as they are

/// Size and time of a file, or null when it is gone.
static json::Value stampOf(const std::string &file) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(file, status))
    return nullptr;
  return json::Array{int64_t(status.getSize()), int64_t(status.getLastModificationTime().time_since_epoch().count())};
}

static bool filesAreTheSame(const json::Object &entry) {
  const json::Array *files = entry.getArray("files");
  for (const json::Value &each : files ? *files : json::Array()) {
    const json::Array *file = each.getAsArray();
    if (!file || file->size() != 2 || !(*file)[0].getAsString() || (*file)[1].kind() == json::Value::Null ||
        stampOf((*file)[0].getAsString()->str()) != (*file)[1])
      return false;
  }
  return files && !files->empty();
}

// ---- descriptions as JSON

static json::Value toJson(const nnrt::FieldInfo &field) {
  return json::Object{{"name", field.name},
                      {"dtype", field.dtype},
                      {"shape", json::Array(field.shape)},
                      {"lengths", json::Array(field.lengths)},
                      {"below", field.below},
                      {"classes", field.classes},
                      {"classNames", json::Array(field.classNames)},
                      {"classCounts", json::Array(field.classCounts)},
                      {"minimum", field.minimum},
                      {"maximum", field.maximum},
                      {"missing", field.missing}};
}

static bool fromJson(const json::Value &value, nnrt::FieldInfo &field, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", field.name) && map.map("dtype", field.dtype) && map.map("shape", field.shape) &&
         map.map("lengths", field.lengths) && map.map("below", field.below) && map.map("classes", field.classes) &&
         map.map("classNames", field.classNames) && map.map("classCounts", field.classCounts) &&
         map.map("minimum", field.minimum) && map.map("maximum", field.maximum) && map.map("missing", field.missing);
}

static bool fromJson(const json::Value &value, nnrt::LengthInfo &length, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", length.name) && map.map("minimum", length.minimum) &&
         map.map("maximum", length.maximum) && map.map("mean", length.mean);
}

static bool fromJson(const json::Value &value, nnrt::SplitInfo &split, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", split.name) && map.map("rows", split.rows);
}

template <class T> static bool listFromJson(const json::Object &entry, llvm::StringRef key, std::vector<T> &into) {
  const json::Array *list = entry.getArray(key);
  json::Path::Root root;
  for (const json::Value &each : list ? *list : json::Array())
    if (!fromJson(each, into.emplace_back(), root))
      return false;
  return list != nullptr;
}

static std::optional<nnrt::DataInfo> recall(const std::string &path, bool thorough) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return std::nullopt;
  auto parsed = json::parse((*buffer)->getBuffer());
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return std::nullopt;
  }
  const json::Object *entry = parsed->getAsObject();
  if (!entry || (thorough && !entry->getBoolean("thorough").value_or(false)) || !filesAreTheSame(*entry))
    return std::nullopt;
  nnrt::DataInfo info;
  info.path = entry->getString("path").value_or("").str();
  if (!listFromJson(*entry, "splits", info.splits) || !listFromJson(*entry, "fields", info.fields) ||
      !listFromJson(*entry, "lengths", info.lengths))
    return std::nullopt;
  return info;
}

/// JSON holds no other texts.
static bool isUtf8(const nnrt::DataInfo &info) {
  auto good = [](const std::string &text) { return json::isUTF8(text); };
  return llvm::all_of(info.files, good) && llvm::all_of(info.fields, [&](const nnrt::FieldInfo &field) {
           return good(field.name) && llvm::all_of(field.classNames, good);
         });
}

/// What cannot be kept is read again next time.
static void keep(const std::string &path, const nnrt::DataInfo &info, bool thorough) {
  if (!isUtf8(info))
    return;
  json::Array files, splits, fields, lengths;
  for (const nnrt::LengthInfo &length : info.lengths)
    lengths.push_back(json::Object{
        {"name", length.name}, {"minimum", length.minimum}, {"maximum", length.maximum}, {"mean", length.mean}});
  for (const std::string &file : info.files)
    files.push_back(json::Array{file, stampOf(file)});
  for (const nnrt::SplitInfo &split : info.splits)
    splits.push_back(json::Object{{"name", split.name}, {"rows", split.rows}});
  for (const nnrt::FieldInfo &field : info.fields)
    fields.push_back(toJson(field));
  json::Value entry =
      json::Object{{"path", info.path},           {"thorough", thorough},        {"files", std::move(files)},
                   {"splits", std::move(splits)}, {"fields", std::move(fields)}, {"lengths", std::move(lengths)}};
  if (llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)))
    return;
  llvm::consumeError(llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out << entry;
    return llvm::Error::success();
  }));
}

nnrt::DataAnswer describeCached(const nnrt::DataRequest &request, bool thorough) {
  std::optional<std::string> path = entryPath(request);
  if (path)
    if (std::optional<nnrt::DataInfo> known = recall(*path, thorough))
      return {true, std::move(*known), {}};
  nnrt::DataAnswer answer = nnrt::describeData(request, thorough);
  if (path && answer.ok)
    keep(*path, answer.info, thorough);
  return answer;
}

} // namespace nn::sema

/// Reads PNGs, folder by folder.
#include "data/Folder.h"
#include "core/Text.h"
#include "data/Classes.h"
#include "data/Image.h"
#include "data/Options.h"
#include "data/Xyz.h"

#include <algorithm>
#include <cmath>

namespace nnrt {
namespace {

using LL = long long;

struct Part {
  const char *split;
  const char *folder;
};
const Part parts[] = {{"train", "train"}, {"validation", "validation"}, {"validation", "val"}, {"test", "test"}};

/// A picture's file and its class.
struct Example {
  std::string file;
  uint8_t label;
};

class FolderReader {
public:
  explicit FolderReader(const ReaderRequest &request) : request(request) {}
  Result<Table> run();

private:
  Status readOptions();
  Status nameClasses(const std::string &folder);
  Result<std::vector<Example>> findExamples(const std::string &folder);
  Result<Split> readSplit(const char *name, const std::string &folder);
  Result<Split> readClouds(const char *name, const std::vector<Example> &examples);
  Status readPicture(const Example &example, uint8_t *into);
  Status fixShape(const Bytes &bytes, const std::string &file);

  const ReaderRequest &request;
  int64_t channels = 0;
  bool sized = false;  ///< pictures are brought to this size
  bool clouds = false; ///< .xyz files, not pictures
  std::vector<int64_t> shape;
  std::string firstFile;
  Classes classes;
  Table table;
};

Status FolderReader::readOptions() {
  OptionReader options(request.options);
  if (request.option("format")) {
    Result<std::string> format = options.word("format", {"png", "xyz"});
    if (!format)
      return format.error();
    clouds = *format == "xyz";
  }
  const DeclaredField *declared = request.field("image");
  bool known = declared && !declared->anyShape && declared->shape.size() == 3;
  Result<int64_t> wanted = options.integer("channels", known ? declared->shape[0] : 0, 0, 4);
  if (!wanted)
    return wanted.error();
  channels = *wanted;
  if (channels == 2 || (channels == 0 && request.option("channels")))
    return optionFailure("channels", format("`channels` is 1, 3 or 4, not %lld", LL(channels)));
  const std::string *size = request.option("size");
  if (!size)
    return success();
  Result<std::vector<int64_t>> extents = options.size("size");
  if (!extents)
    return extents.error();
  sized = true;
  shape = {channels, (*extents)[0], (*extents)[1]};
  return success();
}

/// The classes are the folders inside, unless the program knows them.
Status FolderReader::nameClasses(const std::string &folder) {
  const DeclaredField *declared = request.field("label");
  std::vector<std::string> names;
  if (declared && !declared->names.empty())
    names = declared->names;
  else
    for (const std::string &name : listFolder(folder))
      if (isDirectory(joinPath(folder, name)))
        names.push_back(name);
  if (names.empty())
    return failure(format("%s holds no folders; each class has one, with its pictures inside", folder.c_str()));
  if (names.size() > 256)
    return failure(format("%s holds %zu folders, but there are at most 256 classes", folder.c_str(), names.size()));
  classes = Classes(std::move(names));
  return success();
}

Result<std::vector<Example>> FolderReader::findExamples(const std::string &folder) {
  std::vector<Example> examples;
  table.files.push_back(folder);
  for (const std::string &name : listFolder(folder)) {
    std::string inside = joinPath(folder, name);
    if (!isDirectory(inside))
      continue;
    int64_t label = classes.find(name);
    if (label < 0)
      return failure(format("%s: the training split has no class `%s`", inside.c_str(), name.c_str()));
    table.files.push_back(inside);
    for (const std::string &file : listFolder(inside))
      if (clouds ? endsWith(file, ".xyz") : endsWith(file, ".png") || endsWith(file, ".PNG"))
        examples.push_back({joinPath(inside, file), uint8_t(label)});
  }
  if (examples.empty())
    return failure(format("%s holds no %s in the folders of its classes", folder.c_str(), clouds ? ".xyz" : "PNG"));
  return examples;
}

/// The first picture decides what is not given.
Status FolderReader::fixShape(const Bytes &bytes, const std::string &file) {
  if (!firstFile.empty())
    return success();
  firstFile = file;
  if (channels == 0)
    channels = pngChannels(bytes);
  if (sized) {
    shape[0] = channels;
    return success();
  }
  Result<Picture> picture = decodePng(bytes, file, channels);
  if (!picture)
    return picture.error();
  shape = {channels, picture->height, picture->width};
  return success();
}

Status FolderReader::readPicture(const Example &example, uint8_t *into) {
  Result<Bytes> bytes = readFile(example.file);
  if (!bytes)
    return bytes.error();
  Result<Picture> picture = decodePng(*bytes, example.file, channels);
  if (!picture)
    return picture.error();
  if (sized)
    picture = resample(*picture, shape[1], shape[2]);
  if (picture->height != shape[1] || picture->width != shape[2])
    return failure(format("%s is %lld x %lld, but %s is %lld x %lld; `size: [%lld, %lld]` brings all to one size",
                          example.file.c_str(), LL(picture->height), LL(picture->width), firstFile.c_str(),
                          LL(shape[1]), LL(shape[2]), LL(shape[1]), LL(shape[2])));
  for (float value : picture->values)
    *into++ = uint8_t(std::lround(std::clamp(value, 0.0f, 1.0f) * 255.0f));
  return success();
}

/// A cloud a file.
Result<Split> FolderReader::readClouds(const char *name, const std::vector<Example> &examples) {
  std::vector<XyzFrame> frames;
  for (const Example &example : examples) {
    Result<Bytes> bytes = readFile(example.file);
    if (!bytes)
      return bytes.error();
    Result<std::vector<XyzFrame>> own = parseXyz(example.file, *bytes);
    if (!own)
      return own.error();
    if (own->size() != 1)
      return failure(format("%s holds %zu frames; in a folder of classes each file is one example",
                            example.file.c_str(), own->size()));
    frames.push_back(std::move((*own)[0]));
    table.files.push_back(example.file);
  }
  Result<Split> split = splitOfFrames(name, frames, request, table);
  if (!split)
    return split;
  Column label = makeColumn("label", table.path, NN_U8, {}, split->rows);
  for (size_t row = 0; row < examples.size(); ++row)
    label.bytes.data()[row] = examples[row].label;
  split->columns.push_back(std::move(label));
  return split;
}

Result<Split> FolderReader::readSplit(const char *name, const std::string &folder) {
  Result<std::vector<Example>> examples = findExamples(folder);
  if (!examples)
    return examples.error();
  if (clouds)
    return readClouds(name, *examples);
  Result<Bytes> first = readFile((*examples)[0].file);
  if (!first)
    return first.error();
  if (Status fixed = fixShape(*first, (*examples)[0].file); !fixed)
    return fixed.error();
  Split split;
  split.name = name;
  split.rows = int64_t(examples->size());
  Column image = makeColumn("image", folder, NN_U8, shape, split.rows);
  image.divisor = 255;
  image.valueDtype = NN_F32;
  Column label = makeColumn("label", folder, NN_U8, {}, split.rows);
  for (int64_t row = 0; row < split.rows; ++row) {
    const Example &example = (*examples)[size_t(row)];
    if (Status read = readPicture(example, image.bytes.data() + row * image.elements); !read)
      return read.error();
    label.bytes.data()[row] = example.label;
    table.files.push_back(example.file);
  }
  split.columns.push_back(std::move(image));
  split.columns.push_back(std::move(label));
  return split;
}

Result<Table> FolderReader::run() {
  if (Status read = readOptions(); !read)
    return read.error();
  Result<std::string> folder = locate(request.path, request.where, true);
  if (!folder)
    return folder.error();
  table.path = *folder;
  bool divided = isDirectory(joinPath(*folder, "train"));
  if (Status named = nameClasses(divided ? joinPath(*folder, "train") : *folder); !named)
    return named.error();
  for (const Part &part : parts) {
    std::string place = divided ? joinPath(*folder, part.folder) : *folder;
    if (divided && !isDirectory(place))
      continue;
    Result<Split> split = readSplit(part.split, place);
    if (!split)
      return split.error();
    table.splits.push_back(std::move(*split));
    if (!divided)
      break;
  }
  FieldInfo image, label;
  image.name = "image";
  label.name = "label";
  label.classes = classes.size();
  label.classNames = classes.names();
  if (!clouds)
    table.fields.push_back(image);
  table.fields.push_back(label);
  return std::move(table);
}

} // namespace

Result<Table> loadFolder(const ReaderRequest &request) { return FolderReader(request).run(); }

} // namespace nnrt

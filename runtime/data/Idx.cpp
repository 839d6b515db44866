/// Reads IDX: four bytes (0, 0, element type, rank), the extents as big-endian u32, then the elements row-major.
#include "data/Idx.h"
#include "core/Text.h"
#include "data/Gzip.h"

#include <algorithm>

namespace nnrt {
namespace {

struct Header {
  std::vector<int64_t> extents;
  size_t size = 0;
};

struct Place {
  const char *split;
  const char *prefix;
};
const Place places[] = {{"train", "train"}, {"test", "t10k"}};

const size_t longestHeader = 4 + 4 * 4;

using LL = long long;

/// The file of one part ("images", "labels") of a split, under the spellings in use; "" when there is none.
std::string findPart(const std::string &folder, const char *prefix, const char *part, int rank) {
  for (const char *ending : {"", ".gz"})
    for (int style = 0; style < 2; ++style) {
      std::string name = style == 0 ? format("%s-%s-idx%d-ubyte", prefix, part, rank)
                                    : format("%s-%s.idx%d-ubyte", prefix, part, rank);
      std::string path = joinPath(folder, name + ending);
      if (isFile(path))
        return path;
    }
  return {};
}

Result<Header> parseHeader(const std::string &path, const Bytes &bytes, const char *part, size_t rank) {
  const uint8_t *at = bytes.data();
  if (bytes.size() < 4)
    return failure(format("%s: offset %zu: the file ends inside its IDX header", path.c_str(), bytes.size()));
  if (at[0] != 0 || at[1] != 0)
    return failure(
        format("%s: offset 0: an IDX file starts with two zero bytes, not %02x %02x", path.c_str(), at[0], at[1]));
  if (at[2] != 0x08)
    return failure(format("%s: offset 2: the elements have IDX type 0x%02x, but %s are read as unsigned bytes (0x08)",
                          path.c_str(), at[2], part));
  if (at[3] != rank)
    return failure(format("%s: offset 3: the array has %d axes, but %s have %zu", path.c_str(), at[3], part, rank));
  Header header;
  header.size = 4 + 4 * rank;
  if (bytes.size() < header.size)
    return failure(format("%s: offset %zu: the file ends inside its IDX header", path.c_str(), bytes.size()));
  int64_t total = 1;
  for (size_t axis = 0; axis < rank; ++axis) {
    const uint8_t *word = at + 4 + 4 * axis;
    int64_t extent = int64_t(word[0]) << 24 | int64_t(word[1]) << 16 | int64_t(word[2]) << 8 | word[3];
    if (extent == 0 || __builtin_mul_overflow(total, extent, &total) || total > int64_t(1) << 40)
      return failure(
          format("%s: offset %zu: axis %zu has the extent %lld", path.c_str(), 4 + 4 * axis, axis, LL(extent)));
    header.extents.push_back(extent);
  }
  return header;
}

/// The size of a file must be what its header promises.
Status checkSize(const std::string &path, const Header &header, size_t size, const char *part) {
  int64_t row = elementCount(header.extents) / header.extents[0];
  int64_t promised = int64_t(header.size) + row * header.extents[0];
  if (int64_t(size) < promised)
    return failure(format("%s: row %lld: the file ends at offset %zu, but its header promises %lld %s (%lld bytes)",
                          path.c_str(), LL((int64_t(size) - int64_t(header.size)) / row), size, LL(header.extents[0]),
                          part, LL(promised)));
  if (int64_t(size) > promised)
    return failure(format("%s: offset %lld: %lld bytes follow the last of %lld %s", path.c_str(), LL(promised),
                          LL(int64_t(size) - promised), LL(header.extents[0]), part));
  return success();
}

Result<Column> loadPart(const std::string &path, const char *part, size_t rank) {
  Result<Bytes> bytes = readMaybeGzip(path);
  if (!bytes)
    return bytes.error();
  Result<Header> header = parseHeader(path, *bytes, part, rank);
  if (!header)
    return header.error();
  if (Status whole = checkSize(path, *header, bytes->size(), part); !whole)
    return whole.error();
  Column column;
  column.file = path;
  column.rows = header->extents[0];
  column.first = header->size;
  column.bytes = std::move(*bytes);
  if (rank == 3) {
    column.name = "image";
    column.divisor = 255;
    column.shape = {1, header->extents[1], header->extents[2]};
    column.elements = elementCount(column.shape);
  } else {
    column.name = "label";
    column.valueDtype = NN_I32;
  }
  return column;
}

Status checkRows(const std::string &images, int64_t imageRows, const std::string &labels, int64_t labelRows) {
  if (imageRows == labelRows)
    return success();
  return failure(format("%s holds %lld labels, but %s holds %lld images", labels.c_str(), LL(labelRows), images.c_str(),
                        LL(imageRows)));
}

struct Files {
  const char *split;
  std::string images, labels;
};

/// The files of every split present; the training split must be there.
Result<std::vector<Files>> findFiles(const std::string &folder) {
  std::vector<Files> all;
  for (const Place &place : places) {
    Files files{place.split, findPart(folder, place.prefix, "images", 3), findPart(folder, place.prefix, "labels", 1)};
    bool training = all.empty() && place.prefix == places[0].prefix;
    if (files.images.empty() && files.labels.empty() && !training)
      continue;
    for (bool image : {true, false})
      if ((image ? files.images : files.labels).empty())
        return failure(DataErrorKind::Missing,
                       format("%s has no %s-%s-idx%d-ubyte, with or without .gz", folder.c_str(), place.prefix,
                              image ? "images" : "labels", image ? 3 : 1));
    all.push_back(std::move(files));
  }
  return all;
}

/// The folder may also be given by --data itself.
Result<std::string> findFolder(const ReaderRequest &request) {
  Result<std::string> folder = locate(request.path, request.where, true);
  const std::string &given = request.where.dataDirectory;
  if (!folder && !given.empty() && !findPart(given, places[0].prefix, "images", 3).empty())
    return given;
  return folder;
}

Result<std::vector<std::string>> readNames(const std::string &written, const ReaderRequest &request,
                                           const std::string &folder, std::vector<std::string> &files) {
  Result<std::string> path = locate(written, request.where, false);
  std::string beside = joinPath(folder, written);
  if (!path && !isFile(beside)) {
    path.error().subject = "names";
    return path.error();
  }
  std::string file = path ? *path : beside;
  Result<Bytes> bytes = readFile(file);
  if (!bytes)
    return bytes.error();
  files.push_back(file);
  std::vector<std::string> names;
  for (const std::string &line : split(trim({reinterpret_cast<const char *>(bytes->data()), bytes->size()}), '\n')) {
    names.push_back(trim(line));
    if (names.back().empty())
      return failure(format("%s: line %zu: a class name is missing", file.c_str(), names.size()));
  }
  return names;
}

/// Adds one split's labels to the class counts; every label must have a name if there are names.
Status countLabels(const Column &labels, const std::string *namesFile, FieldInfo &field, bool training) {
  for (int64_t row = 0; row < labels.rows; ++row) {
    int64_t label = *labels.row(row);
    LL offset = row + LL(labels.first);
    if (namesFile && label >= int64_t(field.classNames.size()))
      return failure(format("%s: row %lld (offset %lld): label %lld, but %s names %zu classes (0 to %zu)",
                            labels.file.c_str(), LL(row), offset, LL(label), namesFile->c_str(),
                            field.classNames.size(), field.classNames.size() - 1));
    field.classes = std::max(field.classes, label + 1);
    if (size_t(field.classes) > field.classCounts.size())
      field.classCounts.resize(size_t(field.classes));
    if (training)
      ++field.classCounts[size_t(label)];
  }
  return success();
}

/// The field `label` before any file of labels is read: the classes that the program or the option `names` knows.
Result<FieldInfo> labelField(const ReaderRequest &request, const std::string &folder, std::vector<std::string> &files) {
  FieldInfo label;
  label.name = "label";
  label.dtype = NN_I32;
  const DeclaredField *declared = request.field("label");
  const std::string *namesFile = request.option("names");
  if (declared && !declared->names.empty()) {
    label.classNames = declared->names;
  } else if (namesFile) {
    Result<std::vector<std::string>> names = readNames(*namesFile, request, folder, files);
    if (!names)
      return names.error();
    label.classNames = std::move(*names);
  }
  label.classes = int64_t(label.classNames.size());
  label.classCounts.resize(label.classNames.size());
  return label;
}

/// The header of an images file, or with `thorough` the whole file with the range of its values.
Result<Header> describeImages(const std::string &path, bool thorough, FieldInfo &field) {
  if (!thorough) {
    Result<Bytes> start = readMaybeGzip(path, longestHeader);
    return start ? parseHeader(path, *start, "images", 3) : start.error();
  }
  Result<Column> column = loadPart(path, "images", 3);
  if (!column)
    return column.error();
  const uint8_t *first = column->row(0), *last = column->row(column->rows);
  field.minimum = std::min(field.minimum, *std::min_element(first, last) / 255.0);
  field.maximum = std::max(field.maximum, *std::max_element(first, last) / 255.0);
  return Header{{column->rows, column->shape[1], column->shape[2]}, column->first};
}

} // namespace

Result<DataInfo> describeIdx(const ReaderRequest &request, bool thorough) {
  Result<std::string> folder = findFolder(request);
  if (!folder)
    return folder.error();
  Result<std::vector<Files>> all = findFiles(*folder);
  if (!all)
    return all.error();
  FieldInfo image;
  image.name = "image";
  image.dtype = NN_F32;
  image.minimum = thorough ? 1.0 : 0.0;
  image.maximum = thorough ? 0.0 : 1.0;
  DataInfo info;
  Result<FieldInfo> label = labelField(request, *folder, info.files);
  if (!label)
    return label.error();
  info.path = *folder;
  for (const Files &files : *all) {
    Result<Header> header = describeImages(files.images, thorough, image);
    if (!header)
      return header.error();
    std::vector<int64_t> shape = {1, header->extents[1], header->extents[2]};
    if (!image.shape.empty() && image.shape != shape)
      return failure(format("%s holds images of %lld x %lld, but the training split has %lld x %lld",
                            files.images.c_str(), LL(shape[1]), LL(shape[2]), LL(image.shape[1]), LL(image.shape[2])));
    image.shape = shape;
    Result<Column> labels = loadPart(files.labels, "labels", 1);
    if (!labels)
      return labels.error();
    if (Status equal = checkRows(files.images, header->extents[0], files.labels, labels->rows); !equal)
      return equal.error();
    if (Status counted = countLabels(*labels, request.option("names"), *label, info.splits.empty()); !counted)
      return counted.error();
    info.splits.push_back({files.split, labels->rows});
    info.files.push_back(files.images);
    info.files.push_back(files.labels);
  }
  label->maximum = double(label->classes - 1);
  info.fields = {std::move(image), std::move(*label)};
  return info;
}

Result<Table> loadIdx(const ReaderRequest &request) {
  Result<std::string> folder = findFolder(request);
  if (!folder)
    return folder.error();
  Result<std::vector<Files>> all = findFiles(*folder);
  if (!all)
    return all.error();
  Table table;
  Result<FieldInfo> label = labelField(request, *folder, table.files);
  if (!label)
    return label.error();
  table.path = *folder;
  for (const Files &files : *all) {
    Result<Column> images = loadPart(files.images, "images", 3);
    if (!images)
      return images.error();
    Result<Column> labels = loadPart(files.labels, "labels", 1);
    if (!labels)
      return labels.error();
    if (Status equal = checkRows(files.images, images->rows, files.labels, labels->rows); !equal)
      return equal.error();
    if (Status counted = countLabels(*labels, request.option("names"), *label, table.splits.empty()); !counted)
      return counted.error();
    table.files.push_back(files.images);
    table.files.push_back(files.labels);
    Split split;
    split.name = files.split;
    split.rows = images->rows;
    split.columns.push_back(std::move(*images));
    split.columns.push_back(std::move(*labels));
    table.splits.push_back(std::move(split));
  }
  FieldInfo image;
  image.name = "image";
  table.fields = {std::move(image), std::move(*label)};
  return table;
}

} // namespace nnrt

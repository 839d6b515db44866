// What the compiler asks about data sets: fields with types, sizes, classes and ranges, found by the very readers that
// compiled models use. Link `nnrt_data`.
#ifndef NOETHER_DATA_H
#define NOETHER_DATA_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nnrt {

/// Why a data set could not be described or read.
enum class DataErrorKind {
  Missing,     ///< no such file or folder; the text lists the places looked at
  Unreadable,  ///< the system refused to read it
  Malformed,   ///< the file is not what it should be; the text names file and offset or row
  Unsupported, ///< unknown reader or option
};

struct DataError {
  DataErrorKind kind = DataErrorKind::Malformed;
  std::string text;       ///< one sentence, lower case, without final period
  std::string subject;    ///< the option at fault, or for Unsupported the unknown word; else empty
  std::string suggestion; ///< for Unsupported: the nearest known word, or empty
  size_t stage = 0;       ///< of the reader (0) or the transform that failed
};

/// Where relative paths are looked for, in this order; then in the current folder and the system's folder of data sets.
struct SearchPath {
  std::string sourceDirectory; ///< of the .nn file
  std::string dataDirectory;   ///< --data DIR
};

/// One field of an example.
struct FieldInfo {
  std::string name;
  int64_t dtype = 0;          ///< nn_dtype of one example's value as models see it
  std::vector<int64_t> shape; ///< of one example; of the longest one where lengths differ
  /// For each axis the name of its length, or "" where all examples have as many entries; empty when all have.
  std::vector<std::string> lengths;
  std::string below;   ///< the length that all values of an example lie below, or ""
  int64_t classes = 0; ///< n of index(n), or 0
  std::vector<std::string> classNames;
  std::vector<int64_t> classCounts; ///< over the training split; empty when they have not been counted
  double minimum = 0, maximum = 0;  ///< of the values; for bytes scaled to [0, 1] the range of the format
  int64_t missing = 0;              ///< values that are not there, over all splits
};

/// What the program says a field is; a reader that can read it in several ways follows.
struct DeclaredField {
  enum class Kind { Float, Integer, Bool, Category };
  std::string name;
  Kind kind = Kind::Float;
  int64_t dtype = 0;                ///< of a float
  bool anyShape = false;            ///< no shape is declared
  std::vector<int64_t> shape;       ///< of one example; bounds where lengths differ
  std::vector<std::string> lengths; ///< for each axis the name of its length, or ""; empty when there are none
  std::string below;                ///< the length that all values of an example lie below, or ""
  int64_t classes = 0;              ///< of a category, or 0 when the files say
  std::vector<std::string> names;   ///< of these classes, in their order, when they are known already
};

struct SplitInfo {
  std::string name; ///< "train", "validation", "test"
  int64_t rows = 0;
};

/// How many entries examples have along an axis, over all splits.
struct LengthInfo {
  std::string name; ///< of the dimension
  int64_t minimum = 0, maximum = 0;
  double mean = 0;
};

struct DataInfo {
  std::string path; ///< where it was found
  std::vector<std::string> files;
  std::vector<SplitInfo> splits;
  std::vector<FieldInfo> fields;
  std::vector<LengthInfo> lengths; ///< of all dimensions whose extents differ
};

/// Either a description or an error.
struct DataAnswer {
  bool ok = false;
  DataInfo info;
  DataError error;
};

/// Options of a reader as text: {"names", "classes.txt"}.
using DataOptions = std::vector<std::pair<std::string, std::string>>;

/// A reader or a transform: its name, the path of a reader, and options as text.
struct DataStage {
  std::string name;
  std::string path;
  DataOptions options;
};

/// A data set as a program asks for it: a reader, then transforms in order.
struct DataRequest {
  std::vector<DataStage> stages;
  std::vector<DeclaredField> declared;
  SearchPath where;
};

/// Names of all readers, and of all transforms.
const std::vector<std::string> &dataReaders();
const std::vector<std::string> &dataTransforms();

/// The option that the first value behind the data set means: "rows" of `take(d, 100)`; "" when there is none.
std::string positionalOption(const std::string &transform);

/// How option values are written as text: numbers in decimals; texts as they are, but in quotes where they would be
/// taken for a number or a list; lists as [1,2] or ["a","b"].
std::string optionText(const std::string &text, bool inList = false);
std::string optionText(const std::vector<std::string> &parts);

/// Describes a data set. Reads what the types depend on; `thorough` reads every value, so that ranges and counts are
/// those of the data and truncated files are found as well.
DataAnswer describeData(const DataRequest &request, bool thorough = false);

/// Where a reader's path leads: the first existing file or folder, or "".
std::string locateData(const std::string &path, const SearchPath &where);

} // namespace nnrt

#endif

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
  std::string subject;    ///< for Unsupported: the unknown word
  std::string suggestion; ///< for Unsupported: the nearest known word, or empty
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
  std::vector<int64_t> shape; ///< of one example
  int64_t classes = 0;        ///< n of index(n), or 0
  std::vector<std::string> classNames;
  std::vector<int64_t> classCounts; ///< over the training split
  double minimum = 0, maximum = 0;  ///< of the values; for bytes scaled to [0, 1] the range of the format
};

struct SplitInfo {
  std::string name; ///< "train", "validation", "test"
  int64_t rows = 0;
};

struct DataInfo {
  std::string path; ///< where it was found
  std::vector<std::string> files;
  std::vector<SplitInfo> splits;
  std::vector<FieldInfo> fields;
};

/// Either a description or an error.
struct DataAnswer {
  bool ok = false;
  DataInfo info;
  DataError error;
};

/// Options of a reader as text: {"names", "classes.txt"}.
using DataOptions = std::vector<std::pair<std::string, std::string>>;

/// Names of all readers.
const std::vector<std::string> &dataReaders();

/// Describes the data set that `reader` finds at `path`. Reads headers and labels only; `thorough` reads every byte,
/// so that truncated files are found as well.
DataAnswer describeData(const std::string &reader, const std::string &path, const DataOptions &options,
                        const SearchPath &where, bool thorough = false);

} // namespace nnrt

#endif

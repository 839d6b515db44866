/// The readers by name, and what one is asked for.
#pragma once

#include "core/Result.h"
#include "data/Table.h"
#include "noether/abi.h"
#include "noether/data.h"

namespace nnrt {

struct ReaderRequest {
  std::string path; ///< as written in the program
  DataOptions options;
  SearchPath where;
  std::vector<DeclaredField> declared;

  /// The value of an option, or null.
  const std::string *option(const std::string &key) const;
  /// What the program says about a field, or null.
  const DeclaredField *field(const std::string &name) const;
};

/// A reader: its name, the options it takes besides those that name fields, how to load, and how to describe where
/// that can do with less than loading (else null).
struct Reader {
  const char *name;
  std::vector<std::string> options;
  bool namesFields; ///< any other option names a field
  Result<Table> (*load)(const ReaderRequest &request);
  Result<DataInfo> (*describe)(const ReaderRequest &request, bool thorough);
};

const std::vector<Reader> &readers();

/// Writes the examples of a data set that the program computes.
class TableFiller {
public:
  virtual Status fill(Table &table, uint64_t seed) = 0;

protected:
  ~TableFiller() = default;
};

/// Reads a program's data set and checks it against the fields the program was compiled for.
Result<Table> loadDataset(const nn_dataset &dataset, const SearchPath &where, TableFiller *filler = nullptr);

/// Reads a data set and applies its transforms. Computed examples are zeros without a filler.
Result<Table> loadData(const DataRequest &request, TableFiller *filler = nullptr);

/// The folders where a relative path is looked for, in order.
std::vector<std::string> searchFolders(const SearchPath &where);

/// The first existing file or folder that a written path means.
Result<std::string> locate(const std::string &path, const SearchPath &where, bool folder);

struct LocatedFile {
  std::string path;
  Bytes bytes;
};

/// The contents of the file that a request means, unpacked if they are packed by gzip.
Result<LocatedFile> readLocated(const ReaderRequest &request);

} // namespace nnrt

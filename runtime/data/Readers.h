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

  /// The value of an option, or null.
  const std::string *option(const std::string &key) const;
};

/// A reader: its name, the options it takes, how to describe and how to load.
struct Reader {
  const char *name;
  std::vector<std::string> options;
  Result<DataInfo> (*describe)(const ReaderRequest &request, bool thorough);
  Result<Table> (*load)(const ReaderRequest &request);
};

const std::vector<Reader> &readers();

/// Reads a program's data set and checks it against the fields the program was compiled for.
Result<Table> loadDataset(const nn_dataset &dataset, const SearchPath &where);

/// The folders where a relative path is looked for, in order.
std::vector<std::string> searchFolders(const SearchPath &where);

/// The first existing file or folder that a written path means.
Result<std::string> locate(const std::string &path, const SearchPath &where, bool folder);

} // namespace nnrt

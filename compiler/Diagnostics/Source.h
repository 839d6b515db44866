/// Source files and ranges in them: what every later stage uses to say where something was written.
#ifndef NOETHER_DIAGNOSTICS_SOURCE_H
#define NOETHER_DIAGNOSTICS_SOURCE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorOr.h"
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace nn {

/// A half-open range of bytes in one file of a `SourceManager`. Default-constructed: nowhere.
struct SourceRange {
  static constexpr uint32_t noFile = UINT32_MAX;
  uint32_t file = noFile;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool valid() const { return file != noFile; }
  bool operator==(const SourceRange &) const = default;
  /// The empty range in front of this one and behind it: where an insertion would go.
  SourceRange before() const { return {file, begin, begin}; }
  SourceRange after() const { return {file, end, end}; }
  /// The smallest range that holds both; an invalid side gives way to the other, as does `b` if it lies in another
  /// file.
  static SourceRange join(SourceRange a, SourceRange b);
};

/// A place as people count: both numbers start at 1, columns count characters (code points), not bytes.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// Owns the text of every file of one compilation, including those of the standard library.
class SourceManager {
public:
  /// Takes a text under a path (as it shall be shown to the user); the result is its number in every `SourceRange`.
  /// A library's file is not the user's: nothing is reported there, for nobody can mend it.
  uint32_t add(std::string path, std::string text, bool isLibrary = false);
  /// Reads a file from disk; the error is the system's.
  llvm::ErrorOr<uint32_t> load(llvm::StringRef path);
  /// The number of the file with this path, or `SourceRange::noFile`.
  uint32_t find(llvm::StringRef path) const;

  size_t size() const { return files.size(); }
  bool isLibrary(uint32_t file) const { return files[file].isLibrary; }
  llvm::StringRef path(uint32_t file) const { return files[file].path; }
  llvm::StringRef text(uint32_t file) const { return files[file].text; }
  /// The source as written in the range.
  llvm::StringRef text(SourceRange range) const;
  SourceRange wholeFile(uint32_t file) const { return {file, 0, uint32_t(files[file].text.size())}; }

  /// `offset` may be the end of the text; anything beyond counts as the end.
  LineColumn lineColumn(uint32_t file, uint32_t offset) const;
  uint32_t lineCount(uint32_t file) const { return uint32_t(files[file].lineStarts.size()); }
  /// The text of a line (from 1) without its line break.
  llvm::StringRef line(uint32_t file, uint32_t line) const;
  uint32_t lineStart(uint32_t file, uint32_t line) const { return files[file].lineStarts[line - 1]; }
  /// The byte offset of a line and a column in characters; beyond the line's end it is that end.
  uint32_t offset(uint32_t file, LineColumn at) const;

private:
  struct File {
    std::string path;
    std::string text;
    std::vector<uint32_t> lineStarts;
    bool isLibrary;
  };
  uint32_t lineOf(uint32_t file, uint32_t offset) const;
  std::deque<File> files; ///< a deque, so that texts never move
};

} // namespace nn

#endif

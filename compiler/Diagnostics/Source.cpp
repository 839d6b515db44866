// Line tables and ranges of source files.
#include "Diagnostics/Source.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>

namespace nn {

static bool startsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

SourceRange SourceRange::join(SourceRange a, SourceRange b) {
  if (!a.valid())
    return b;
  if (!b.valid() || a.file != b.file)
    return a;
  return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

uint32_t SourceManager::add(std::string path, std::string text, bool isLibrary) {
  File &file = files.emplace_back(File{std::move(path), std::move(text), {0}, isLibrary});
  for (uint32_t i = 0; i < file.text.size(); ++i)
    if (file.text[i] == '\n')
      file.lineStarts.push_back(i + 1);
  return uint32_t(files.size() - 1);
}

llvm::ErrorOr<uint32_t> SourceManager::load(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return buffer.getError();
  return add(path.str(), (*buffer)->getBuffer().str());
}

uint32_t SourceManager::find(llvm::StringRef path) const {
  for (uint32_t i = 0; i < files.size(); ++i)
    if (files[i].path == path)
      return i;
  return SourceRange::noFile;
}

llvm::StringRef SourceManager::text(SourceRange range) const {
  return range.valid() ? text(range.file).slice(range.begin, range.end) : llvm::StringRef();
}

uint32_t SourceManager::lineOf(uint32_t file, uint32_t offset) const {
  const std::vector<uint32_t> &starts = files[file].lineStarts;
  return uint32_t(std::upper_bound(starts.begin(), starts.end(), offset) - starts.begin());
}

LineColumn SourceManager::lineColumn(uint32_t file, uint32_t offset) const {
  offset = std::min<uint32_t>(offset, text(file).size());
  uint32_t number = lineOf(file, offset);
  llvm::StringRef before = text(file).slice(lineStart(file, number), offset);
  return {number, 1 + uint32_t(std::count_if(before.begin(), before.end(), startsCharacter))};
}

llvm::StringRef SourceManager::line(uint32_t file, uint32_t line) const {
  llvm::StringRef rest = text(file).substr(lineStart(file, line));
  return rest.take_until([](char c) { return c == '\n'; }).rtrim('\r');
}

uint32_t SourceManager::offset(uint32_t file, LineColumn at) const {
  if (at.line > lineCount(file))
    return uint32_t(text(file).size());
  llvm::StringRef content = line(file, at.line);
  size_t i = 0;
  for (uint32_t column = 1; column < at.column && i < content.size(); ++column)
    do
      ++i;
    while (i < content.size() && !startsCharacter(content[i]));
  return lineStart(file, at.line) + uint32_t(i);
}

} // namespace nn

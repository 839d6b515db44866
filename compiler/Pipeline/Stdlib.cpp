// From embedded files to declarations by name.
#include "Pipeline/Stdlib.h"
#include "Frontend/Parse/Parser.h"
#include "Support/Embedded.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

namespace nn {

std::vector<std::unique_ptr<ast::File>> parseStdlib(SourceManager &sources, DiagnosticEngine &diagnostics) {
  std::vector<std::unique_ptr<ast::File>> files;
  for (const EmbeddedFile &embedded : embedded::stdlib()) {
    uint32_t file = sources.add("stdlib/" + embedded.name.str(), embedded.bytes.str(), /*isLibrary=*/true);
    std::unique_ptr<ast::File> parsed = parse::parseFile(sources, file, diagnostics);
    if (!parsed)
      return {};
    files.push_back(std::move(parsed));
  }
  return files;
}

llvm::ArrayRef<std::string> libraryModuleNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const EmbeddedFile &file : embedded::stdlibModules())
      all.push_back(file.name.rsplit('.').first.str());
    llvm::sort(all);
    return all;
  }();
  return names;
}

std::string libraryModulePath(llvm::StringRef name) { return ("stdlib/modules/" + name + ".nn").str(); }

std::unique_ptr<ast::File> parseLibraryModule(llvm::StringRef name, SourceManager &sources,
                                              DiagnosticEngine &diagnostics) {
  for (const EmbeddedFile &embedded : embedded::stdlibModules())
    if (embedded.name.rsplit('.').first == name)
      return parse::parseFile(sources, sources.add(libraryModulePath(name), embedded.bytes.str(), /*isLibrary=*/true),
                              diagnostics);
  return nullptr;
}

std::vector<std::unique_ptr<ast::File>> parseWholeLibrary(SourceManager &sources, DiagnosticEngine &diagnostics) {
  std::vector<std::unique_ptr<ast::File>> files = parseStdlib(sources, diagnostics);
  for (llvm::StringRef name : libraryModuleNames())
    if (auto file = parseLibraryModule(name, sources, diagnostics))
      files.push_back(std::move(file));
  return files;
}

llvm::StringRef declaredName(const ast::Item &item) {
  return llvm::TypeSwitch<const ast::Item *, llvm::StringRef>(&item)
      .Case<ast::Function, ast::TypeAlias, ast::Group, ast::Data, ast::Instance, ast::Experiment>(
          [](const auto *declaration) -> llvm::StringRef { return declaration->name.text; })
      .Case([](const ast::Bind *bind) -> llvm::StringRef {
        return bind->lhs.isTuple() || !bind->lhs ? llvm::StringRef() : bind->lhs.names.front().text;
      })
      .Default([](const ast::Item *) { return llvm::StringRef(); });
}

llvm::StringRef sourceOf(const SourceManager &sources, const ast::Item &item) {
  uint32_t line = sources.lineColumn(item.range.file, item.range.begin).line;
  while (line > 1 && sources.line(item.range.file, line - 1).ltrim().starts_with("///"))
    --line;
  return sources.text(SourceRange{item.range.file, sources.lineStart(item.range.file, line), item.range.end});
}

} // namespace nn

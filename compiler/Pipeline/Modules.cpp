// Finding, reading and parsing the files behind `use`, each once.
#include "Pipeline/Modules.h"
#include "Frontend/Parse/Parser.h"
#include "Pipeline/Stdlib.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <set>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace nn {
namespace {

class Loader {
public:
  Loader(SourceManager &sources, DiagnosticEngine &diagnostics, Modules &modules)
      : sources(sources), diagnostics(diagnostics), modules(modules) {}

  void loadUsesOf(const ast::File &file);

private:
  const ast::File *find(const ast::Use &use, uint32_t from);
  const ast::File *readFile(const ast::Use &use, const std::string &found);
  const ast::File *readLibrary(const std::string &name);
  void reportMissing(const ast::Use &use, const std::string &looked, llvm::StringRef folder);
  void reportCycle(const ast::Use &use, const ast::File &used);

  SourceManager &sources;
  DiagnosticEngine &diagnostics;
  Modules &modules;
  std::vector<const ast::File *> chain; ///< being loaded, the program first
  std::set<const ast::File *> done;
};

std::string wordsOf(const ast::Use &use) {
  return llvm::join(llvm::map_range(use.path, [](const ast::Name &word) { return word.text; }), ".");
}

SourceRange placeOf(const ast::Use &use) {
  return use.file ? use.file.range : SourceRange::join(use.path.front().range, use.path.back().range);
}

/// One file has one number, however it is reached.
bool isSameFile(llvm::StringRef a, llvm::StringRef b) {
  bool same = false;
  return a == b || (!fs::equivalent(a, b, same) && same);
}

} // namespace

void Loader::reportMissing(const ast::Use &use, const std::string &looked, llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::string written = use.file ? use.file.text : wordsOf(use);
  size_t words = written.size() - llvm::StringRef(written).rsplit(use.file ? '/' : '.').second.size();
  std::string before = words == written.size() ? "" : written.substr(0, words);
  for (fs::directory_iterator at(folder.empty() ? "." : folder, error), end; !error && at != end; at.increment(error))
    if (path::extension(at->path()) == ".nn")
      names.push_back(before + (use.file ? path::filename(at->path()) : path::stem(at->path())).str());
  auto &report = diagnostics.report(diag::ModuleMissing, placeOf(use), written);
  report.note("there is no file `" + looked + "`" +
              (use.file ? "" : ", and the library has the modules " + llvm::join(libraryModuleNames(), ", ")));
  if (!use.file)
    llvm::append_range(names, libraryModuleNames());
  if (std::optional<llvm::StringRef> best = closest(written, names)) {
    std::string quote = use.file ? "\"" : "";
    report.fix(placeOf(use), quote + *best + quote, "did you mean `" + *best + "`?");
  }
}

void Loader::reportCycle(const ast::Use &use, const ast::File &used) {
  std::vector<std::string> names;
  for (const ast::File *file : llvm::make_range(llvm::find(chain, &used), chain.end()))
    names.push_back(sources.path(file->file).str());
  names.push_back(names.front());
  diagnostics.report(diag::ModuleCycle, placeOf(use), names.front())
      .note("the chain is " + llvm::join(names, " -> "))
      .help("put what both need into a third file");
}

const ast::File *Loader::readFile(const ast::Use &use, const std::string &found) {
  for (const ast::File *known : chain)
    if (isSameFile(sources.path(known->file), found))
      return known;
  for (auto &known : modules.files)
    if (isSameFile(sources.path(known->file), found))
      return known.get();
  llvm::ErrorOr<uint32_t> file = sources.load(found);
  if (!file) {
    diagnostics.report(diag::CannotRead, placeOf(use), found, file.getError().message());
    return nullptr;
  }
  std::unique_ptr<ast::File> parsed = parse::parseFile(sources, *file, diagnostics);
  return parsed ? modules.files.emplace_back(std::move(parsed)).get() : nullptr;
}

const ast::File *Loader::readLibrary(const std::string &name) {
  uint32_t known = sources.find(libraryModulePath(name));
  for (auto &file : modules.files)
    if (file->file == known)
      return file.get();
  std::unique_ptr<ast::File> parsed = parseLibraryModule(name, sources, diagnostics);
  return parsed ? modules.files.emplace_back(std::move(parsed)).get() : nullptr;
}

/// The file that is meant, or null (then it has been reported).
const ast::File *Loader::find(const ast::Use &use, uint32_t from) {
  llvm::SmallString<128> looked;
  if (!use.file || path::is_relative(use.file.text))
    looked = path::parent_path(sources.path(from));
  if (use.file)
    path::append(looked, use.file.text);
  else
    for (const ast::Name &word : use.path)
      path::append(looked, word.text);
  if (!use.file)
    looked += ".nn";
  path::remove_dots(looked, /*remove_dot_dot=*/false);
  if (!sources.isLibrary(from) && fs::is_regular_file(looked))
    return readFile(use, looked.str().str());
  if (std::string name = wordsOf(use); !use.file && llvm::is_contained(libraryModuleNames(), name))
    return readLibrary(name);
  reportMissing(use, looked.str().str(), path::parent_path(looked));
  return nullptr;
}

void Loader::loadUsesOf(const ast::File &file) {
  chain.push_back(&file);
  for (const ast::Item *item : file.items) {
    auto *use = llvm::dyn_cast<ast::Use>(item);
    const ast::File *used = use ? find(*use, file.file) : nullptr;
    if (!used)
      continue;
    if (llvm::is_contained(chain, used)) {
      reportCycle(*use, *used);
      continue;
    }
    modules.uses[use] = used;
    if (done.insert(used).second)
      loadUsesOf(*used);
  }
  chain.pop_back();
}

bool loadModules(const ast::File &program, SourceManager &sources, DiagnosticEngine &diagnostics, Modules &modules) {
  unsigned before = diagnostics.errorCount();
  Loader(sources, diagnostics, modules).loadUsesOf(program);
  return diagnostics.errorCount() == before;
}

} // namespace nn

/// Files that use each other: which declaration a name at the top of a file means, and what it is called in the
/// program.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace path = llvm::sys::path;

namespace nn::sema {

// ---- the modules of a program

Module &Checker::moduleAt(SourceRange range) const {
  auto found = moduleOfFile.find(range.file);
  return found == moduleOfFile.end() ? *mainModule : *found->second;
}

/// Commands, recipes, reports and experiments are of the program that is built; a used file is taken for the rest.
static bool canBeUsed(const ast::Item *item) {
  auto *function = llvm::dyn_cast<ast::Function>(item);
  return !llvm::isa<ast::Experiment>(item) && !(function && function->role == ast::Role::Command);
}

void Checker::declareModule(const ast::File &source) {
  Module &module = modules.emplace_back();
  module.file = &source;
  moduleOfFile[source.file] = &module;
  bool isMain = !mainModule;
  if (isMain)
    mainModule = &module;
  for (const ast::Item *item : source.items)
    if (isMain || canBeUsed(item))
      declareTop(item, module);
  for (const ast::Item *item : source.items) {
    auto *use = llvm::dyn_cast<ast::Use>(item);
    auto found = options.uses.find(use);
    if (!use || found == options.uses.end())
      continue;
    if (!moduleOfFile.count(found->second->file))
      declareModule(*found->second);
    const Module *used = moduleOfFile[found->second->file];
    const std::string &name = use->alias.text;
    if (name.empty()) {
      if (!llvm::is_contained(module.open, used))
        module.open.push_back(used);
      continue;
    }
    auto own = module.tops.find(name);
    auto [at, isNew] = module.uses.insert({name, use});
    if (own != module.tops.end() || !isNew)
      diags.report(diag::DefinedTwice, use->alias.range, name)
          .label(isNew ? nameOf(own->second)->range : at->second->alias.range, "`" + name + "` is first defined here");
    module.named.insert({name, used});
  }
}

void Checker::declareModules(const std::vector<const ast::File *> &library) {
  for (const ast::File *source : library) {
    moduleOfFile[source->file] = &prelude;
    for (const ast::Item *item : source->items)
      declareTop(item, prelude);
  }
  declareModule(file);
  namePaths();
}

static std::string stemOf(const DiagnosticEngine &diags, const Module &module) {
  return path::stem(diags.sources.path(module.file->file)).str();
}

/// A file's names stand behind the name that the program gives it; without `as` they are as in the program itself, and
/// of a file that only other files use, they stand behind the name of the file.
void Checker::namePaths() {
  std::set<std::string> taken;
  for (Module &module : modules) {
    if (&module == mainModule || llvm::is_contained(mainModule->open, &module))
      continue;
    std::string name = stemOf(diags, module);
    for (auto &[alias, used] : mainModule->named)
      if (used == &module)
        name = alias;
    std::string prefix = name + ".";
    for (unsigned count = 2; !taken.insert(prefix).second; ++count)
      prefix = name + "_" + std::to_string(count) + ".";
    module.prefix = prefix;
  }
}

std::string Checker::programName(const ast::Item *item) {
  const std::string &name = nameOf(item)->text;
  const Module &own = moduleAt(item->range);
  if (&own == &prelude || &own == mainModule)
    return name;
  if (!own.prefix.empty())
    return own.prefix + name;
  bool taken = llvm::any_of(
      modules, [&](const Module &other) { return &other != &own && other.prefix.empty() && other.tops.count(name); });
  return taken ? stemOf(diags, own) + "." + name : name;
}

// ---- names

const ast::Item *Checker::findTop(llvm::StringRef name, const Module &from, SourceRange range) {
  auto in = [&](const Module &module) -> const ast::Item * {
    auto found = module.tops.find(name.str());
    return found == module.tops.end() ? nullptr : found->second;
  };
  // A file may replace names of files that it uses and of the library; these do not see that.
  if (const ast::Item *own = in(from))
    return own;
  const ast::Item *first = nullptr;
  for (const Module *used : from.open)
    if (const ast::Item *item = in(*used)) {
      if (first && range.valid()) {
        SourceRange one = nameOf(first)->range, other = nameOf(item)->range;
        std::string stem = stemOf(diags, *used);
        diags.report(diag::AmbiguousName, range, name, diags.sources.path(one.file), diags.sources.path(other.file))
            .label(one, "one is here")
            .label(other, "the other is here")
            .help("use one of the files with a name, `as " + stem + "`, and write `" + stem + "." + name + "`");
      }
      if (first)
        return nullptr;
      first = item;
    }
  return first ? first : &from == &prelude ? nullptr : in(prelude);
}

const ast::Item *Checker::findType(const ast::Name &name, const Module &from) {
  auto [first, rest] = llvm::StringRef(name.text).split('.');
  if (rest.empty())
    return findTop(first, from, name.range);
  auto used = from.named.find(first.str());
  if (used == from.named.end())
    return nullptr;
  auto found = used->second->tops.find(rest.str());
  return found == used->second->tops.end() ? nullptr : found->second;
}

const Module *Checker::moduleNamed(llvm::StringRef name, SourceRange range, const Env &env) const {
  const Module &from = moduleAt(range);
  auto found = from.named.find(name.str());
  return found == from.named.end() || env.find(name) ? nullptr : found->second;
}

Value Checker::evalModuleMember(const Module &module, const ast::Member *expr) {
  const std::string &name = expr->field.text;
  auto found = module.tops.find(name);
  if (found == module.tops.end()) {
    std::vector<std::string> names;
    for (auto &[known, item] : module.tops)
      names.push_back(known);
    diags.report(diag::UnknownInModule, expr->field.range, name, diags.sources.path(module.file->file))
        .didYouMean(expr->field.range, name, names);
    return error();
  }
  Value value = *topValue(found->second);
  if (value.kind == Value::Kind::Callable && value.callable->kind == Callable::Kind::Computed)
    return computedConstant(*value.callable, expr->range);
  value.range = expr->range;
  return value;
}

void Checker::namesAt(const Module &module, std::vector<std::string> &names) const {
  auto add = [&](const Module &from) {
    for (auto &[name, item] : from.tops)
      names.push_back(name);
  };
  add(module);
  llvm::for_each(module.open, [&](const Module *used) { add(*used); });
  for (auto &[name, used] : module.named)
    names.push_back(name);
  if (&module != &prelude)
    add(prelude);
}

// ---- files beside a module

std::string Checker::besideModule(const std::string &name, SourceRange range) const {
  if (&moduleAt(range) == mainModule || inLibrary(range) || path::is_absolute(name))
    return name;
  llvm::SmallString<128> folder(diags.sources.path(range.file));
  if (llvm::sys::fs::make_absolute(folder))
    return name;
  path::remove_filename(folder);
  path::append(folder, name);
  if (!llvm::sys::fs::exists(folder))
    return name;
  // An executable may move together with its program's folder.
  llvm::StringRef whole = folder;
  return whole.consume_front(options.sourceDirectory + "/") ? whole.str() : folder.str().str();
}

} // namespace nn::sema

// From syntax trees to pages of a reference, and these as text and as Markdown.
#include "Pipeline/Reference.h"
#include "Pipeline/Stdlib.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Path.h"

namespace nn {
namespace {

/// A block of more lines than this is shown without its equations.
constexpr size_t shortBlock = 8;
constexpr llvm::StringLiteral sectionMark = "// ----";

/// The text of the comment lines that a file begins with.
std::string headingOf(llvm::StringRef text) {
  std::string heading;
  while (text.starts_with("// ") && !text.starts_with(sectionMark)) {
    auto [line, rest] = text.split('\n');
    heading += (heading.empty() ? "" : " ") + line.drop_front(3).trim().str();
    text = rest;
  }
  return heading;
}

/// What the last section line between two declarations says; `before` if there is none.
std::string sectionIn(llvm::StringRef between, std::string before) {
  size_t at = between.rfind(sectionMark);
  return at == llvm::StringRef::npos ? std::move(before)
                                     : between.substr(at).split('\n').first.drop_front(7).trim().str();
}

/// The lines that show a long function without its equations: up to `{`, then what it keeps.
std::string outlineOf(const SourceManager &sources, const ast::Function &function) {
  SourceRange signature{function.range.file, function.range.begin, function.block->range.begin};
  std::string code = sources.text(signature).rtrim().str() + " {\n";
  for (const ast::Stmt *statement : function.block->statements)
    if (llvm::isa<ast::ParamDecl, ast::StateDecl>(statement))
      code += "  " + sources.text(statement->range).str() + "\n";
  return code + "  ..\n}";
}

bool isLong(const ast::Function &function) { return function.block && function.block->statements.size() > shortBlock; }

/// Up to the first full stop that ends a sentence.
llvm::StringRef firstSentence(llvm::StringRef doc) {
  for (size_t at = doc.find('.'); at != llvm::StringRef::npos; at = doc.find('.', at + 1))
    if (at > 0 && !llvm::isSpace(doc[at - 1]) && (at + 1 == doc.size() || llvm::isSpace(doc[at + 1])))
      return doc.take_front(at);
  return doc;
}

} // namespace

ReferencePage referenceOf(const SourceManager &sources, const ast::File &file) {
  ReferencePage page{sources.path(file.file).str(), headingOf(sources.text(file.file)), {}};
  std::string section;
  uint32_t end = 0;
  for (const ast::Item *item : file.items) {
    section = sectionIn(sources.text(SourceRange{file.file, end, item->range.begin}), section);
    end = item->range.end;
    llvm::StringRef name = declaredName(*item);
    if (name.empty())
      continue;
    ReferenceEntry entry{name.str(), section, sources.text(item->range).str(), true, item->doc};
    if (const auto *function = llvm::dyn_cast<ast::Function>(item); function && isLong(*function)) {
      entry.code = outlineOf(sources, *function);
      entry.isWhole = false;
    }
    page.entries.push_back(std::move(entry));
  }
  return page;
}

void printEntry(llvm::raw_ostream &out, const ReferenceEntry &entry) {
  out << entry.code << '\n';
  if (!entry.doc.empty())
    out << '\n' << entry.doc << '\n';
}

void printOverview(llvm::raw_ostream &out, const ReferencePage &page) {
  out << page.path << '\n';
  size_t width = 0;
  for (const ReferenceEntry &entry : page.entries)
    width = std::max(width, entry.name.size());
  for (const ReferenceEntry &entry : page.entries) {
    std::string sentence = firstSentence(entry.doc).str();
    llvm::replace(sentence, '\n', ' ');
    out << "  " << entry.name;
    if (!sentence.empty())
      out.indent(width - entry.name.size() + 2) << sentence;
    out << '\n';
  }
}

void printMarkdown(llvm::raw_ostream &out, llvm::ArrayRef<ReferencePage> pages, llvm::StringRef title,
                   llvm::StringRef introduction) {
  out << "# " << title << "\n\n" << introduction << "\n";
  for (const ReferencePage &page : pages) {
    std::string links;
    for (const ReferenceEntry &entry : page.entries)
      links += " [" + entry.name + "](#" + llvm::StringRef(entry.name).lower() + ")";
    out << "- **" << llvm::sys::path::stem(page.path) << "**" << links << '\n';
  }
  for (const ReferencePage &page : pages) {
    out << "\n## " << llvm::sys::path::filename(page.path) << '\n';
    if (!page.heading.empty())
      out << '\n' << page.heading << '\n';
    llvm::StringRef section;
    for (const ReferenceEntry &entry : page.entries) {
      if (entry.section != section)
        out << "\n**" << (section = entry.section) << "**\n";
      out << "\n### " << entry.name << "\n\n```text\n" << entry.code << "\n```\n";
      if (!entry.doc.empty())
        out << '\n' << entry.doc << '\n';
    }
  }
}

} // namespace nn

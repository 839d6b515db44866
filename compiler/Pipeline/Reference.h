/// The reference that doc comments make of a file: what `nnc doc` prints.
#ifndef NOETHER_PIPELINE_REFERENCE_H
#define NOETHER_PIPELINE_REFERENCE_H

#include "Frontend/AST/AST.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

/// One declaration with its doc comment. Everything is text of the source, so it cannot differ from what is compiled.
struct ReferenceEntry {
  std::string name;
  std::string section; ///< what the last `// ---- ...` line above says
  std::string code;    ///< a short declaration as written; of a long one the signature, the parameters and the states
  bool isWhole = true; ///< `code` is the whole declaration
  std::string doc;     ///< empty without a doc comment
};

/// A file and its declarations, in written order.
struct ReferencePage {
  std::string path;
  std::string heading; ///< the comment that the file begins with
  std::vector<ReferenceEntry> entries;
};

ReferencePage referenceOf(const SourceManager &sources, const ast::File &file);

/// One declaration: its code, its meaning.
void printEntry(llvm::raw_ostream &out, const ReferenceEntry &entry);
/// The names of a page, each with the first sentence of its doc comment.
void printOverview(llvm::raw_ostream &out, const ReferencePage &page);
/// Pages as one Markdown document. `title` and `introduction` begin it.
void printMarkdown(llvm::raw_ostream &out, llvm::ArrayRef<ReferencePage> pages, llvm::StringRef title,
                   llvm::StringRef introduction);

} // namespace nn

#endif

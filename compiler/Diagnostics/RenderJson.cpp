// One diagnostic as one line of JSON, for editors and test scripts.
#include "Diagnostics/Diagnostics.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

/// The place as both people and programs count: lines and columns from 1 (end exclusive), and byte offsets.
static llvm::json::Object placeOf(const SourceManager &sources, SourceRange range) {
  LineColumn begin = sources.lineColumn(range.file, range.begin), end = sources.lineColumn(range.file, range.end);
  return llvm::json::Object{
      {"file", sources.path(range.file)}, {"line", begin.line},   {"column", begin.column}, {"endLine", end.line},
      {"endColumn", end.column},          {"begin", range.begin}, {"end", range.end}};
}

void renderJson(llvm::raw_ostream &out, const SourceManager &sources, const Diagnostic &diagnostic) {
  llvm::json::Object object{{"code", diag::info(diagnostic.kind).code},
                            {"severity", diagnostic.severity == Severity::Error ? "error" : "warning"},
                            {"message", diagnostic.message}};
  if (diagnostic.primary.valid())
    object["at"] = placeOf(sources, diagnostic.primary);
  llvm::json::Array labels, fixes;
  for (const Diagnostic::Label &label : diagnostic.labels)
    labels.push_back(llvm::json::Object{{"at", placeOf(sources, label.range)}, {"text", label.text}});
  for (const Diagnostic::Fix &fix : diagnostic.fixes)
    fixes.push_back(
        llvm::json::Object{{"at", placeOf(sources, fix.range)}, {"replacement", fix.replacement}, {"help", fix.help}});
  object["labels"] = std::move(labels);
  object["notes"] = llvm::json::Array(diagnostic.notes);
  object["helps"] = llvm::json::Array(diagnostic.helps);
  object["fixes"] = std::move(fixes);
  out << llvm::json::Value(std::move(object)) << '\n';
}

} // namespace nn

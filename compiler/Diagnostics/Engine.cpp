// Collecting diagnostics: formatting of messages, order, duplicates, the cap on errors.
#include "Diagnostics/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace nn {

Diagnostic &Diagnostic::label(SourceRange range, const llvm::Twine &text) {
  if (range.valid())
    labels.push_back({range, text.str()});
  return *this;
}

Diagnostic &Diagnostic::note(const llvm::Twine &text) {
  notes.push_back(text.str());
  return *this;
}

Diagnostic &Diagnostic::help(const llvm::Twine &text) {
  helps.push_back(text.str());
  return *this;
}

Diagnostic &Diagnostic::fix(SourceRange range, const llvm::Twine &replacement, const llvm::Twine &help) {
  fixes.push_back({range, replacement.str(), help.str()});
  return *this;
}

Diagnostic &Diagnostic::didYouMean(SourceRange range, llvm::StringRef written, llvm::ArrayRef<std::string> candidates) {
  if (std::optional<llvm::StringRef> best = closest(written, candidates))
    fix(range, *best, "did you mean `" + *best + "`?");
  return *this;
}

Diagnostic &Diagnostic::oncePerFile() {
  isSaidOnce = true;
  return *this;
}

std::string formatMessage(llvm::StringRef message, llvm::ArrayRef<DiagnosticArg> args) {
  std::string result;
  diag::Placeholders seen;
  std::string_view rest = message;
  while (!rest.empty()) {
    size_t open = rest.find('{');
    result += rest.substr(0, open);
    if (open == std::string_view::npos)
      break;
    rest = rest.substr(open + 1);
    if (rest.starts_with('{')) {
      result += '{';
      rest = rest.substr(1);
      continue;
    }
    std::string_view inner = rest.substr(0, rest.find('}'));
    std::string_view spec = inner.substr(std::min(inner.size(), inner.find(':')));
    rest = diag::readPlaceholder(rest, seen);
    unsigned index = seen.find(inner.substr(0, inner.size() - spec.size()));
    const DiagnosticArg &arg = args[index];
    if (spec == ":s")
      result += arg.second == 1 ? "" : "s";
    else
      result += spec == ":int" ? std::to_string(arg.second) : arg.first;
  }
  return result;
}

Diagnostic &DiagnosticEngine::add(diag::Id kind, SourceRange primary, llvm::ArrayRef<DiagnosticArg> args) {
  const diag::KindInfo &info = diag::info(kind);
  errors += info.severity == Severity::Error;
  return pending.emplace_back(
      Diagnostic{kind, info.severity, primary, formatMessage(info.message, args), {}, {}, {}, {}, false});
}

void DiagnosticEngine::take(DiagnosticEngine &other) {
  std::move(other.pending.begin(), other.pending.end(), std::back_inserter(pending));
  errors += other.errors;
  other.pending.clear();
  other.errors = 0;
}

std::vector<Diagnostic> DiagnosticEngine::sorted() const {
  llvm::SmallVector<const Diagnostic *> order;
  for (const Diagnostic &d : pending)
    order.push_back(&d);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic *a, const Diagnostic *b) {
    return std::tie(a->primary.file, a->primary.begin) < std::tie(b->primary.file, b->primary.begin);
  });
  std::vector<Diagnostic> result;
  std::set<std::tuple<uint32_t, uint32_t, uint32_t, Severity>> places;
  std::map<std::tuple<diag::Id, std::string, uint32_t>, size_t> said;
  for (const Diagnostic *d : order) {
    const SourceRange &at = d->primary;
    if (at.valid() && !places.insert({at.file, at.begin, at.end, d->severity}).second)
      continue;
    if (d->isSaidOnce) {
      auto [first, isNew] = said.try_emplace({d->kind, d->message, at.file}, result.size());
      if (!isNew) {
        result[first->second].label(at, "and here");
        continue;
      }
    }
    result.push_back(*d);
  }
  return result;
}

void DiagnosticEngine::flush(llvm::raw_ostream &out, const RenderOptions &options) {
  unsigned shown = 0, hidden = 0;
  for (const Diagnostic &d : sorted()) {
    if (d.severity == Severity::Error && options.maxErrors && shown == options.maxErrors) {
      ++hidden;
      continue;
    }
    shown += d.severity == Severity::Error;
    if (options.format == ErrorFormat::Json)
      renderJson(out, sources, d);
    else
      renderHuman(out, sources, d, options.colour);
  }
  if (hidden && options.format == ErrorFormat::Human)
    out << "and " << hidden << (hidden == 1 ? " further error\n" : " further errors\n");
  pending.clear();
}

} // namespace nn

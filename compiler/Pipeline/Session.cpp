// The order of the stages.
#include "Pipeline/Session.h"
#include "Pipeline/CrashReport.h"
#include "llvm/ADT/StringExtras.h"

namespace nn {

/// The system's reason as part of a sentence.
static std::string reasonOf(std::error_code error) {
  std::string text = error.message();
  text.front() = llvm::toLower(text.front());
  return text;
}

std::optional<uint32_t> Session::load(llvm::StringRef path) {
  llvm::ErrorOr<uint32_t> file = sources.load(path);
  if (file)
    return *file;
  diagnostics.report(diag::CannotRead, {}, path, reasonOf(file.getError()));
  return std::nullopt;
}

bool Session::check(llvm::StringRef path) {
  Activity activity("checking", path.str());
  std::optional<uint32_t> file = load(path);
  return file && !diagnostics.hasErrors();
}

bool Session::build(llvm::StringRef path) { return check(path); }

} // namespace nn

// The order of the stages.
#include "Pipeline/Session.h"
#include "Frontend/AST/Printer.h"
#include "Frontend/Parse/Parser.h"
#include "Pipeline/CrashReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

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

std::unique_ptr<ast::File> Session::parse(llvm::StringRef path) {
  Activity activity("parsing", path.str());
  std::optional<uint32_t> file = load(path);
  return file ? parse::parseFile(sources, *file, diagnostics) : nullptr;
}

bool Session::write(llvm::function_ref<void(llvm::raw_ostream &)> print) {
  std::string output = options.output.empty() ? "-" : options.output;
  std::error_code error;
  llvm::raw_fd_ostream stream(output, error);
  if (error) {
    diagnostics.report(diag::CannotWrite, {}, output, reasonOf(error));
    return false;
  }
  print(stream);
  return true;
}

bool Session::check(llvm::StringRef path) {
  Activity activity("checking", path.str());
  std::unique_ptr<ast::File> program = parse(path);
  return program && !diagnostics.hasErrors();
}

bool Session::build(llvm::StringRef path) {
  if (options.emit != Stage::Ast)
    return check(path);
  std::unique_ptr<ast::File> program = parse(path);
  return program && write([&](llvm::raw_ostream &out) { ast::print(out, sources, *program); });
}

} // namespace nn

// The subcommands of `nnc`: each calls the pipeline and prints what it reported.
#include "Commands.h"
#include "Frontend/Sema/Sema.h"
#include "Pipeline/Reference.h"
#include "Pipeline/Session.h"
#include "Pipeline/Stdlib.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

namespace nn {

constexpr int failureExit = 1;

/// Colour for a terminal, unless NO_COLOR is set (to anything but nothing).
static bool wantsColour() {
  const char *refused = std::getenv("NO_COLOR");
  return !(refused && *refused) && llvm::errs().has_colors();
}

static int flush(Session &session, const Invocation &invocation, bool succeeded) {
  RenderOptions options;
  options.format = invocation.errorFormat;
  options.colour = options.format == ErrorFormat::Human && wantsColour();
  session.diagnostics.flush(llvm::errs(), options);
  return succeeded ? 0 : failureExit;
}

int build(const Invocation &invocation) {
  Session session(invocation.compile);
  bool succeeded = session.build(invocation.files.front());
  return flush(session, invocation, succeeded);
}

/// Checks a file; with `--fix` again and again, each time with one claim of symmetry mended. The exit status.
static int checkFile(const std::string &file, const Invocation &invocation) {
  constexpr int mostFixes = 50;
  for (int fixes = 0;; ++fixes) {
    Session session(invocation.compile);
    bool succeeded = session.check(file, llvm::outs());
    if (succeeded || !invocation.compile.fixClaims || !session.fix || fixes == mostFixes)
      return flush(session, invocation, succeeded);
    if (!session.rewrite(file))
      return flush(session, invocation, false);
    unsigned line = session.sources.lineColumn(session.fix->range.file, session.fix->range.begin).line;
    llvm::outs() << file << ':' << line << ": fixed: " << session.fix->help << '\n';
  }
}

int check(const Invocation &invocation) {
  int status = 0;
  for (const std::string &file : invocation.files)
    status = std::max(status, checkFile(file, invocation));
  return status;
}

int run(const Invocation &invocation) {
  llvm::SmallString<128> program;
  llvm::StringRef stem = llvm::sys::path::stem(invocation.files.front());
  if (std::error_code error = llvm::sys::fs::createTemporaryFile(stem, "", program)) {
    llvm::errs() << "error: cannot make a temporary file: " << error.message() << '\n';
    return failureExit;
  }
  llvm::FileRemover remover(program);
  Session session(invocation.compile);
  session.options.output = program.str().str();
  bool built = session.build(invocation.files.front());
  int status = flush(session, invocation, built);
  if (built) {
    llvm::SmallVector<llvm::StringRef> words{stem};
    words.append(invocation.arguments.begin(), invocation.arguments.end());
    std::string reason;
    status = llvm::sys::ExecuteAndWait(program, words, std::nullopt, {}, 0, 0, &reason);
    if (!reason.empty())
      llvm::errs() << "error: " << stem << ": " << reason << '\n';
    if (status < 0)
      status = failureExit;
  }
  return status;
}

/// Every name of the standard library, file by file.
static void listNames(const SourceManager &sources, llvm::ArrayRef<std::unique_ptr<ast::File>> files) {
  for (const std::unique_ptr<ast::File> &file : files) {
    llvm::outs() << sources.path(file->file) << ':';
    for (const ast::Item *item : file->items)
      if (llvm::StringRef name = declaredName(*item); !name.empty())
        llvm::outs() << ' ' << name;
    llvm::outs() << '\n';
  }
}

int show(const Invocation &invocation) {
  SourceManager sources;
  DiagnosticEngine diagnostics(sources);
  std::vector<std::unique_ptr<ast::File>> files = parseWholeLibrary(sources, diagnostics);
  if (invocation.subject.empty()) {
    listNames(sources, files);
    return 0;
  }
  std::vector<std::string> names;
  bool found = false;
  for (const std::unique_ptr<ast::File> &file : files)
    for (const ast::Item *item : file->items) {
      names.push_back(declaredName(*item).str());
      if (names.back() != invocation.subject)
        continue;
      llvm::outs() << (found ? "\n" : "") << "// " << sources.path(file->file) << '\n'
                   << sourceOf(sources, *item) << '\n';
      found = true;
    }
  if (found)
    return 0;
  llvm::errs() << "error: the standard library has no `" << invocation.subject << "`\n";
  if (std::optional<llvm::StringRef> best = closest(invocation.subject, names))
    llvm::errs() << "  = help: did you mean `" << *best << "`?\n";
  return failureExit;
}

/// What the page of the library says before its names.
static constexpr llvm::StringLiteral libraryIntroduction = R"(What every program may use without a `use`, and modules
for which it says `use`. The compiler carries these files; a program may replace any of the names. Made from the doc
comments by `nnc doc --markdown`; `nnc doc NAME` prints one entry, `nnc show NAME` the source with all its equations.
What is built in is in the [reference](../grammar/README.md).
)";

/// A program's declarations; the exit status.
static int documentProgram(const Invocation &invocation) {
  Session session(invocation.compile);
  std::unique_ptr<ast::File> program = session.parse(invocation.subject);
  if (program) {
    ReferencePage page = referenceOf(session.sources, *program);
    if (invocation.markdown)
      printMarkdown(llvm::outs(), page, llvm::sys::path::stem(invocation.subject), "");
    else
      for (const ReferenceEntry &entry : page.entries) {
        llvm::outs() << (&entry == &page.entries.front() ? "" : "\n\n");
        printEntry(llvm::outs(), entry);
      }
  }
  return flush(session, invocation, program != nullptr);
}

/// The entry or the file of the library with this name; the exit status.
static int documentName(llvm::StringRef name, llvm::ArrayRef<ReferencePage> pages) {
  std::vector<std::string> names;
  bool found = false;
  for (const ReferencePage &page : pages) {
    for (const ReferenceEntry &entry : page.entries) {
      names.push_back(entry.name);
      if (entry.name != name)
        continue;
      printEntry(llvm::outs(), entry);
      llvm::outs() << '\n'
                   << page.path << (entry.isWhole ? "" : "; the whole of it: `nnc show " + entry.name + "`") << '\n';
      found = true;
    }
  }
  for (const ReferencePage &page : pages) {
    names.push_back(llvm::sys::path::stem(page.path).str());
    if (!found && names.back() == name) {
      llvm::outs() << page.heading << '\n';
      printOverview(llvm::outs(), page);
      found = true;
    }
  }
  if (!found && sema::isBuiltin(name)) {
    llvm::outs() << '`' << name << "` is built in; grammar/README.md says what it does\n";
    found = true;
  }
  if (found)
    return 0;
  llvm::errs() << "error: the standard library has no `" << name << "`\n";
  if (std::optional<llvm::StringRef> best = closest(name, names))
    llvm::errs() << "  = help: did you mean `" << *best << "`?\n";
  else
    llvm::errs() << "  = help: `nnc doc` lists what there is\n";
  return failureExit;
}

int doc(const Invocation &invocation) {
  if (llvm::StringRef(invocation.subject).ends_with(".nn"))
    return documentProgram(invocation);
  SourceManager sources;
  DiagnosticEngine diagnostics(sources);
  std::vector<ReferencePage> pages;
  for (const std::unique_ptr<ast::File> &file : parseWholeLibrary(sources, diagnostics))
    pages.push_back(referenceOf(sources, *file));
  if (!invocation.subject.empty())
    return documentName(invocation.subject, pages);
  if (invocation.markdown)
    printMarkdown(llvm::outs(), pages, "The standard library", libraryIntroduction);
  else
    for (const ReferencePage &page : pages)
      printOverview(llvm::outs(), page);
  return 0;
}

/// A message with words in the place of its arguments: "unknown name `NAME`", "takes N input(s)".
static std::string templateOf(llvm::StringRef message) {
  std::string result;
  while (!message.empty()) {
    auto [text, rest] = message.split('{');
    auto [placeholder, behind] = rest.split('}');
    auto [name, spec] = placeholder.split(':');
    result += text;
    result += spec == "s" ? "(s)" : name.upper();
    message = behind;
  }
  return result;
}

int explain(const Invocation &invocation) {
  llvm::StringRef code = invocation.subject;
  if (code.empty()) {
    for (const diag::KindInfo &kind : diag::allKinds())
      llvm::outs() << kind.code << "  " << templateOf(kind.message) << '\n';
    return 0;
  }
  if (const diag::KindInfo *kind = diag::findKind(code)) {
    llvm::outs() << kind->code << ": " << templateOf(kind->message) << "\n\n" << kind->explanation.trim('\n') << '\n';
    return 0;
  }
  llvm::errs() << "error: there is no diagnostic `" << code << "`\n  = help: `nnc explain` lists all of them\n";
  return failureExit;
}

} // namespace nn

// The last words of a compiler that fails: command, version, activity; a backtrace on request.
#include "Pipeline/CrashReport.h"
#include "Pipeline/Version.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <exception>
#include <unistd.h>

namespace nn {

static int commandCount;
static char **commandWords;
static thread_local Activity *current;

Activity::Activity(const char *what, std::string subject) : what(what), subject(std::move(subject)), outer(current) {
  current = this;
}
Activity::~Activity() { current = outer; }

void printActivities() {
  for (const Activity *activity = current; activity; activity = activity->outer)
    llvm::errs() << "  while:   " << activity->what << ' ' << activity->subject << '\n';
}

[[noreturn]] static void reportAndExit(const char *reason) {
  llvm::raw_ostream &out = llvm::errs();
  out << "\ninternal error: " << reason << "\n\n"
      << "This is a fault of the compiler, not of your program. Please report it with the program and these lines:\n\n"
      << "  command:";
  for (int i = 0; i < commandCount; ++i)
    out << ' ' << commandWords[i];
  out << "\n  version: " << versionLine() << '\n';
  printActivities();
  if (std::getenv("NNC_BACKTRACE"))
    llvm::sys::PrintStackTrace(out);
  else
    out << "\nWith NNC_BACKTRACE=1 in the environment nnc also prints where it stopped.\n";
  _exit(internalErrorExit);
}

void installCrashReport(int argc, char **argv) {
  commandCount = argc;
  commandWords = argv;
  llvm::sys::AddSignalHandler([](void *) { reportAndExit("the compiler crashed"); }, nullptr);
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) { reportAndExit(reason); }, nullptr);
  std::set_terminate([] { reportAndExit("an exception was not caught"); });
}

} // namespace nn

/// The command line of `nnc`: subcommands, options, usage errors.
#ifndef NOETHER_TOOLS_NNC_COMMANDLINE_H
#define NOETHER_TOOLS_NNC_COMMANDLINE_H

#include "Diagnostics/Diagnostics.h"
#include "Pipeline/Options.h"
#include <variant>

namespace nn {

enum class Command : uint8_t { Build, Run, Check, Show, Doc, Explain };

/// A command line that was understood.
struct Invocation {
  Command command = Command::Build;
  CompileOptions compile;
  ErrorFormat errorFormat = ErrorFormat::Human;
  std::vector<std::string> files;     ///< several for `check`, else one
  std::string subject;                ///< of `show`, `doc` and `explain`
  bool markdown = false;              ///< of `doc`
  std::vector<std::string> arguments; ///< of the program, for `run`
};

/// Reads the command line. Where there is nothing to run (`--help`, `--version`, a usage error, which is printed), the
/// result is the exit status: 0 or 2.
std::variant<Invocation, int> parseCommandLine(int argc, char **argv);

} // namespace nn

#endif

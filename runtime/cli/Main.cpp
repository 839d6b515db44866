/// The executable's main: parse, then hand over to a subcommand.
#include "cli/Session.h"

extern "C" int nnrt_main(int argc, char **argv) {
  using namespace nnrt;
  const nn_program &program = noether_program;
  Result<Options> options = parseOptions(program, {argv + (argc > 0 ? 1 : 0), argv + argc});
  if (!options)
    return reportError(options.text(), {}, Misused);
  if (options->help) {
    writeOut(helpText(program, options->command));
    return Succeeded;
  }
  if (options->command.empty()) {
    writeError(helpText(program, ""));
    return Misused;
  }
  const nn_command *command = findCommand(program, options->command);
  Session session(program, std::move(*options));
  if (command)
    return runCommand(session, *command);
  if (session.options.command == "train")
    return runTrain(session);
  if (session.options.command == "report")
    return runReport(session);
  if (session.options.command == "experiment")
    return runExperiment(session);
  if (session.options.command == "trace")
    return runTrace(session);
  if (session.options.command == "profile")
    return runProfile(session);
  if (session.options.command == "check")
    return runCheck(session);
  return session.options.command == "eval" ? runEval(session) : runInfo(session);
}

/// Which options exist, what they take, where they belong and what help says about them.
#pragma once

#include "cli/Options.h"

#include <span>

namespace nnrt {

enum Where : unsigned {
  OnTrain = 1,
  OnEval = 2,
  OnCommand = 4,
  OnInfo = 8,
  OnReport = 16,
  OnExperiment = 32,
  OnTrace = 64,
  OnCheck = 128,
  OnProfile = 256
};
const unsigned Running = OnTrain | OnEval | OnCommand | OnReport | OnExperiment | OnTrace | OnCheck | OnProfile,
               Anywhere = Running | OnInfo;

/// An option of the executable; several of one name belong to different places.
struct Option {
  const char *name;
  const char *letter; ///< "-q", or null
  const char *value;  ///< what it takes, or null for a switch
  unsigned where;
  const char *doc;
  /// Stores the value; "" or what is wrong with it.
  std::string (*store)(Options &options, const std::string &value);
};

std::span<const Option> optionTable();

/// Where a subcommand stands: one bit of Where; 0: there is no such command.
unsigned placeOf(const nn_program &program, const std::string &command);

/// The commands that a program declares, each once, for however many values of an argument it was compiled.
std::vector<std::string> declaredNames(const nn_program &program);
/// All subcommands of a program.
std::vector<std::string> commandNames(const nn_program &program);

/// True if a command (or null) has this argument. Where an option has the same name, `--NAME` is the argument: the
/// program chose the name, and what it computes has to be reachable.
bool hasArgument(const nn_command *command, const std::string &name);

} // namespace nnrt

/// The command line of a compiled model: subcommand, options, arguments.
#pragma once

#include "core/Model.h"
#include "noether/abi.h"

#include <string>
#include <utility>
#include <vector>

namespace nnrt {

struct Options {
  std::string command;  ///< "train", "eval", "report", "experiment", "check", "profile", "info", or a command of the
                        ///< program; "" when none was given
  std::string profiled; ///< of `profile`: a command of the program; "" for a step of training
  std::vector<std::string> positional;
  std::vector<std::pair<std::string, std::string>> named; ///< command arguments given as --NAME VALUE
  std::vector<std::pair<std::string, std::string>> settings;
  bool help = false, json = false, quiet = false, resume = false, resize = false;
  bool seedGiven = false;
  int64_t seed = 0;
  int64_t threads = 0; ///< 0: as many as there are cores
  int64_t epochs = 0, steps = 0;
  bool timed = false;  ///< `train` says how long a step takes
  int64_t repeats = 0; ///< of a command, to say how long it takes
  int64_t isa = -1;
  DeviceKind device = DeviceKind::Auto;
  int64_t gpu = 0; ///< which one
  std::string weights, data, output;
  std::string witness;             ///< that `check` runs again
  std::vector<std::string> out;    ///< where a command's results are written
  std::vector<std::string> values; ///< that `trace` shows; none: all, in short
  int64_t example = 0;             ///< of `trace`
  std::string split;
  int64_t rate = 16000; ///< samples a second of sounds that are written
};

/// A misuse of the command line (exit code 2).
Result<Options> parseOptions(const nn_program &program, const std::vector<std::string> &words);

/// The program's command of this name, or null.
const nn_command *findCommand(const nn_program &program, const std::string &name);

/// Help for a subcommand, or for the whole executable when `command` is empty.
std::string helpText(const nn_program &program, const std::string &command);

} // namespace nnrt

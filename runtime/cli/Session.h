/// One run of the executable: its options, its model, and where its words go.
#pragma once

#include "cli/Loader.h"
#include "cli/Options.h"
#include "core/Model.h"
#include "data/Readers.h"
#include "io/Checkpoint.h"

namespace nnrt {

enum ExitCode { Succeeded = 0, Failed = 1, Misused = 2, Interrupted = 130 };

struct Session {
  Session(const nn_program &program, Options given)
      : program(program), options(std::move(given)), model(program), loader(model, searchPath(), history) {}

  /// Starts the model with threads, instruction set and settings of the options.
  Status start();
  /// Loads the weights a run without training needs: --weights, else those inside, else NAME.safetensors.
  Status loadWeights();
  /// Both of these.
  Status startTrained();
  /// Loads from --weights or NAME.safetensors for --resume, or --weights to start a training from.
  Result<CheckpointInfo> loadForTraining();

  /// --output, else NAME.safetensors.
  std::string outputPath() const;
  /// What the files of reports and experiments begin with: that of the weights without its ending.
  std::string reportBase() const;
  /// Runs a function that is no step: arguments but keys and sizes are in place.
  Status callOnce(const nn_function &function);
  /// The same, with what it reads of data and histories loaded.
  void call(const nn_function &function);
  SearchPath searchPath() const;
  uint64_t seed() const { return uint64_t(options.seed); }
  /// The recipe named by the first positional argument, or the only one.
  Result<const nn_recipe *> recipe() const;

  /// A line of log on standard error, unless --quiet.
  void log(const std::string &line) const;

  const nn_program &program;
  Options options;
  Model model;
  History history; ///< of the trainings whose weights are loaded
  Loader loader;
};

/// Prints an error, with help on its own line when there is some, and returns `code`.
int reportError(const std::string &text, const std::string &help = {}, int code = Failed);

// The subcommands; each returns the exit code.
int runTrain(Session &session);
int runEval(Session &session);
int runTrace(Session &session);
int runCommand(Session &session, const nn_command &command);
int runInfo(Session &session);
int runCheck(Session &session);
int runReport(Session &session);
int runExperiment(Session &session);
int runProfile(Session &session);

/// Starts the model and puts the arguments of a command in place: the one of this name that they choose. Null after an
/// error, which is reported; `code` is its exit code.
const nn_command *startCommand(Session &session, const nn_command &first, int &code);

/// Computes reports, prints and plots them, and saves them beside the weights.
Status makeReports(Session &session, const std::vector<const nn_report *> &reports);
/// Trains without files, as a point of an experiment does: the exit code.
int trainPoint(Session &session, const nn_recipe &recipe, const std::string &title);

} // namespace nnrt

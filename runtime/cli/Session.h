/// One run of the executable: its options, its model, and where its words go.
#pragma once

#include "cli/Options.h"
#include "core/Model.h"
#include "data/Readers.h"
#include "io/Checkpoint.h"

namespace nnrt {

enum ExitCode { Succeeded = 0, Failed = 1, Misused = 2, Interrupted = 130 };

struct Session {
  Session(const nn_program &program, Options options) : program(program), options(std::move(options)), model(program) {}

  /// Starts the model with threads, instruction set and settings of the options.
  Status start();
  /// Loads the weights a run without training needs: --weights, else those inside, else NAME.safetensors.
  Status loadWeights();
  /// Loads from --weights or NAME.safetensors for --resume, or --weights to start a training from.
  Result<CheckpointInfo> loadForTraining();

  /// --output, else NAME.safetensors.
  std::string outputPath() const;
  SearchPath searchPath() const;
  uint64_t seed() const { return uint64_t(options.seed); }
  /// The recipe named by the first positional argument, or the only one.
  Result<const nn_recipe *> recipe() const;

  /// A line of log on standard error, unless --quiet.
  void log(const std::string &line) const;

  const nn_program &program;
  Options options;
  Model model;
};

/// Prints an error, with help on its own line when there is some, and returns `code`.
int reportError(const std::string &text, const std::string &help = {}, int code = Failed);

// The subcommands; each returns the exit code.
int runTrain(Session &session);
int runEval(Session &session);
int runCommand(Session &session, const nn_command &command);
int runInfo(Session &session);

} // namespace nnrt

/// Opening the model and finding its weights.
#include "cli/Session.h"
#include "core/Text.h"
#include "gpu/Device.h"

#include <cstring>

namespace nnrt {

int reportError(const std::string &text, const std::string &help, int code) {
  writeError("error: " + text + "\n" + (help.empty() ? "" : "help: " + help + "\n"));
  return code;
}

void Session::log(const std::string &line) const {
  if (!options.quiet)
    writeError(line + "\n");
}

Status Session::start() {
  bool profiles = options.command == "profile"; // by the clocks of the processor's threads
  if (profiles && options.device == DeviceKind::Gpu)
    return failure("`profile` measures the processor only");
  DeviceKind device = profiles ? DeviceKind::Processor : options.device;
  Status started = model.start({int(options.threads), options.isa, device, int(options.gpu)});
  if (!started)
    return started;
  if (const Device *opened = model.device())
    log(format("running on %s", opened->name.c_str()));
  else if (program.gpu && device == DeviceKind::Auto && (model.hasDriver || options.command == "train"))
    log(format("running on the processor: %s", model.withoutDevice.c_str()));
  for (const auto &[name, value] : options.settings)
    if (Status set = model.set(name, value); !set)
      return set;
  return success();
}

std::string Session::outputPath() const {
  return options.output.empty() ? std::string(program.name) + ".safetensors" : options.output;
}

std::string Session::reportBase() const {
  bool training = options.command == "train";
  std::string weights = training                  ? outputPath()
                        : options.weights.empty() ? std::string(program.name) + ".safetensors"
                                                  : options.weights;
  if (endsWith(weights, ".safetensors"))
    weights.resize(weights.size() - strlen(".safetensors"));
  if (training || options.output.empty())
    return weights;
  size_t slash = weights.rfind('/');
  return joinPath(options.output, slash == std::string::npos ? weights : weights.substr(slash + 1));
}

Status Session::callOnce(const nn_function &function) {
  if (Status ready = loader.prepare(function); !ready)
    return ready;
  call(function);
  return success();
}

void Session::call(const nn_function &function) {
  model.fillKey(function, seed(), 0);
  model.fillScalar(function, NN_BIND_BATCH_SIZE, 1);
  model.fillScalar(function, NN_BIND_STEP, 0);
  model.fillScalar(function, NN_BIND_TOTAL_STEPS, 1);
  model.call(function);
}

SearchPath Session::searchPath() const {
  return {program.source_directory ? program.source_directory : "", options.data};
}

Result<const nn_recipe *> Session::recipe() const {
  if (options.positional.empty())
    return &program.recipes[0];
  std::vector<std::string> names;
  for (int64_t i = 0; i < program.recipe_count; ++i) {
    names.push_back(program.recipes[i].name);
    if (options.positional[0] == names.back() && options.positional.size() == 1)
      return &program.recipes[i];
  }
  return failure(format("`%s` takes no argument `%s`%s", options.command.c_str(), options.positional.back().c_str(),
                        names.size() > 1 ? ("; the recipes are " + join(names, ", ")).c_str() : ""));
}

static Result<CheckpointInfo> loadFile(Session &session, const std::string &path, LoadScope scope) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  Result<CheckpointInfo> loaded =
      loadCheckpoint(session.program, session.model.changePersistent(), bytes->data(), bytes->size(), path, scope);
  if (loaded)
    for (const std::string &line : loaded->renamed)
      session.log(path + ": " + line);
  return loaded;
}

Status Session::startTrained() {
  Status started = start();
  return started ? loadWeights() : started;
}

Status Session::loadWeights() {
  Result<CheckpointInfo> loaded = CheckpointInfo{};
  if (!options.weights.empty()) {
    loaded = loadFile(*this, options.weights, LoadScope::Model);
  } else if (program.weights_bytes > 0) {
    loaded = loadCheckpoint(program, model.changePersistent(), static_cast<const uint8_t *>(program.weights),
                            size_t(program.weights_bytes), "the weights inside the executable", LoadScope::Model);
  } else {
    bool needed = false;
    for (int64_t i = 0; i < program.tensor_count; ++i)
      needed = needed || (program.tensors[i].role != NN_OPTIMIZER_STATE && !program.tensors[i].of_experiment);
    std::string path = std::string(program.name) + ".safetensors";
    if (needed && !isFile(path))
      return Failure{DataErrorKind::Missing,
                     format("there are no weights: %s does not exist here", path.c_str()),
                     {},
                     program.recipe_count > 0
                         ? format("train the model first (%s train), or name a file with --weights", program.name)
                         : "name a file with --weights"};
    if (needed)
      loaded = loadFile(*this, path, LoadScope::Model);
  }
  if (!loaded)
    return loaded.error();
  history = std::move(loaded->history);
  return success();
}

Result<CheckpointInfo> Session::loadForTraining() {
  if (!options.resume && options.weights.empty())
    return CheckpointInfo{0, seed(), {}};
  std::string path = options.weights.empty() ? outputPath() : options.weights;
  Result<CheckpointInfo> info = loadFile(*this, path, options.resume ? LoadScope::Everything : LoadScope::Model);
  if (info && !options.resume)
    return CheckpointInfo{0, seed(), {}};
  if (info && options.seedGiven)
    info->seed = seed();
  return info;
}

} // namespace nnrt

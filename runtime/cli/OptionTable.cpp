/// The table of options, and what else a command line is read by.
#include "cli/OptionTable.h"
#include "core/Isa.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

namespace {

std::string storeWhole(int64_t &place, const std::string &value, int64_t least, int64_t most) {
  if (parseInteger(value, place) && place >= least && place <= most)
    return {};
  return format("takes a whole number from %lld to %lld, not `%s`", static_cast<long long>(least),
                static_cast<long long>(most), value.c_str());
}

std::string storeSetting(Options &options, const std::string &value) {
  size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0)
    return format("takes NAME=VALUE, not `%s`", value.c_str());
  options.settings.push_back({value.substr(0, equals), value.substr(equals + 1)});
  return {};
}

std::string storeIsa(Options &options, const std::string &value) {
  const std::vector<std::string> &names = isaNames();
  auto found = std::find(names.begin(), names.end(), value);
  if (found == names.end())
    return format("takes %s, not `%s`", join(names, ", ").c_str(), value.c_str());
  options.isa = found - names.begin();
  return {};
}

std::string storeDevice(Options &options, const std::string &value) {
  options.device = value == "auto" ? DeviceKind::Auto : value == "cpu" ? DeviceKind::Processor : DeviceKind::Gpu;
  if (options.device != DeviceKind::Gpu || value == "cuda")
    return {};
  bool numbered = value.compare(0, 5, "cuda:") == 0 && storeWhole(options.gpu, value.substr(5), 0, 1'000'000).empty();
  return numbered ? std::string() : format("takes auto, cpu, cuda or cuda:N, not `%s`", value.c_str());
}

#define STORE(...) [](Options &o, const std::string &v) -> std::string { __VA_ARGS__ }
const int64_t most = INT64_MAX;
constexpr Option table[] = {
    {"epochs", nullptr, "N", OnTrain | OnExperiment, "train for N epochs",
     STORE(return storeWhole(o.epochs, v, 1, 1 << 30);)},
    {"steps", nullptr, "N", OnTrain | OnExperiment, "train for N steps",
     STORE(return storeWhole(o.steps, v, 1, INT32_MAX);)},
    {"steps", nullptr, "N", OnProfile, "measure N steps, or N runs of a command (default: two seconds of them)",
     STORE(return storeWhole(o.steps, v, 1, INT32_MAX);)},
    {"time", nullptr, nullptr, OnTrain, "say how long a step takes", STORE(o.timed = true; return {};)},
    {"time", nullptr, "N", OnCommand, "compute the result N times more, and say how long that takes",
     STORE(return storeWhole(o.repeats, v, 1, INT32_MAX);)},
    {"resume", nullptr, nullptr, OnTrain, "go on where the weights file stopped", STORE(o.resume = true; return {};)},
    {"resume", nullptr, nullptr, OnExperiment, "pass over the points that the table holds",
     STORE(o.resume = true; return {};)},
    {"output", "-o", "FILE", OnTrain, "write the weights here", STORE(o.output = v; return {};)},
    {"output", "-o", "DIR", OnReport | OnExperiment, "write tables and plots into this folder",
     STORE(o.output = v; return {};)},
    {"output", "-o", "FILE", OnCheck, "write the first case in which a claim fails here",
     STORE(o.output = v; return {};)},
    {"output", "-o", "FILE", OnProfile, "write what each thread did in one step here, as a Chrome trace",
     STORE(o.output = v; return {};)},
    {"witness", nullptr, "FILE", OnCheck, "run a case that this command or `nnc check` wrote again",
     STORE(o.witness = v; return {};)},
    {"weights", nullptr, "FILE", Running & ~unsigned(OnExperiment), "read the weights here",
     STORE(o.weights = v; return {};)},
    {"data", nullptr, "DIR", Running, "look for data sets here as well", STORE(o.data = v; return {};)},
    {"value", nullptr, "NAME", OnTrace, "the value to print, `Net.dense_1.h` (repeatable; none: all, in short)",
     STORE(o.values.push_back(v); return {};)},
    {"example", nullptr, "K", OnTrace, "the example, counted from 0 (default 0)",
     STORE(return storeWhole(o.example, v, 0, UINT32_MAX);)},
    {"split", nullptr, "NAME", OnTrace, "the split it is taken from (default: test, else validation, else train)",
     STORE(o.split = v; return {};)},
    {"out", nullptr, "FILE", OnCommand, "write the result: .json .txt .csv .npy .png .wav (NAME=FILE: one of several)",
     STORE(o.out.push_back(v); return {};)},
    {"rate", nullptr, "N", OnCommand, "samples a second of a .wav (default 16000)",
     STORE(return storeWhole(o.rate, v, 1, 1 << 24);)},
    {"resize", nullptr, nullptr, OnCommand, "resample pictures to the size the model takes",
     STORE(o.resize = true; return {};)},
    {"seed", nullptr, "N", Running, "the seed of everything random (default 0)",
     STORE(o.seedGiven = true; return storeWhole(o.seed, v, 0, most);)},
    {"set", nullptr, "NAME=VALUE", Running, "change a setting", storeSetting},
    {"threads", nullptr, "N", Running, "threads to use (default: the available cores)",
     STORE(return storeWhole(o.threads, v, 1, 1024);)},
    {"isa", nullptr, "NAME", Running | OnInfo, "use this instruction set: baseline, avx2, avx512 or avx512bf16",
     storeIsa},
    {"device", nullptr, "NAME", Running, "where to run: auto (default), cpu, cuda or cuda:N", storeDevice},
    {"json", nullptr, nullptr, Anywhere, "print results as JSON", STORE(o.json = true; return {};)},
    {"quiet", "-q", nullptr, Anywhere, "print results only", STORE(o.quiet = true; return {};)},
    {"help", "-h", nullptr, Anywhere, "print this", STORE(o.help = true; return {};)},
};
#undef STORE

} // namespace

std::span<const Option> optionTable() { return table; }

unsigned placeOf(const nn_program &program, const std::string &command) {
  if (findCommand(program, command))
    return OnCommand;
  const std::pair<const char *, unsigned> own[] = {
      {"train", OnTrain},           {"eval", OnEval},   {"info", OnInfo},   {"report", OnReport},
      {"experiment", OnExperiment}, {"trace", OnTrace}, {"check", OnCheck}, {"profile", OnProfile}};
  for (const auto &[name, place] : own)
    if (command == name)
      return place;
  return 0;
}

std::vector<std::string> declaredNames(const nn_program &program) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < program.command_count; ++i)
    if (std::find(names.begin(), names.end(), program.commands[i].name) == names.end())
      names.push_back(program.commands[i].name);
  return names;
}

std::vector<std::string> commandNames(const nn_program &program) {
  std::vector<std::string> names;
  if (program.recipe_count > 0)
    names = {"train", "eval", "trace"};
  if (program.report_count > 0)
    names.push_back("report");
  if (program.experiment_count > 0)
    names.push_back("experiment");
  if (program.claim_count > 0 && !findCommand(program, "check"))
    names.push_back("check");
  for (const std::string &name : declaredNames(program))
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  if (!findCommand(program, "profile"))
    names.push_back("profile");
  names.push_back("info");
  return names;
}

bool hasArgument(const nn_command *command, const std::string &name) {
  for (int64_t i = 0; command && i < command->argument_count; ++i)
    if (name == command->arguments[i].name)
      return true;
  return false;
}

const nn_command *findCommand(const nn_program &program, const std::string &name) {
  for (int64_t i = 0; i < program.command_count; ++i)
    if (name == program.commands[i].name)
      return &program.commands[i];
  return nullptr;
}

} // namespace nnrt

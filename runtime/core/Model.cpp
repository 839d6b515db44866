/// The memory plan of a process and the calls on it.
#include "core/Model.h"
#include "core/Isa.h"
#include "core/System.h"
#include "core/Text.h"
#include "gpu/Device.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace nnrt {

static void addPoint(const nn_point &point, std::vector<const nn_function *> &functions) {
  for (int64_t i = 0; i < point.recipe_count; ++i) {
    functions.push_back(point.recipes[i].step);
    functions.push_back(point.recipes[i].eval);
  }
  for (int64_t i = 0; i < point.report_count; ++i)
    functions.push_back(point.reports[i].function);
}

std::vector<const nn_function *> functionsOf(const nn_program &program) {
  std::vector<const nn_function *> functions{program.init};
  for (int64_t i = 0; i < program.recipe_count; ++i) {
    functions.push_back(program.recipes[i].step);
    functions.push_back(program.recipes[i].eval);
    functions.push_back(program.recipes[i].trace);
  }
  for (int64_t i = 0; i < program.command_count; ++i)
    functions.push_back(program.commands[i].function);
  for (int64_t i = 0; i < program.report_count; ++i)
    functions.push_back(program.reports[i].function);
  for (int64_t i = 0; i < program.experiment_count; ++i)
    for (int64_t k = 0; k < program.experiments[i].point_count; ++k)
      addPoint(program.experiments[i].points[k], functions);
  for (int64_t i = 0; i < program.dataset_count; ++i)
    functions.push_back(program.datasets[i].generator);
  for (int64_t i = 0; i < program.claim_count; ++i) {
    functions.push_back(program.claims[i].function);
    functions.push_back(program.claims[i].wide);
  }
  functions.erase(std::remove(functions.begin(), functions.end(), nullptr), functions.end());
  return functions;
}

Model::~Model() {
  delete gpu;
  delete runtime.pool;
  if (mapping)
    munmap(mapping, mappingBytes);
}

int64_t Model::variantOf(const nn_function &function) const {
  int64_t best = 0;
  for (int64_t i = 0; i < function.variant_count; ++i)
    if (function.variants[i].isa <= isa)
      best = i;
  return best;
}

/// The instruction sets that a program was compiled for, in order.
static std::vector<int64_t> isasOf(const nn_program &program) {
  std::vector<int64_t> isas;
  for (const nn_function *function : functionsOf(program))
    for (int64_t i = 0; i < function->variant_count; ++i)
      isas.push_back(function->variants[i].isa);
  std::sort(isas.begin(), isas.end());
  isas.erase(std::unique(isas.begin(), isas.end()), isas.end());
  return isas;
}

Status Model::chooseIsa(int64_t wanted) {
  std::vector<int64_t> isas = isasOf(program);
  std::vector<std::string> names;
  for (int64_t each : isas)
    names.push_back(isaName(each));
  int64_t best = bestIsa();
  if (wanted > best)
    return failure(format("this processor has no %s; its best is %s", isaName(wanted).c_str(), isaName(best).c_str()));
  if (wanted >= 0 && std::find(isas.begin(), isas.end(), wanted) == isas.end())
    return failure(format("%s was compiled for %s only; `nnc build --isa %s` compiles for %s", program.name,
                          join(names, " and ").c_str(), isaName(wanted).c_str(), isaName(wanted).c_str()));
  isa = wanted >= 0 ? wanted : best;
  if (!isas.empty() && isas.front() > isa)
    return failure(format("this processor has no %s, and %s was compiled for %s; `nnc build --isa baseline` compiles "
                          "for every x86-64 processor",
                          names.front().c_str(), program.name, join(names, " and ").c_str()));
  while (!isas.empty() && isas.back() > isa)
    isas.pop_back();
  isa = isas.empty() ? isa : isas.back();
  return success();
}

Status Model::start(const ModelOptions &options) {
  if (program.abi_version != NN_ABI_VERSION)
    return failure(format("%s was compiled for runtime interface %lld but this runtime has interface %d", program.name,
                          static_cast<long long>(program.abi_version), NN_ABI_VERSION));
  if (Status chosen = chooseIsa(options.isa); !chosen)
    return chosen;
  Status mapped = map(options.threads > 0 ? options.threads : availableCores());
  if (!mapped)
    return mapped;
  for (int64_t i = 0; i < program.setting_count; ++i)
    if (Status set = writeSetting(program.settings[i], program.settings[i].value, settingsBlock); !set)
      return set;
  return openDevice(options);
}

Status Model::openDevice(const ModelOptions &options) {
  if (options.device == DeviceKind::Processor)
    return success();
  if (!program.gpu) {
    withoutDevice =
        format("%s was compiled for the processor only; `nnc build --target cpu,cuda` compiles for both", program.name);
    return options.device == DeviceKind::Gpu ? failure(withoutDevice) : success();
  }
  Result<const Driver *> driver = loadDriver();
  Status opened = success();
  hasDriver = bool(driver);
  if (driver) {
    gpu = new Device(**driver, program);
    opened =
        gpu->open(options.gpu, {persistentBlock, settingsBlock, scratch, loaded, io, spareIo, ioBytes, runtime.pool});
  } else {
    opened = driver.error();
  }
  if (opened)
    return opened;
  delete gpu;
  gpu = nullptr;
  withoutDevice = opened.text();
  return options.device == DeviceKind::Gpu ? opened : success();
}

static int64_t aligned(int64_t bytes) { return (bytes + NN_ALIGN - 1) / NN_ALIGN * NN_ALIGN; }

Status Model::map(int threadCount) {
  int64_t scratchBytes = 0, workspaceBytes = 0;
  bool trains = program.recipe_count > 0 || program.experiment_count > 0;
  for (const nn_function *function : functionsOf(program)) {
    const nn_variant &variant = function->variants[variantOf(*function)];
    scratchBytes = std::max(scratchBytes, variant.scratch_bytes);
    workspaceBytes = std::max(workspaceBytes, variant.workspace_bytes);
    ioBytes = std::max(ioBytes, function->io_bytes);
  }
  workspaceStride = Pool::workspaceHeader + aligned(workspaceBytes);
  int64_t blocks[] = {aligned(program.persistent_bytes),
                      aligned(program.settings_bytes),
                      aligned(ioBytes),
                      aligned(scratchBytes),
                      workspaceStride * threadCount,
                      aligned(program.loaded_bytes),
                      trains ? aligned(ioBytes) : 0};
  arenaBytes = 0;
  for (int64_t block : blocks)
    arenaBytes += block;
  const int64_t hugePage = int64_t(2) << 20;
  mappingBytes = size_t(arenaBytes + (arenaBytes >= hugePage ? hugePage : NN_ALIGN));
  mapping = mmap(nullptr, mappingBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    mapping = nullptr;
    return failure(format("%s needs %s of memory: %s", program.name, humanBytes(arenaBytes).c_str(), strerror(errno)));
  }
  auto *start = static_cast<std::byte *>(mapping);
  if (arenaBytes >= hugePage) {
    start += (hugePage - int64_t(reinterpret_cast<uintptr_t>(start) % hugePage)) % hugePage;
    madvise(start, size_t(arenaBytes), MADV_HUGEPAGE);
  }
  std::byte **bases[] = {&persistentBlock, &settingsBlock, &io, &scratch, &workspaces, &loaded, &spareIo};
  for (int block = 0; block < 7; start += blocks[block++])
    *bases[block] = start;
  runtime.pool = new Pool(threadCount, workspaces, workspaceStride);
  return success();
}

/// A GPU that fails in the middle of a function leaves nothing to go on with.
static void require(const Status &done) {
  if (done)
    return;
  writeError("error: " + done.text() + "\n");
  _exit(1);
}

const std::byte *Model::persistent() {
  if (gpu)
    require(gpu->fetch(gpu->persistent));
  return persistentBlock;
}

std::byte *Model::changePersistent() {
  if (gpu)
    require(gpu->change(gpu->persistent));
  return persistentBlock;
}

std::byte *Model::changeLoaded() {
  if (gpu)
    require(gpu->change(gpu->loaded));
  return loaded;
}

void Model::call(const nn_function &function) {
  ioUser = &function;
  if (gpu && function.gpu && !runtime.watch)
    return require(gpu->call(function, variantOf(function), io));
  nn_call call{changePersistent(), settingsBlock, scratch, io, &runtime, loaded};
  function.variants[variantOf(function)].entry(&call);
}

bool Model::runsAhead(const nn_function &step) const { return gpu && !runtime.watch && gpu->mayRunAhead(step); }

void Model::begin(const nn_function &step) {
  if (!runsAhead(step))
    return call(step);
  ioUser = &step;
  require(gpu->begin(step, io));
}

void Model::awaitSent(const std::byte *block) {
  if (gpu)
    require(gpu->awaitSent(block));
}

void Model::finish() {
  if (gpu)
    require(gpu->finish());
}

const std::byte *Model::resultOf(const nn_function &step, int64_t k, int64_t result) {
  return runsAhead(step) ? gpu->resultOf(step, size_t(k), result) : at(step.results[result]);
}

void Model::initialize(uint64_t seed) {
  if (!program.init)
    return;
  fillKey(*program.init, seed, 0);
  call(*program.init);
}

std::byte *Model::argument(const nn_function &function, int64_t kind, const char *name, int64_t data) {
  for (int64_t i = 0; i < function.argument_count; ++i) {
    const nn_binding &binding = function.arguments[i];
    if (binding.kind == kind && binding.data == data && (!name || strcmp(binding.name, name) == 0))
      return at(binding);
  }
  return nullptr;
}

void Model::fillKey(const nn_function &function, uint64_t seed, int64_t step, int64_t example) {
  if (std::byte *place = argument(function, NN_BIND_KEY)) {
    uint32_t key[4] = {uint32_t(seed), uint32_t(seed >> 32), uint32_t(step), uint32_t(example)};
    memcpy(place, key, sizeof key);
  }
}

void Model::fillScalar(const nn_function &function, int64_t kind, int64_t value) {
  if (std::byte *place = argument(function, kind)) {
    int32_t narrow = int32_t(value);
    memcpy(place, &narrow, sizeof narrow);
  }
}

Status writeSetting(const nn_setting &setting, double value, std::byte *settings) {
  std::byte *place = settings + setting.offset;
  auto store = [&](auto typed) { memcpy(place, &typed, sizeof typed); };
  bool whole = value == std::trunc(value);
  switch (setting.dtype) {
  case NN_F32:
    return store(float(value)), success();
  case NN_F64:
    return store(value), success();
  case NN_I32:
    if (!whole || std::fabs(value) > 2147483647.0)
      return failure(format("`%s` is an i32 and cannot be %s", setting.name, shortest(value).c_str()));
    return store(int32_t(value)), success();
  case NN_I64:
    if (!whole || std::fabs(value) > largestWhole)
      return failure(format("`%s` is an i64 and cannot be %s", setting.name, shortest(value).c_str()));
    return store(int64_t(value)), success();
  case NN_BOOL:
    if (value != 0 && value != 1)
      return failure(format("`%s` is true or false and cannot be %s", setting.name, shortest(value).c_str()));
    return store(uint8_t(value)), success();
  default:
    return failure(
        format("the setting `%s` has type %s, which settings do not take", setting.name, dtypeName(setting.dtype)));
  }
}

double readSetting(const nn_setting &setting, const std::byte *settings) {
  const std::byte *place = settings + setting.offset;
  auto load = [&](auto typed) {
    memcpy(&typed, place, sizeof typed);
    return double(typed);
  };
  switch (setting.dtype) {
  case NN_F32:
    return load(float{});
  case NN_I32:
    return load(int32_t{});
  case NN_I64:
    return load(int64_t{});
  case NN_BOOL:
    return load(uint8_t{});
  default:
    return load(double{});
  }
}

Status Model::set(const std::string &name, const std::string &value) {
  std::vector<std::string> known;
  for (int64_t i = 0; i < program.setting_count; ++i) {
    const nn_setting &setting = program.settings[i];
    known.push_back(setting.name);
    if (name != setting.name)
      continue;
    double number;
    if (value == "true" || value == "false")
      number = value == "true";
    else if (!parseNumber(value, number))
      return failure(format("`%s` takes a number, not `%s`", setting.name, value.c_str()));
    if (gpu)
      require(gpu->change(gpu->settings));
    return writeSetting(setting, number, settingsBlock);
  }
  if (known.empty())
    return failure(format("%s has no settings, so `%s` cannot be set", program.name, name.c_str()));
  std::string guess = nearest(name, known);
  return failure(format("%s has no setting `%s`; %s", program.name, name.c_str(),
                        guess.empty() ? ("it has " + join(known, ", ")).c_str()
                                      : format("did you mean `%s`?", guess.c_str()).c_str()));
}

} // namespace nnrt

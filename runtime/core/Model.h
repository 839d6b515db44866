/// A compiled program at work: its one block of memory, its threads and the calls into generated code.
#pragma once

#include "core/Pool.h"
#include "core/Result.h"

#include <cstddef>
#include <utility>

namespace nnrt {

class Device;

/// Where functions run: on a GPU if there is one and the program was compiled for it; on the processor; on a GPU.
enum class DeviceKind { Auto, Processor, Gpu };

struct ModelOptions {
  int threads = 0;  ///< 0: as many as there are cores
  int64_t isa = -1; ///< nn_isa_enum to use; -1: the best there is
  DeviceKind device = DeviceKind::Processor;
  int gpu = 0; ///< which one
};

/// Owns every byte a program needs, mapped once: persistent, settings, io, scratch and the threads' workspaces.
class Model {
public:
  explicit Model(const nn_program &program) : program(program) {}
  ~Model();
  Model(const Model &) = delete;

  /// Maps the memory, starts the threads and sets the settings to their defaults. Fails when the program was made for
  /// another runtime or processor, or does not fit.
  Status start(const ModelOptions &options);

  /// Runs `init` with this seed.
  void initialize(uint64_t seed);

  /// Calls a function on the io block: on the GPU if there is one and the function was compiled for it. Ends the
  /// process with a sentence if the GPU fails.
  void call(const nn_function &function);

  /// Begins a training step without waiting for it, where a GPU can do it alone: then its results are those of
  /// `resultOf` after `finish`, and until `awaitSent` its arguments must not change. Else calls it.
  void begin(const nn_function &step);
  /// True where a step that is begun may still run when `begin` returns; at most `mostAhead` may be begun at a time.
  bool runsAhead(const nn_function &step) const;
  static constexpr int64_t mostAhead = 16;
  /// Waits until the arguments in an io block have been read.
  void awaitSent(const std::byte *block);
  /// Waits for the steps that were begun.
  void finish();
  /// Result `result` of the k-th step that was begun before `finish`.
  const std::byte *resultOf(const nn_function &step, int64_t k, int64_t result);

  /// The other io block becomes the one that functions are called on. Only for training steps.
  void swapIo() {
    std::swap(io, spareIo);
    std::swap(ioUser, spareIoUser);
  }

  /// Shows every launch from now on to `watch`; null ends that.
  void watch(LaunchWatch *watch) { runtime.watch = watch; }

  /// Places in the io block, by role; null when the function has no such argument.
  std::byte *argument(const nn_function &function, int64_t kind, const char *name = nullptr, int64_t data = 0);
  std::byte *at(const nn_binding &binding) { return io + binding.offset; }

  /// Fills a function's key argument for one example (rank 1, or row 0 of a batch).
  void fillKey(const nn_function &function, uint64_t seed, int64_t step, int64_t example = 0);
  /// Writes a scalar i32 argument if the function takes it.
  void fillScalar(const nn_function &function, int64_t kind, int64_t value);

  Status set(const std::string &name, const std::string &value);

  /// The persistent block, as the last call left it.
  const std::byte *persistent();
  /// The same, to be changed.
  std::byte *changePersistent();
  /// The block of tensors that are read before functions run, to be changed.
  std::byte *changeLoaded();
  const std::byte *settings() const { return settingsBlock; }

  /// The GPU that functions run on, or null; where `Auto` was asked for and there is none, why.
  const Device *device() const { return gpu; }
  std::string withoutDevice;
  bool hasDriver = false; ///< of GPUs, found when one was looked for

  const nn_program &program;
  std::byte *io = nullptr;
  std::byte *spareIo = nullptr; ///< as large as a training step needs
  /// The functions that were last called on the two blocks: what another one staged there may be overwritten.
  const nn_function *ioUser = nullptr, *spareIoUser = nullptr;
  int64_t isa = 0;
  int64_t arenaBytes = 0;
  int threads() const { return runtime.pool->threads(); }
  Pool &pool() { return *runtime.pool; }

private:
  /// The position of the variant that this processor takes.
  int64_t variantOf(const nn_function &function) const;
  /// Sets `isa` to the one that is wanted (-1: any), if this processor and the program have it.
  Status chooseIsa(int64_t wanted);
  Status map(int threadCount);

  Status openDevice(const ModelOptions &options);

  std::byte *persistentBlock = nullptr;
  std::byte *settingsBlock = nullptr;
  std::byte *loaded = nullptr;
  Device *gpu = nullptr;
  std::byte *scratch = nullptr;
  std::byte *workspaces = nullptr;
  int64_t workspaceStride = 0, ioBytes = 0;
  void *mapping = nullptr;
  size_t mappingBytes = 0;
  nn_runtime runtime{nullptr, nullptr};
};

/// Every function of a program: init, steps, evals, commands, what computes data, and reports, also those of
/// experiments.
std::vector<const nn_function *> functionsOf(const nn_program &program);

/// A setting's value, converted to its type; fails with a sentence for what is no such value.
Status writeSetting(const nn_setting &setting, double value, std::byte *settings);
double readSetting(const nn_setting &setting, const std::byte *settings);

} // namespace nnrt

// Runs functions of a planned module on a GPU: one of NVIDIA, or the emulated one of test/GPU/emulator.
#pragma once

#include "../Support/Loaded.h"

#include "gpu/Device.h"

namespace nn::test {

/// A model on a device. Tests use it instead of the processor where NOETHER_TEST_DEVICE is `cuda`, or the folder of the
/// emulated driver.
class OnDevice {
public:
  static bool isWanted();
  static std::unique_ptr<OnDevice> fromModule(mlir::ModuleOp module, std::string &failure);

  Loaded &loaded() { return *model; }
  /// Runs a function that was compiled for GPUs twice from the same blocks, as the second call of one is a graph.
  bool run(const nn_function &function, Block &persistent, Block &settings, Block &io, std::string &failure);

private:
  explicit OnDevice(std::unique_ptr<Loaded> model);
  bool open(std::string &failure);

  std::unique_ptr<Loaded> model;
  int64_t ioBytes = 0, scratchBytes = 0, workspaceBytes = 0;
  std::unique_ptr<Block> persistent, settings, scratch, data, io, workspace; ///< those of the host
  std::unique_ptr<nnrt::Pool> pool;
  std::unique_ptr<nnrt::Device> device;
};

} // namespace nn::test

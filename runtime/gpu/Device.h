/// A GPU with the blocks of a program on it, and the calls on them.
#pragma once

#include "gpu/Driver.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// A block that exists on the host and on the device: which of them is up to date.
struct Mirror {
  std::byte *host = nullptr;
  CudaAddress device = 0;
  size_t bytes = 0;
  bool hostIsNewer = true, deviceIsNewer = false;
};

/// Owns the memory on the device, mapped once. A step's launches are recorded when it runs for the second time, and
/// from then on are one launch of a graph.
class Device {
public:
  Device(const Driver &driver, const nn_program &program) : driver(driver), program(program) {}
  ~Device();
  Device(const Device &) = delete;

  /// Opens the device, compiles the kernels for it and takes its memory. `persistent`, `settings` and `loaded` are the
  /// blocks of the host.
  Status open(int ordinal, std::byte *persistent, std::byte *settings, std::byte *loaded);

  /// Runs a function that was compiled for GPUs: arguments come from the host's io block, results go there.
  Status call(const nn_function &function, std::byte *io);

  /// Brings a block to the host if the device's is newer.
  Status fetch(Mirror &mirror);

  Mirror persistent, settings, loaded;
  std::string name;  ///< "NVIDIA H200"
  int64_t bytes = 0; ///< of memory that the program takes there

private:
  struct Recorded {
    const nn_function *function;
    int64_t calls;
    CudaHandle graph; ///< to be launched; null: not recorded yet
  };

  Status take();
  Status load();
  Status send(Mirror &mirror);
  Status launchAll(const nn_gpu_function &function);
  Status run(const nn_function &function);
  Status record(Recorded &recorded);
  Status check(int error, const char *what) const;

  const Driver &driver;
  const nn_program &program;
  int ordinal = -1;
  CudaHandle context = nullptr, module = nullptr, stream = nullptr;
  CudaAddress memory = 0;
  CudaAddress bases[NN_GPU_WORKSPACE + 1] = {};
  std::vector<CudaHandle> kernels;
  std::vector<Recorded> recorded;
  std::vector<CudaAddress> parameters; ///< of a launch; kept, so that a steady step allocates nothing
  std::vector<void *> places;
};

} // namespace nnrt

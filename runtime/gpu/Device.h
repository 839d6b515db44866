/// A GPU with the blocks of a program on it, and the calls on them.
#pragma once

#include "gpu/Driver.h"
#include "gpu/Steps.h"
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

/// What a device shares with the host.
struct HostSide {
  std::byte *persistent, *settings, *scratch, *loaded;
  std::byte *io, *spareIo; ///< spareIo only where a training is
  int64_t ioBytes;
  Pool *pool;
};

/// Owns the memory on the device, mapped once.
///
/// Note [Steps ahead]
/// A training step is begun while others still run. Its arguments go to the device on a stream of their own, into a
/// block that nothing else lies in; the step itself begins by copying them from there, so that this block is free for
/// those of the next step while it computes. What it reports goes to a place of its own in a ring on the host, and
/// nobody looks there until `finish`. Events say when the block may be overwritten (`taken`), and when an io block of
/// the host may
/// (`sent`): it has been read then.
class Device {
public:
  /// Steps that may have been begun and not been looked at.
  static constexpr size_t mostAhead = 16;

  Device(const Driver &driver, const nn_program &program) : driver(driver), program(program), steps(driver, program) {}
  ~Device();
  Device(const Device &) = delete;

  /// Opens the device, compiles the kernels for it and takes its memory.
  Status open(int ordinal, const HostSide &host);

  /// Runs a function that was compiled for GPUs: arguments come from the host's io block, results go there. `variant`
  /// is the position of the one that the processor has.
  Status call(const nn_function &function, int64_t variant, std::byte *io);

  /// True for a training step that the host has no part in.
  bool mayRunAhead(const nn_function &function);
  /// Begins such a step; `io` must not change until `awaitSent` returns.
  Status begin(const nn_function &function, std::byte *io);
  /// Waits until the arguments of what was begun on an io block were read.
  Status awaitSent(const std::byte *io);
  /// Waits for all that was begun.
  Status finish();
  /// How many steps were begun after the last `finish`, and what the k-th of those before it reported as result
  /// `result`.
  size_t ahead() const { return begun; }
  const std::byte *resultOf(const nn_function &function, size_t k, int64_t result) const;

  /// Brings a block to the host if the device's is newer.
  Status fetch(Mirror &mirror);
  /// To be called before the host changes a block.
  Status change(Mirror &mirror);

  Mirror persistent, settings, loaded;
  std::string name;  ///< "NVIDIA H200"
  int64_t bytes = 0; ///< of memory that the program takes there

private:
  struct Sent {
    const std::byte *io = nullptr;
    CudaHandle event = nullptr;
    bool pending = false;
  };

  Status take(const HostSide &host);
  Status load();
  Status loadCode(const nn_gpu_code &code, CudaHandle &into);
  void loadSpecial(int capability);
  Status findKernel(const nn_gpu_kernel &kernel, DeviceKernel &found);
  Status sendMirrors();
  Status openStreams();
  void pin(std::byte *memory, size_t size);

  const Driver &driver;
  const nn_program &program;
  int ordinal = -1;
  CudaHandle context = nullptr, module = nullptr;
  CudaHandle special = nullptr;                   ///< kernels that only this kind of GPU takes; null: none
  std::string suffix;                             ///< of their names
  CudaHandle stream = nullptr, copying = nullptr; ///< copying: of arguments of steps that are begun
  CudaAddress memory = 0, staged = 0;             ///< staged: the block of these arguments; 0: the program has no steps
  CudaHandle taken = nullptr;
  Sent sent[2];
  std::vector<std::byte> ring; ///< of results
  size_t slotBytes = 0, begun = 0;
  std::vector<void *> pinned;
  Steps steps;
};

} // namespace nnrt

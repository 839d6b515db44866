/// What a function does on a device, step after step: grids, loops, and what the processor does in between.
#pragma once

#include "core/Pool.h"
#include "gpu/Driver.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// The same blocks here and there: what lies at a place of a block lies at the same place of the other one.
struct Blocks {
  CudaAddress device[NN_GPU_WORKSPACE + 1] = {};
  std::byte *host[NN_GPU_LOADED + 1] = {}; ///< of what the host has, too
};

/// An entry of the program's code, the shared memory that its blocks are given, and the tensors whose maps it takes.
struct DeviceKernel {
  CudaHandle function;
  unsigned sharedBytes;
  int64_t tensorCount;
  const nn_gpu_tensor *tensors;
};

/// Runs the steps of functions on one stream.
///
/// Note [Segments]
/// What needs nobody on the host is recorded as a graph when it runs for the second time, and from then on is one
/// launch of that graph: all of a function, as a rule. Loops of a fixed length are unrolled into it. A kernel that the
/// processor does, and a loop that a flag ends, cut a function into segments: what lies between them is a graph each.
class Steps {
public:
  Steps(const Driver &driver, const nn_program &program) : driver(driver), program(program) {}
  ~Steps();
  Steps(const Steps &) = delete;

  /// Where kernels run: on a stream, and on the processor's threads.
  void open(CudaHandle stream, std::vector<DeviceKernel> kernels, Pool *pool);
  Blocks blocks;

  /// Enqueues a function; waits where the host has a part in it. `variant` is the one that the processor has.
  Status run(const nn_function &function, int64_t variant);
  /// True if `run` never waits.
  bool isOnDevice(const nn_function &function);

private:
  struct Segment {
    const nn_gpu_step *steps;
    int64_t count;
    int64_t nodes;    ///< of the graph that it is; 0: it is none
    CudaHandle graph; ///< to be launched; null: not recorded yet
  };
  struct Known {
    const nn_function *function;
    int64_t calls;
    std::vector<Segment> segments;
  };

  Known &know(const nn_function &function);
  Status runAll(const nn_gpu_step *steps, int64_t count, size_t frame);
  Status runGrid(const nn_gpu_launch &launch, size_t frame);
  int encode(const nn_gpu_tensor &tensor, CudaAddress start, CudaTensorMap &map);
  Status runHost(const nn_gpu_host &host, size_t frame);
  Status runLoop(const nn_gpu_loop &loop, size_t frame);
  Status record(Segment &segment);
  nn_gpu_operand resolve(const nn_gpu_operand &operand, size_t frame) const;
  CudaAddress deviceAddress(const nn_gpu_operand &place) const {
    return blocks.device[place.space] + CudaAddress(place.offset);
  }
  std::byte *hostAddress(const nn_gpu_operand &place);

  const Driver &driver;
  const nn_program &program;
  CudaHandle stream = nullptr;
  std::vector<DeviceKernel> kernels;
  Pool *pool = nullptr;
  std::vector<Known> functions;
  int64_t variant = 0;
  // Kept, so that a steady step allocates nothing.
  std::vector<nn_gpu_operand> arguments; ///< of the loops that are being run, the outermost one's first
  std::vector<CudaAddress> parameters;   ///< of a launch
  std::vector<CudaTensorMap> maps;
  std::vector<void *> places;
  std::vector<std::byte> zeros; ///< for the processor's kernels
};

} // namespace nnrt

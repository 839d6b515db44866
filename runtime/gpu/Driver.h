/// NVIDIA's driver, found when a program runs: its interface is declared here, so that nothing of CUDA is needed to
/// build, and the same executable runs where there is none.
#pragma once

#include "core/Result.h"

#include <cstddef>
#include <cstdint>

namespace nnrt {

using CudaAddress = unsigned long long; ///< CUdeviceptr
using CudaHandle = void *;              ///< a context, module, function, stream, graph, ...

/// CUtensorMap: what copies of boxes of a tensor have to know of it; only the driver reads it.
struct alignas(64) CudaTensorMap {
  uint64_t words[16];
};

/// Functions of libcuda.so.1 by the names of cuda.h, without the suffix of their version. All return CUresult, 0 for
/// success.
struct Driver {
  int (*cuInit)(unsigned flags);
  int (*cuGetErrorString)(int error, const char **text);
  int (*cuDeviceGetCount)(int *count);
  int (*cuDeviceGet)(int *device, int ordinal);
  int (*cuDeviceGetAttribute)(int *value, int attribute, int device);
  int (*cuDeviceGetName)(char *name, int size, int device);
  int (*cuDevicePrimaryCtxRetain)(CudaHandle *context, int device);
  int (*cuDevicePrimaryCtxRelease)(int device);
  int (*cuCtxSetCurrent)(CudaHandle context);
  int (*cuModuleLoadData)(CudaHandle *module, const void *image);
  int (*cuModuleUnload)(CudaHandle module);
  int (*cuModuleGetFunction)(CudaHandle *function, CudaHandle module, const char *name);
  int (*cuFuncSetAttribute)(CudaHandle function, int attribute, int value);
  int (*cuMemAlloc)(CudaAddress *address, size_t bytes);
  int (*cuMemFree)(CudaAddress address);
  int (*cuMemcpyHtoDAsync)(CudaAddress to, const void *from, size_t bytes, CudaHandle stream);
  int (*cuMemcpyDtoHAsync)(void *to, CudaAddress from, size_t bytes, CudaHandle stream);
  int (*cuMemcpyDtoDAsync)(CudaAddress to, CudaAddress from, size_t bytes, CudaHandle stream);
  int (*cuMemsetD8Async)(CudaAddress address, unsigned char value, size_t bytes, CudaHandle stream);
  int (*cuMemsetD32Async)(CudaAddress address, unsigned value, size_t words, CudaHandle stream);
  int (*cuMemHostRegister)(void *memory, size_t bytes, unsigned flags);
  int (*cuMemHostUnregister)(void *memory);
  int (*cuEventCreate)(CudaHandle *event, unsigned flags);
  int (*cuEventDestroy)(CudaHandle event);
  int (*cuEventRecord)(CudaHandle event, CudaHandle stream);
  int (*cuEventSynchronize)(CudaHandle event);
  int (*cuStreamWaitEvent)(CudaHandle stream, CudaHandle event, unsigned flags);
  int (*cuStreamCreate)(CudaHandle *stream, unsigned flags);
  int (*cuStreamDestroy)(CudaHandle stream);
  int (*cuStreamSynchronize)(CudaHandle stream);
  int (*cuLaunchKernel)(CudaHandle function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned sharedBytes, CudaHandle stream, void **parameters,
                        void **extra);
  int (*cuStreamBeginCapture)(CudaHandle stream, int mode);
  int (*cuStreamEndCapture)(CudaHandle stream, CudaHandle *graph);
  int (*cuGraphInstantiateWithFlags)(CudaHandle *executable, CudaHandle graph, unsigned long long flags);
  int (*cuGraphLaunch)(CudaHandle executable, CudaHandle stream);
  int (*cuGraphDestroy)(CudaHandle graph);
  int (*cuGraphExecDestroy)(CudaHandle executable);
  /// Null: the driver is older than CUDA 12.
  int (*cuTensorMapEncodeTiled)(CudaTensorMap *map, int type, unsigned rank, CudaAddress start, const uint64_t *sizes,
                                const uint64_t *strides, const unsigned *box, const unsigned *steps, int interleave,
                                int swizzle, int promotion, int fill);

  /// What an error code means: "out of memory".
  const char *textOf(int error) const;
  /// "the GPU cannot WHAT: out of memory"
  Status check(int error, const char *what) const;
};

/// Loads the driver, once in a process, and starts it. Fails with a sentence: there is none, it is too old, or it finds
/// no device.
Result<const Driver *> loadDriver();

} // namespace nnrt

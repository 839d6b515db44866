/// Finding libcuda.so.1 and its functions.
#include "gpu/Driver.h"
#include "core/Text.h"

#include <dlfcn.h>

namespace nnrt {

const char *Driver::textOf(int error) const {
  const char *text = nullptr;
  return cuGetErrorString(error, &text) == 0 && text ? text : "unknown error";
}

Status Driver::check(int error, const char *what) const {
  if (error == 0)
    return success();
  return failure(format("the GPU cannot %s: %s", what, textOf(error)));
}

/// Where a function of the driver goes, and its name there: versions with a suffix take addresses of 64 bits.
struct Symbol {
  void **place;
  const char *name;
};

static const char *bind(void *library, Driver &driver) {
#define FUNCTION(member, symbol)                                                                                       \
  {                                                                                                                    \
    reinterpret_cast<void **>(&driver.member), symbol                                                                  \
  }
  const Symbol symbols[] = {
      FUNCTION(cuInit, "cuInit"),
      FUNCTION(cuGetErrorString, "cuGetErrorString"),
      FUNCTION(cuDeviceGetCount, "cuDeviceGetCount"),
      FUNCTION(cuDeviceGet, "cuDeviceGet"),
      FUNCTION(cuDeviceGetAttribute, "cuDeviceGetAttribute"),
      FUNCTION(cuDeviceGetName, "cuDeviceGetName"),
      FUNCTION(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain"),
      FUNCTION(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2"),
      FUNCTION(cuCtxSetCurrent, "cuCtxSetCurrent"),
      FUNCTION(cuModuleLoadData, "cuModuleLoadData"),
      FUNCTION(cuModuleUnload, "cuModuleUnload"),
      FUNCTION(cuModuleGetFunction, "cuModuleGetFunction"),
      FUNCTION(cuFuncSetAttribute, "cuFuncSetAttribute"),
      FUNCTION(cuMemAlloc, "cuMemAlloc_v2"),
      FUNCTION(cuMemFree, "cuMemFree_v2"),
      FUNCTION(cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2"),
      FUNCTION(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2"),
      FUNCTION(cuMemcpyDtoDAsync, "cuMemcpyDtoDAsync_v2"),
      FUNCTION(cuMemsetD8Async, "cuMemsetD8Async"),
      FUNCTION(cuMemsetD32Async, "cuMemsetD32Async"),
      FUNCTION(cuMemHostRegister, "cuMemHostRegister_v2"),
      FUNCTION(cuMemHostUnregister, "cuMemHostUnregister"),
      FUNCTION(cuEventCreate, "cuEventCreate"),
      FUNCTION(cuEventDestroy, "cuEventDestroy_v2"),
      FUNCTION(cuEventRecord, "cuEventRecord"),
      FUNCTION(cuEventSynchronize, "cuEventSynchronize"),
      FUNCTION(cuStreamWaitEvent, "cuStreamWaitEvent"),
      FUNCTION(cuStreamCreate, "cuStreamCreate"),
      FUNCTION(cuStreamDestroy, "cuStreamDestroy_v2"),
      FUNCTION(cuStreamSynchronize, "cuStreamSynchronize"),
      FUNCTION(cuLaunchKernel, "cuLaunchKernel"),
      FUNCTION(cuStreamBeginCapture, "cuStreamBeginCapture_v2"),
      FUNCTION(cuStreamEndCapture, "cuStreamEndCapture"),
      FUNCTION(cuGraphInstantiateWithFlags, "cuGraphInstantiateWithFlags"),
      FUNCTION(cuGraphLaunch, "cuGraphLaunch"),
      FUNCTION(cuGraphDestroy, "cuGraphDestroy"),
      FUNCTION(cuGraphExecDestroy, "cuGraphExecDestroy"),
  };
#undef FUNCTION
  for (const Symbol &symbol : symbols) {
    *symbol.place = dlsym(library, symbol.name);
    if (!*symbol.place)
      return symbol.name;
  }
  driver.cuTensorMapEncodeTiled =
      reinterpret_cast<decltype(driver.cuTensorMapEncodeTiled)>(dlsym(library, "cuTensorMapEncodeTiled"));
  return nullptr;
}

static Result<const Driver *> load() {
  static Driver driver;
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return failure(DataErrorKind::Missing, "this machine has no NVIDIA driver (libcuda.so.1 was not found)");
  if (const char *missing = bind(library, driver))
    return failure(format("the NVIDIA driver is too old: it has no %s; version 470 and later do", missing));
  int count = 0;
  int error = driver.cuInit(0);
  if (error == 0)
    error = driver.cuDeviceGetCount(&count);
  if (error != 0)
    return failure(format("the NVIDIA driver does not start: %s", driver.textOf(error)));
  if (count == 0)
    return failure(DataErrorKind::Missing, "the NVIDIA driver finds no GPU");
  return &driver;
}

Result<const Driver *> loadDriver() {
  static Result<const Driver *> &once = *new Result<const Driver *>(load());
  return once;
}

} // namespace nnrt

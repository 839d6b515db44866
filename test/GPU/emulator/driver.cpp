// A driver for a GPU that is not there: libcuda.so.1 of tests. Kernels are those of NOETHER_EMULATED_KERNELS, a shared
// object that nn-emulate made.
//
// It is as lazy as a driver may be: copies and launches on a stream take effect when somebody waits for it, or not at
// all. Memory of the device begins as NaN, ends at a page that nobody may touch, and threads run in an order that
// changes from launch to launch; Grid.h tells how. With NOETHER_EMULATED_DEVICES=0 there is a driver without a device;
// with NOETHER_EMULATED_LOG=FILE each call is noted there.
#include "Grid.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {

/// Results that callers meet, as cuda.h numbers them.
enum {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NoDevice = 100,
  InvalidImage = 200,
  NotFound = 500,
  LaunchFailed = 719
};

using Work = std::function<int()>;

struct Kernel {
  std::string name;
  const emulated::KernelCode *code;
};

struct Graph {
  std::vector<Work> works;
};

struct Stream {
  std::vector<Work> waiting;
  Graph *capturing = nullptr;
};

void *kernelLibrary = nullptr;
std::map<unsigned long long, size_t> allocations;

void note(const std::string &what) {
  static FILE *log = getenv("NOETHER_EMULATED_LOG") ? fopen(getenv("NOETHER_EMULATED_LOG"), "a") : nullptr;
  if (log) {
    fprintf(log, "%s\n", what.c_str());
    fflush(log);
  }
}

int deviceCount() {
  const char *text = getenv("NOETHER_EMULATED_DEVICES");
  return text ? atoi(text) : 1;
}

void enqueue(Stream *stream, Work work) {
  (stream->capturing ? stream->capturing->works : stream->waiting).push_back(std::move(work));
}

constexpr size_t page = 4096;

bool isInside(unsigned long long address, size_t bytes) {
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin())
    return false;
  auto [start, size] = *std::prev(after);
  return address + bytes <= start + size;
}

int launch(const Kernel &kernel, unsigned blocks, unsigned threads, const std::vector<unsigned long long> &parameters) {
  std::string failure = emulated::runGrid(*kernel.code, blocks, threads, parameters);
  if (failure.empty())
    return Success;
  fprintf(stderr, "emulator: %s, %s\n", kernel.name.c_str(), failure.c_str());
  return LaunchFailed;
}

/// Work that cannot fail.
Work always(std::function<void()> work) {
  return [work = std::move(work)] { return work(), int(Success); };
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int cuInit(unsigned) { return deviceCount() >= 0 ? Success : NoDevice; }

EXPORT int cuGetErrorString(int error, const char **text) {
  *text = error == OutOfMemory    ? "out of memory"
          : error == NoDevice     ? "no CUDA-capable device is detected"
          : error == InvalidImage ? "device kernel image is invalid"
          : error == NotFound     ? "named symbol not found"
          : error == LaunchFailed ? "unspecified launch failure"
                                  : "invalid argument";
  return Success;
}

EXPORT int cuDeviceGetCount(int *count) { return *count = std::max(deviceCount(), 0), Success; }
EXPORT int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return ordinal < deviceCount() ? Success : InvalidValue;
}
EXPORT int cuDeviceGetName(char *name, int size, int) { return snprintf(name, size_t(size), "Emulated GPU"), Success; }
EXPORT int cuDevicePrimaryCtxRetain(void **context, int) { return *context = &allocations, Success; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return Success; }
EXPORT int cuCtxSetCurrent(void *) { return Success; }

EXPORT int cuModuleLoadData(void **module, const void *image) {
  std::string text = static_cast<const char *>(image);
  if (text.find(".version") == std::string::npos || text.find(".target sm_") == std::string::npos)
    return InvalidImage;
  const char *path = getenv("NOETHER_EMULATED_KERNELS");
  kernelLibrary = path ? dlopen(path, RTLD_NOW) : nullptr;
  if (!kernelLibrary)
    fprintf(stderr, "emulator: %s\n", path ? dlerror() : "NOETHER_EMULATED_KERNELS is not set");
  *module = new std::string(std::move(text));
  return kernelLibrary ? Success : InvalidImage;
}
EXPORT int cuModuleUnload(void *module) { return delete static_cast<std::string *>(module), Success; }

EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) {
  // The name has to be an entry of the text, not only of its emulation.
  if (static_cast<std::string *>(module)->find(".entry " + std::string(name) + "(") == std::string::npos)
    return NotFound;
  void *code = dlsym(kernelLibrary, (std::string(name) + ".emulated").c_str());
  *function = new Kernel{name, static_cast<const emulated::KernelCode *>(code)};
  return code ? Success : NotFound;
}

EXPORT int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
  size_t whole = (bytes + page - 1) / page * page;
  void *memory = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return OutOfMemory;
  mprotect(static_cast<char *>(memory) + whole, page, PROT_NONE);
  memset(memory, 0xff, whole);
  *address = reinterpret_cast<unsigned long long>(memory);
  allocations[*address] = bytes;
  note("allocate " + std::to_string(bytes));
  return Success;
}
EXPORT int cuMemFree_v2(unsigned long long address) { return allocations.erase(address) ? Success : InvalidValue; }

EXPORT int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes, void *stream) {
  if (!isInside(to, bytes))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream), always([=] { memcpy(reinterpret_cast<void *>(to), from, bytes); }));
  note("send " + std::to_string(bytes));
  return Success;
}
EXPORT int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes, void *stream) {
  if (!isInside(from, bytes))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream), always([=] { memcpy(to, reinterpret_cast<const void *>(from), bytes); }));
  note("fetch " + std::to_string(bytes));
  return Success;
}

EXPORT int cuMemsetD8Async(unsigned long long address, unsigned char value, size_t bytes, void *stream) {
  if (!isInside(address, bytes))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream), always([=] { memset(reinterpret_cast<void *>(address), value, bytes); }));
  return Success;
}

EXPORT int cuStreamCreate(void **stream, unsigned) { return *stream = new Stream, Success; }
EXPORT int cuStreamDestroy_v2(void *stream) { return delete static_cast<Stream *>(stream), Success; }
EXPORT int cuStreamSynchronize(void *handle) {
  auto *stream = static_cast<Stream *>(handle);
  if (stream->capturing)
    return InvalidValue;
  std::vector<Work> works = std::move(stream->waiting);
  stream->waiting.clear();
  for (Work &work : works)
    if (int error = work())
      return error;
  return Success;
}

EXPORT int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                          unsigned blockY, unsigned blockZ, unsigned, void *stream, void **parameters, void **) {
  auto *kernel = static_cast<Kernel *>(function);
  if (gridX == 0 || gridY != 1 || gridZ != 1 || blockX == 0 || blockX > emulated::mostThreads || blockY != 1 ||
      blockZ != 1 || emulated::sharedBytes(*kernel->code) > emulated::mostSharedBytes)
    return InvalidValue;
  // A driver copies the parameters when a kernel is launched; how many there are, the kernel's text tells it.
  std::vector<unsigned long long> values;
  for (int64_t k = 0; k < kernel->code->parameters; ++k)
    values.push_back(*static_cast<unsigned long long *>(parameters[k]));
  enqueue(static_cast<Stream *>(stream), [=] { return launch(*kernel, gridX, blockX, values); });
  note("launch " + kernel->name);
  return Success;
}

EXPORT int cuStreamBeginCapture_v2(void *handle, int) {
  auto *stream = static_cast<Stream *>(handle);
  if (stream->capturing)
    return InvalidValue;
  stream->capturing = new Graph;
  return Success;
}
EXPORT int cuStreamEndCapture(void *handle, void **graph) {
  auto *stream = static_cast<Stream *>(handle);
  *graph = stream->capturing;
  stream->capturing = nullptr;
  return *graph ? Success : InvalidValue;
}
EXPORT int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) {
  *executable = new Graph(*static_cast<Graph *>(graph));
  return Success;
}
EXPORT int cuGraphLaunch(void *executable, void *stream) {
  for (const Work &work : static_cast<Graph *>(executable)->works)
    enqueue(static_cast<Stream *>(stream), work);
  note("launch a graph");
  return Success;
}
EXPORT int cuGraphDestroy(void *graph) { return delete static_cast<Graph *>(graph), Success; }
EXPORT int cuGraphExecDestroy(void *graph) { return delete static_cast<Graph *>(graph), Success; }

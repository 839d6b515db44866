// A driver for a GPU that is not there: libcuda.so.1 of tests. Kernels are those of NOETHER_EMULATED_KERNELS, a shared
// object that nn-emulate made.
//
// Copies and launches on a stream take effect when somebody waits for it, or not at all: it is as lazy as a driver may
// be. With NOETHER_EMULATED_ORDER=early they take effect at once, unless their stream waits for another one; with a
// number there, early or late by chance, drawn from that seed. A result that depends on it misses a wait. Memory of the
// device begins as NaN, ends at a page that nobody may touch, and threads run in an order that changes from launch to
// launch; Grid.h tells how. The device has the capability NOETHER_EMULATED_CAPABILITY (90); its binary code is PTX
// behind a line "EMULATED CUBIN 90". With NOETHER_EMULATED_DEVICES=0 there is a driver without a device; with
// NOETHER_EMULATED_LOG=FILE each call is noted there.
#include "Grid.h"
#include "TensorMap.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <sys/mman.h>
#include <utility>
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
  int64_t mostGiven = emulated::mostSharedBytes; ///< of shared memory, when it is launched
};

struct Graph {
  std::vector<Work> works;
};

struct Stream;

/// One time that an event was recorded.
struct Record {
  Stream *stream;
  bool reached = false;
};

struct Event {
  std::shared_ptr<Record> latest; ///< null: never recorded
};

/// What a stream does next: it works, or reaches a record, or waits for one of another stream.
struct Item {
  Work work;
  std::shared_ptr<Record> reaches, awaits;
};

struct Stream {
  std::deque<Item> waiting;
  Graph *capturing = nullptr;
  int error = 0;
};

std::vector<Stream *> streams;
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

/// Goes on with a stream to its end, or until it has reached a record. What it waits for comes first if `force`, else
/// it stops there.
void advance(Stream *stream, const Record *until, bool force) {
  while (!stream->waiting.empty() && !(until && until->reached)) {
    if (const Record *awaited = stream->waiting.front().awaits.get(); awaited && !awaited->reached) {
      if (!force)
        return;
      advance(awaited->stream, awaited, true);
    }
    Item item = std::move(stream->waiting.front());
    stream->waiting.pop_front();
    if (item.reaches)
      item.reaches->reached = true;
    if (item.work && stream->error == 0)
      stream->error = item.work();
  }
}

/// True if the device is early this time.
bool isEarly() {
  static const char *order = getenv("NOETHER_EMULATED_ORDER");
  if (!order || !strcmp(order, "late"))
    return false;
  if (!strcmp(order, "early"))
    return true;
  static std::minstd_rand random(unsigned(atoi(order)));
  return random() % 2 == 0;
}

void enqueue(Stream *stream, Item item) {
  if (stream->capturing)
    return stream->capturing->works.push_back(std::move(item.work));
  stream->waiting.push_back(std::move(item));
  if (isEarly())
    for (size_t round = 0; round < streams.size(); ++round) // one may let another one go on
      for (Stream *each : streams)
        advance(each, nullptr, false);
}
void enqueue(Stream *stream, Work work) { enqueue(stream, Item{std::move(work), nullptr, nullptr}); }

constexpr size_t page = 4096;

bool isInside(unsigned long long address, size_t bytes) {
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin())
    return false;
  auto [start, size] = *std::prev(after);
  return address + bytes <= start + size;
}

int launch(const Kernel &kernel, unsigned blocks, unsigned threads, unsigned given,
           const std::vector<std::vector<char>> &parameters) {
  std::string failure = emulated::runGrid(*kernel.code, blocks, threads, given, parameters);
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
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  const char *text = getenv("NOETHER_EMULATED_CAPABILITY");
  int capability = text ? atoi(text) : 90;
  if (attribute != 75 && attribute != 76)
    return InvalidValue;
  return *value = attribute == 75 ? capability / 10 : capability % 10, Success;
}
EXPORT int cuDeviceGetName(char *name, int size, int) { return snprintf(name, size_t(size), "Emulated GPU"), Success; }
EXPORT int cuDevicePrimaryCtxRetain(void **context, int) { return *context = &allocations, Success; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return Success; }
EXPORT int cuCtxSetCurrent(void *) { return Success; }

EXPORT int cuModuleLoadData(void **module, const void *image) {
  std::string text = static_cast<const char *>(image), mark = "EMULATED CUBIN ";
  int major = 0, minor = 0;
  cuDeviceGetAttribute(&major, 75, 0);
  cuDeviceGetAttribute(&minor, 76, 0);
  bool binary = text.compare(0, mark.size(), mark) == 0;
  bool special = text.find(".target sm_90a") != std::string::npos; // for 9.0 alone
  if (int capability = binary ? atoi(text.c_str() + mark.size()) : 0;
      binary && (capability / 10 != major || capability % 10 > minor))
    return InvalidImage;
  if (special && (major != 9 || minor != 0))
    return InvalidImage;
  if (text.find(".version") == std::string::npos || text.find(".target sm_") == std::string::npos)
    return InvalidImage;
  const char *path = getenv("NOETHER_EMULATED_KERNELS");
  kernelLibrary = path ? dlopen(path, RTLD_NOW) : nullptr;
  if (!kernelLibrary)
    fprintf(stderr, "emulator: %s\n", path ? dlerror() : "NOETHER_EMULATED_KERNELS is not set");
  note(std::string(binary ? "take binary code" : "take text") + (special ? " of sm_90a" : ""));
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

EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  constexpr int mostDynamicSharedBytes = 8;
  auto *kernel = static_cast<Kernel *>(function);
  if (attribute != mostDynamicSharedBytes || value < 0 ||
      value + emulated::sharedBytes(*kernel->code) > emulated::mostAskedForBytes)
    return InvalidValue;
  note("give " + std::to_string(value));
  return kernel->mostGiven = value, Success;
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

EXPORT int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t bytes, void *stream) {
  if (!isInside(from, bytes) || !isInside(to, bytes))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream),
          always([=] { memcpy(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), bytes); }));
  return Success;
}

EXPORT int cuMemHostRegister_v2(void *, size_t bytes, unsigned) { return bytes > 0 ? Success : InvalidValue; }
EXPORT int cuMemHostUnregister(void *) { return Success; }

EXPORT int cuMemsetD32Async(unsigned long long address, unsigned value, size_t words, void *stream) {
  if (!isInside(address, 4 * words))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream),
          always([=] { std::fill_n(reinterpret_cast<unsigned *>(address), words, value); }));
  return Success;
}
EXPORT int cuMemsetD8Async(unsigned long long address, unsigned char value, size_t bytes, void *stream) {
  if (!isInside(address, bytes))
    return InvalidValue;
  enqueue(static_cast<Stream *>(stream), always([=] { memset(reinterpret_cast<void *>(address), value, bytes); }));
  return Success;
}

EXPORT int cuStreamCreate(void **stream, unsigned) {
  streams.push_back(new Stream);
  return *stream = streams.back(), Success;
}
EXPORT int cuStreamDestroy_v2(void *handle) {
  auto *stream = static_cast<Stream *>(handle);
  streams.erase(std::remove(streams.begin(), streams.end(), stream), streams.end());
  return delete stream, Success;
}
EXPORT int cuStreamSynchronize(void *handle) {
  auto *stream = static_cast<Stream *>(handle);
  if (stream->capturing)
    return InvalidValue;
  advance(stream, nullptr, true);
  return std::exchange(stream->error, int(Success));
}

EXPORT int cuEventCreate(void **event, unsigned) { return *event = new Event, Success; }
EXPORT int cuEventDestroy_v2(void *event) { return delete static_cast<Event *>(event), Success; }
EXPORT int cuEventRecord(void *handle, void *stream) {
  auto *event = static_cast<Event *>(handle);
  event->latest = std::make_shared<Record>(Record{static_cast<Stream *>(stream)});
  enqueue(static_cast<Stream *>(stream), Item{nullptr, event->latest, nullptr});
  return Success;
}
EXPORT int cuEventSynchronize(void *handle) {
  auto *event = static_cast<Event *>(handle);
  if (event->latest && !event->latest->reached)
    advance(event->latest->stream, event->latest.get(), true);
  return event->latest ? event->latest->stream->error : int(Success);
}
EXPORT int cuStreamWaitEvent(void *stream, void *handle, unsigned) {
  if (auto *event = static_cast<Event *>(handle); event->latest)
    enqueue(static_cast<Stream *>(stream), Item{nullptr, nullptr, event->latest});
  return Success;
}

EXPORT int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                          unsigned blockY, unsigned blockZ, unsigned given, void *stream, void **parameters, void **) {
  auto *kernel = static_cast<Kernel *>(function);
  if (gridX == 0 || gridY != 1 || gridZ != 1 || blockX == 0 || blockX > emulated::mostThreads || blockY != 1 ||
      blockZ != 1 || emulated::sharedBytes(*kernel->code) > emulated::mostSharedBytes || given > kernel->mostGiven)
    return InvalidValue;
  // A driver copies the parameters when a kernel is launched; how many there are, the kernel's text tells it.
  std::vector<std::vector<char>> values;
  for (int64_t k = 0; k < kernel->code->parameters; ++k) {
    auto *bytes = static_cast<char *>(parameters[k]);
    values.emplace_back(bytes, bytes + kernel->code->parameterBytes[k]);
  }
  enqueue(static_cast<Stream *>(stream), [=] { return launch(*kernel, gridX, blockX, given, values); });
  note("launch " + kernel->name);
  return Success;
}

EXPORT int cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *start, const uint64_t *sizes,
                                  const uint64_t *strides, const unsigned *box, const unsigned *steps, int interleave,
                                  int swizzle, int promotion, int fill) {
  auto *own = static_cast<emulated::TensorMap *>(map);
  std::string wrong = own->encode(type, rank, start, sizes, strides, box, steps, interleave, swizzle, promotion, fill);
  if (wrong.empty() &&
      !isInside(reinterpret_cast<unsigned long long>(start), rank > 1 ? strides[rank - 2] * sizes[rank - 1] : sizes[0]))
    wrong = "memory that nobody has allocated";
  note("map a tensor of " + std::to_string(rank) + " axes");
  if (!wrong.empty())
    fprintf(stderr, "emulator: a map of a tensor with %s\n", wrong.c_str());
  return wrong.empty() ? Success : InvalidValue;
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

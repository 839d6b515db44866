/// Memory on a device, and calls.
#include "gpu/Device.h"
#include "core/Model.h"
#include "core/Text.h"

#include <algorithm>
#include <zlib.h>

namespace nnrt {

Device::~Device() {
  if (stream)
    driver.cuStreamSynchronize(stream);
  for (void *each : pinned)
    driver.cuMemHostUnregister(each);
  for (CudaHandle event : {taken, sent[0].event, sent[1].event})
    if (event)
      driver.cuEventDestroy(event);
  for (CudaHandle each : {copying, stream})
    if (each)
      driver.cuStreamDestroy(each);
  if (memory)
    driver.cuMemFree(memory);
  for (CudaHandle each : {special, module})
    if (each)
      driver.cuModuleUnload(each);
  if (context)
    driver.cuDevicePrimaryCtxRelease(ordinal);
}

//===-- Opening
//----------------------------------------------------------------------------------------------------===//

Status Device::openStreams() {
  const unsigned apart = 1;     // from the default stream
  const unsigned untimed = 0x2; // events
  int error = driver.cuStreamCreate(&stream, apart);
  if (error == 0)
    error = driver.cuStreamCreate(&copying, apart);
  for (CudaHandle *event : {&taken, &sent[0].event, &sent[1].event})
    if (error == 0)
      error = driver.cuEventCreate(event, untimed);
  return driver.check(error, "be opened");
}

Status Device::open(int number, const HostSide &host) {
  int count = 0;
  if (Status counted = driver.check(driver.cuDeviceGetCount(&count), "be counted"); !counted)
    return counted;
  if (number >= count)
    return failure(format("there is no cuda:%d; this machine has %d GPU%s, numbered from 0", number, count,
                          count == 1 ? "" : "s"));
  char text[256] = {};
  int error = driver.cuDeviceGet(&ordinal, number);
  if (error == 0)
    error = driver.cuDeviceGetName(text, sizeof text - 1, ordinal);
  if (error == 0)
    error = driver.cuDevicePrimaryCtxRetain(&context, ordinal);
  if (error == 0)
    error = driver.cuCtxSetCurrent(context);
  if (Status opened = driver.check(error, "be opened"); !opened)
    return opened;
  name = text;
  if (Status opened = openStreams(); !opened)
    return opened;
  if (Status loadedCode = load(); !loadedCode)
    return loadedCode;
  std::vector<DeviceKernel> kernels;
  for (int64_t k = 0; k < program.gpu->kernel_count; ++k) {
    kernels.emplace_back();
    if (Status found = findKernel(program.gpu->kernels[k], kernels.back()); !found)
      return found;
  }
  steps.open(stream, std::move(kernels), host.pool);
  return take(host);
}

/// Unpacks code and gives it to the driver.
Status Device::loadCode(const nn_gpu_code &code, CudaHandle &into) {
  std::vector<std::byte> plain(size_t(code.length));
  uLongf length = uLongf(plain.size());
  if (uncompress(reinterpret_cast<Bytef *>(plain.data()), &length, static_cast<const Bytef *>(code.bytes),
                 uLong(code.byte_count)) != Z_OK ||
      length != plain.size())
    return failure("the kernels in this executable are damaged");
  return driver.check(driver.cuModuleLoadData(&into, plain.data()), "take the program's kernels");
}

/// The binary for the nearest architecture before this GPU's that has the same major number, as that runs on it; where
/// there is none, or the driver does not take it, the text.
Status Device::load() {
  constexpr int majorAttribute = 75, minorAttribute = 76;
  int major = 0, minor = 0;
  int error = driver.cuDeviceGetAttribute(&major, majorAttribute, ordinal);
  if (error == 0)
    error = driver.cuDeviceGetAttribute(&minor, minorAttribute, ordinal);
  if (Status asked = driver.check(error, "say what it is"); !asked)
    return asked;
  const nn_gpu_code *best = nullptr;
  for (int64_t k = 0; k < program.gpu->code_count; ++k) {
    const nn_gpu_code &code = program.gpu->codes[k];
    if (!code.special && code.capability / 10 == major && code.capability % 10 <= minor &&
        (!best || code.capability > best->capability))
      best = &code;
  }
  loadSpecial(10 * major + minor);
  if (best && loadCode(*best, module))
    return success();
  return loadCode(program.gpu->codes[0], module);
}

/// Nothing is lost where a driver takes none of it: an older one does not know the language.
void Device::loadSpecial(int capability) {
  for (int64_t k = 0; k < program.gpu->code_count && !special; ++k)
    if (const nn_gpu_code &code = program.gpu->codes[k]; code.special && code.capability == capability)
      if (!loadCode(code, special))
        special = nullptr;
  suffix = format("$sm_%da", capability);
}

/// The special one, if there is one and the driver can make what it takes. Blocks get more than 48 kB of shared memory
/// only if that is asked for before.
Status Device::findKernel(const nn_gpu_kernel &kernel, DeviceKernel &found) {
  constexpr int mostGivenAttribute = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
  CudaHandle &handle = found.function;
  bool mapped = kernel.tensor_count == 0 || driver.cuTensorMapEncodeTiled;
  if (special && mapped && driver.cuModuleGetFunction(&handle, special, (kernel.name + suffix).c_str()) == 0)
    found = {handle, unsigned(kernel.special_shared_bytes), kernel.tensor_count, kernel.tensors};
  else if (Status there = driver.check(driver.cuModuleGetFunction(&handle, module, kernel.name), "find a kernel");
           there)
    found = {handle, unsigned(kernel.shared_bytes), 0, nullptr};
  else
    return there;
  if (found.sharedBytes == 0)
    return success();
  int error = driver.cuFuncSetAttribute(handle, mostGivenAttribute, int(found.sharedBytes));
  return driver.check(error, "give a block as much shared memory as the program needs");
}

static size_t bytesOf(const nn_binding &binding) {
  return size_t(elementCount(binding.type) * dtypeSize(binding.type.dtype));
}

static size_t aligned(size_t size) {
  constexpr size_t alignment = 256; // what the driver gives, and wide loads want
  return (size + alignment - 1) / alignment * alignment;
}

static size_t resultBytes(const nn_function &function) {
  size_t size = 0;
  for (int64_t k = 0; k < function.result_count; ++k)
    size += (bytesOf(function.results[k]) + NN_ALIGN - 1) / NN_ALIGN * NN_ALIGN;
  return size;
}

/// The training steps of a program.
static std::vector<const nn_function *> stepsOf(const nn_program &program) {
  std::vector<const nn_function *> all;
  auto add = [&](const nn_recipe *recipes, int64_t count) {
    for (int64_t k = 0; k < count; ++k)
      all.push_back(recipes[k].step);
  };
  add(program.recipes, program.recipe_count);
  for (int64_t k = 0; k < program.experiment_count; ++k)
    for (int64_t p = 0; p < program.experiments[k].point_count; ++p)
      add(program.experiments[k].points[p].recipes, program.experiments[k].points[p].recipe_count);
  return all;
}

/// Copies from and to memory that the system does not move need nobody to wait. Where it may not be kept, they do.
void Device::pin(std::byte *start, size_t size) {
  if (start && size > 0 && driver.cuMemHostRegister(start, size, 0) == 0)
    pinned.push_back(start);
}

Status Device::take(const HostSide &host) {
  int64_t scratch = 0, workspace = 0, io = 0;
  for (const nn_function *function : functionsOf(program))
    if (function->gpu) {
      scratch = std::max(scratch, function->gpu->scratch_bytes);
      workspace = std::max(workspace, function->gpu->workspace_bytes);
      io = std::max(io, function->io_bytes);
    }
  size_t stagedBytes = 0;
  for (const nn_function *function : stepsOf(program)) {
    stagedBytes = std::max(stagedBytes, size_t(function->io_bytes));
    slotBytes = std::max(slotBytes, resultBytes(*function));
  }
  const nn_gpu_program &code = *program.gpu;
  const int64_t sizes[] = {program.persistent_bytes, program.settings_bytes, scratch,         io,
                           program.loaded_bytes,     code.constant_bytes,    code.zero_bytes, workspace};
  bytes = int64_t(aligned(stagedBytes));
  for (int64_t size : sizes)
    bytes += int64_t(aligned(size_t(size)));
  if (Status taken = driver.check(driver.cuMemAlloc(&memory, size_t(std::max<int64_t>(bytes, 1))),
                                  format("give %s of memory", humanBytes(bytes).c_str()).c_str());
      !taken)
    return taken;
  CudaAddress at = memory;
  for (int64_t space = 0; space <= NN_GPU_WORKSPACE; ++space) {
    steps.blocks.device[space] = at;
    at += CudaAddress(aligned(size_t(sizes[space])));
  }
  staged = stagedBytes ? at : 0;
  std::byte *const blocks[] = {host.persistent, host.settings, host.scratch, host.io, host.loaded};
  std::copy(std::begin(blocks), std::end(blocks), steps.blocks.host);
  Mirror *mirrors[] = {&persistent, &settings, &loaded};
  const int64_t spaces[] = {NN_GPU_PERSISTENT, NN_GPU_SETTINGS, NN_GPU_LOADED};
  for (int k = 0; k < 3; ++k)
    *mirrors[k] = {blocks[spaces[k]], steps.blocks.device[spaces[k]], size_t(sizes[spaces[k]])};
  ring.resize(slotBytes * mostAhead);
  pin(ring.data(), ring.size());
  if (staged)
    for (std::byte *block : {host.io, host.spareIo})
      pin(block, size_t(host.ioBytes));
  sent[0].io = host.io;
  sent[1].io = host.spareIo;
  int error = 0;
  if (code.zero_bytes > 0)
    error = driver.cuMemsetD8Async(steps.blocks.device[NN_GPU_ZEROS], 0, size_t(code.zero_bytes), stream);
  if (code.constant_bytes > 0 && error == 0)
    error = driver.cuMemcpyHtoDAsync(steps.blocks.device[NN_GPU_CONSTANTS], code.constants, size_t(code.constant_bytes),
                                     stream);
  return driver.check(error, "take the program's constants");
}

//===-- Mirrors
//----------------------------------------------------------------------------------------------------===//

Status Device::sendMirrors() {
  for (Mirror *mirror : {&persistent, &settings, &loaded}) {
    if (!mirror->hostIsNewer || mirror->bytes == 0)
      continue;
    mirror->hostIsNewer = false;
    int error = driver.cuMemcpyHtoDAsync(mirror->device, mirror->host, mirror->bytes, stream);
    if (Status sentAll = driver.check(error, "take the weights"); !sentAll)
      return sentAll;
  }
  return success();
}

Status Device::fetch(Mirror &mirror) {
  if (!mirror.deviceIsNewer || mirror.bytes == 0)
    return success();
  mirror.deviceIsNewer = false;
  int error = driver.cuMemcpyDtoHAsync(mirror.host, mirror.device, mirror.bytes, stream);
  return driver.check(error == 0 ? driver.cuStreamSynchronize(stream) : error, "give back the weights");
}

/// What was sent before may not have been read yet.
Status Device::change(Mirror &mirror) {
  if (Status here = fetch(mirror); !here)
    return here;
  bool wasSent = !mirror.hostIsNewer;
  mirror.hostIsNewer = true;
  return wasSent ? driver.check(driver.cuStreamSynchronize(stream), "finish a function") : success();
}

//===-- Calls
//------------------------------------------------------------------------------------------------------===//

Status Device::call(const nn_function &function, int64_t variant, std::byte *io) {
  if (Status ready = sendMirrors(); !ready)
    return ready;
  CudaAddress there = steps.blocks.device[NN_GPU_IO];
  int error = 0;
  for (int64_t k = 0; k < function.argument_count && error == 0; ++k) {
    const nn_binding &argument = function.arguments[k];
    error =
        driver.cuMemcpyHtoDAsync(there + CudaAddress(argument.offset), io + argument.offset, bytesOf(argument), stream);
  }
  if (Status sentAll = driver.check(error, "take the arguments"); !sentAll)
    return sentAll;
  steps.blocks.host[NN_GPU_IO] = io;
  persistent.deviceIsNewer = true;
  if (Status done = steps.run(function, variant); !done)
    return done;
  for (int64_t k = 0; k < function.result_count && error == 0; ++k) {
    const nn_binding &result = function.results[k];
    error = driver.cuMemcpyDtoHAsync(io + result.offset, there + CudaAddress(result.offset), bytesOf(result), stream);
  }
  return driver.check(error == 0 ? driver.cuStreamSynchronize(stream) : error, "finish a function");
}

bool Device::mayRunAhead(const nn_function &function) { return staged && function.gpu && steps.isOnDevice(function); }

Status Device::begin(const nn_function &function, std::byte *io) {
  if (Status ready = sendMirrors(); !ready)
    return ready;
  Sent &own = io == sent[0].io ? sent[0] : sent[1];
  CudaAddress there = steps.blocks.device[NN_GPU_IO];
  int error = driver.cuStreamWaitEvent(copying, taken, 0);
  for (int64_t k = 0; k < function.argument_count && error == 0; ++k) {
    const nn_binding &argument = function.arguments[k];
    error = driver.cuMemcpyHtoDAsync(staged + CudaAddress(argument.offset), io + argument.offset, bytesOf(argument),
                                     copying);
  }
  if (error == 0)
    error = driver.cuEventRecord(own.event, copying);
  if (error == 0)
    error = driver.cuStreamWaitEvent(stream, own.event, 0);
  for (int64_t k = 0; k < function.argument_count && error == 0; ++k) {
    auto offset = CudaAddress(function.arguments[k].offset);
    error = driver.cuMemcpyDtoDAsync(there + offset, staged + offset, bytesOf(function.arguments[k]), stream);
  }
  if (error == 0)
    error = driver.cuEventRecord(taken, stream);
  own.pending = true;
  if (Status sentAll = driver.check(error, "take the arguments"); !sentAll)
    return sentAll;
  persistent.deviceIsNewer = true;
  if (Status done = steps.run(function, 0); !done)
    return done;
  size_t slot = begun++;
  for (int64_t k = 0; k < function.result_count && error == 0; ++k) {
    const nn_binding &result = function.results[k];
    error = driver.cuMemcpyDtoHAsync(const_cast<std::byte *>(resultOf(function, slot, k)),
                                     there + CudaAddress(result.offset), bytesOf(result), stream);
  }
  return driver.check(error, "give back the results");
}

Status Device::awaitSent(const std::byte *io) {
  for (Sent &each : sent)
    if (each.io == io && each.pending) {
      each.pending = false;
      return driver.check(driver.cuEventSynchronize(each.event), "take the arguments");
    }
  return success();
}

Status Device::finish() {
  begun = 0;
  for (Sent &each : sent)
    each.pending = false;
  return driver.check(driver.cuStreamSynchronize(stream), "finish a step");
}

const std::byte *Device::resultOf(const nn_function &function, size_t k, int64_t result) const {
  const std::byte *place = ring.data() + k * slotBytes;
  for (int64_t before = 0; before < result; ++before)
    place += (bytesOf(function.results[before]) + NN_ALIGN - 1) / NN_ALIGN * NN_ALIGN;
  return place;
}

} // namespace nnrt

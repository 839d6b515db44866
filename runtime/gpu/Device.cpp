/// Memory on a device, launches and graphs.
#include "gpu/Device.h"
#include "core/Model.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

Device::~Device() {
  for (Recorded &each : recorded)
    if (each.graph)
      driver.cuGraphExecDestroy(each.graph);
  if (stream)
    driver.cuStreamDestroy(stream);
  if (memory)
    driver.cuMemFree(memory);
  if (module)
    driver.cuModuleUnload(module);
  if (context)
    driver.cuDevicePrimaryCtxRelease(ordinal);
}

Status Device::check(int error, const char *what) const {
  if (error == 0)
    return success();
  return failure(format("the GPU cannot %s: %s", what, driver.textOf(error)));
}

Status Device::open(int number, std::byte *persistentHost, std::byte *settingsHost, std::byte *loadedHost) {
  int count = 0;
  if (Status counted = check(driver.cuDeviceGetCount(&count), "be counted"); !counted)
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
  if (error == 0)
    error = driver.cuStreamCreate(&stream, 1); // apart from the default stream
  if (Status opened = check(error, "be opened"); !opened)
    return opened;
  name = text;
  persistent.host = persistentHost;
  settings.host = settingsHost;
  loaded.host = loadedHost;
  Status loadedCode = load();
  return loadedCode ? take() : loadedCode;
}

Status Device::load() {
  const nn_gpu_program &code = *program.gpu;
  if (Status compiled = check(driver.cuModuleLoadData(&module, code.ptx), "take the program's kernels"); !compiled)
    return compiled;
  kernels.resize(size_t(code.kernel_count));
  for (int64_t k = 0; k < code.kernel_count; ++k)
    if (Status found = check(driver.cuModuleGetFunction(&kernels[size_t(k)], module, code.kernels[k]), "find a kernel");
        !found)
      return found;
  return success();
}

Status Device::take() {
  int64_t scratch = 0, workspace = 0, io = 0;
  size_t operands = 0;
  for (const nn_function *function : functionsOf(program))
    if (function->gpu) {
      scratch = std::max(scratch, function->gpu->scratch_bytes);
      workspace = std::max(workspace, function->gpu->workspace_bytes);
      io = std::max(io, function->io_bytes);
      for (int64_t k = 0; k < function->gpu->launch_count; ++k)
        operands = std::max(operands, size_t(function->gpu->launches[k].operand_count));
    }
  parameters.resize(operands);
  places.resize(operands);
  const nn_gpu_program &code = *program.gpu;
  const int64_t sizes[] = {program.persistent_bytes, program.settings_bytes, scratch,         io,
                           program.loaded_bytes,     code.constant_bytes,    code.zero_bytes, workspace};
  constexpr int64_t alignment = 256; // what the driver gives, and wide loads want
  auto aligned = [](int64_t size) { return (size + alignment - 1) / alignment * alignment; };
  for (int64_t size : sizes)
    bytes += aligned(size);
  if (Status taken = check(driver.cuMemAlloc(&memory, size_t(std::max(bytes, alignment))),
                           format("give %s of memory", humanBytes(bytes).c_str()).c_str());
      !taken)
    return taken;
  CudaAddress at = memory;
  for (int64_t space = 0; space <= NN_GPU_WORKSPACE; ++space) {
    bases[space] = at;
    at += CudaAddress(aligned(sizes[space]));
  }
  Mirror *mirrors[] = {&persistent, &settings, &loaded};
  const int64_t spaces[] = {NN_GPU_PERSISTENT, NN_GPU_SETTINGS, NN_GPU_LOADED};
  for (int k = 0; k < 3; ++k) {
    mirrors[k]->device = bases[spaces[k]];
    mirrors[k]->bytes = size_t(sizes[spaces[k]]);
  }
  int error = 0;
  if (code.zero_bytes > 0)
    error = driver.cuMemsetD8Async(bases[NN_GPU_ZEROS], 0, size_t(code.zero_bytes), stream);
  if (code.constant_bytes > 0 && error == 0)
    error = driver.cuMemcpyHtoDAsync(bases[NN_GPU_CONSTANTS], code.constants, size_t(code.constant_bytes), stream);
  return check(error, "take the program's constants");
}

Status Device::send(Mirror &mirror) {
  if (!mirror.hostIsNewer || mirror.bytes == 0)
    return success();
  mirror.hostIsNewer = false;
  return check(driver.cuMemcpyHtoDAsync(mirror.device, mirror.host, mirror.bytes, stream), "take the weights");
}

Status Device::fetch(Mirror &mirror) {
  if (!mirror.deviceIsNewer || mirror.bytes == 0)
    return success();
  mirror.deviceIsNewer = false;
  int error = driver.cuMemcpyDtoHAsync(mirror.host, mirror.device, mirror.bytes, stream);
  return check(error == 0 ? driver.cuStreamSynchronize(stream) : error, "give back the weights");
}

Status Device::launchAll(const nn_gpu_function &function) {
  for (int64_t k = 0; k < function.launch_count; ++k) {
    const nn_gpu_launch &launch = function.launches[k];
    for (int64_t i = 0; i < launch.operand_count; ++i) {
      parameters[size_t(i)] = bases[launch.operands[i].space] + CudaAddress(launch.operands[i].offset);
      places[size_t(i)] = &parameters[size_t(i)];
    }
    int error = driver.cuLaunchKernel(kernels[size_t(launch.kernel)], unsigned(launch.blocks), 1, 1,
                                      unsigned(launch.threads), 1, 1, 0, stream, places.data(), nullptr);
    if (Status launched = check(error, "start a kernel"); !launched)
      return launched;
  }
  return success();
}

/// Records the launches of a function as a graph.
Status Device::record(Recorded &each) {
  const int onlyThisThread = 1;
  CudaHandle graph = nullptr;
  if (Status begun = check(driver.cuStreamBeginCapture(stream, onlyThisThread), "record a step"); !begun)
    return begun;
  Status launched = launchAll(*each.function->gpu);
  int error = driver.cuStreamEndCapture(stream, &graph);
  if (!launched)
    return launched;
  if (error == 0)
    error = driver.cuGraphInstantiateWithFlags(&each.graph, graph, 0);
  if (graph)
    driver.cuGraphDestroy(graph);
  return check(error, "record a step");
}

/// The first call launches kernel by kernel, so that the driver has loaded them all when the second is recorded.
Status Device::run(const nn_function &function) {
  auto found =
      std::find_if(recorded.begin(), recorded.end(), [&](const Recorded &each) { return each.function == &function; });
  if (found == recorded.end()) {
    recorded.push_back({&function, 0, nullptr});
    found = recorded.end() - 1;
  }
  if (found->calls++ == 0 || function.gpu->launch_count < 2)
    return launchAll(*function.gpu);
  if (!found->graph)
    if (Status made = record(*found); !made)
      return made;
  return check(driver.cuGraphLaunch(found->graph, stream), "run a step");
}

static size_t bytesOf(const nn_binding &binding) {
  return size_t(elementCount(binding.type) * dtypeSize(binding.type.dtype));
}

Status Device::call(const nn_function &function, std::byte *io) {
  for (Mirror *mirror : {&persistent, &settings, &loaded})
    if (Status sent = send(*mirror); !sent)
      return sent;
  int error = 0;
  for (int64_t k = 0; k < function.argument_count && error == 0; ++k) {
    const nn_binding &argument = function.arguments[k];
    error = driver.cuMemcpyHtoDAsync(bases[NN_GPU_IO] + CudaAddress(argument.offset), io + argument.offset,
                                     bytesOf(argument), stream);
  }
  if (Status sent = check(error, "take the arguments"); !sent)
    return sent;
  if (Status done = run(function); !done)
    return done;
  for (int64_t k = 0; k < function.result_count && error == 0; ++k) {
    const nn_binding &result = function.results[k];
    error = driver.cuMemcpyDtoHAsync(io + result.offset, bases[NN_GPU_IO] + CudaAddress(result.offset), bytesOf(result),
                                     stream);
  }
  persistent.deviceIsNewer = true;
  return check(error == 0 ? driver.cuStreamSynchronize(stream) : error, "finish a function");
}

} // namespace nnrt

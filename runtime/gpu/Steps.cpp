/// Grids, loops, kernels of the processor, graphs.
#include "gpu/Steps.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

/// A longer graph takes longer to make than a training saves by it.
constexpr int64_t mostNodes = 20000;

Steps::~Steps() {
  for (Known &known : functions)
    for (Segment &segment : known.segments)
      if (segment.graph)
        driver.cuGraphExecDestroy(segment.graph);
}

void Steps::open(CudaHandle ownStream, std::vector<DeviceKernel> found, Pool *threads) {
  stream = ownStream;
  kernels = std::move(found);
  pool = threads;
}

nn_gpu_operand Steps::resolve(const nn_gpu_operand &operand, size_t frame) const {
  if (operand.space < NN_GPU_ARGUMENT)
    return operand;
  const nn_gpu_operand &argument = arguments[frame + size_t(operand.space - NN_GPU_ARGUMENT)];
  return {argument.space, argument.offset + operand.offset};
}

std::byte *Steps::hostAddress(const nn_gpu_operand &place) {
  if (place.space == NN_GPU_CONSTANTS)
    return static_cast<std::byte *>(const_cast<void *>(program.gpu->constants)) + place.offset;
  if (place.space != NN_GPU_ZEROS)
    return blocks.host[place.space] + place.offset;
  zeros.resize(size_t(program.gpu->zero_bytes) + NN_ALIGN);
  size_t over = reinterpret_cast<uintptr_t>(zeros.data()) % NN_ALIGN;
  return zeros.data() + (over ? NN_ALIGN - over : 0);
}

int Steps::encode(const nn_gpu_tensor &tensor, CudaAddress start, CudaTensorMap &map) {
  constexpr int words = 2;        // CU_TENSOR_MAP_DATA_TYPE_UINT32
  constexpr int noInterleave = 0; // CU_TENSOR_MAP_INTERLEAVE_NONE
  constexpr int swizzle64 = 2;    // CU_TENSOR_MAP_SWIZZLE_64B
  constexpr int promoteTo128 = 2; // CU_TENSOR_MAP_L2_PROMOTION_L2_128B: the next part is the other half
  constexpr int zerosOutside = 0; // CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE
  constexpr int64_t mostAxes = 5;
  uint64_t sizes[mostAxes], strides[mostAxes];
  unsigned box[mostAxes], steps[mostAxes];
  int64_t count = std::min(tensor.axis_count, mostAxes);
  for (int64_t k = 0; k < count; ++k) {
    const nn_gpu_axis &axis = tensor.axes[k];
    sizes[k] = uint64_t(axis.size);
    strides[k] = uint64_t(axis.stride);
    box[k] = unsigned(axis.points * axis.step);
    steps[k] = unsigned(axis.step);
  }
  return driver.cuTensorMapEncodeTiled(&map, words, unsigned(count), start, sizes, strides + 1, box, steps,
                                       noInterleave, swizzle64, promoteTo128, zerosOutside);
}

/// Maps of tensors are made anew for each launch: that costs less than the launch, a graph keeps what it was recorded
/// with, and operands that a loop tells by number are where they are in this turn.
Status Steps::runGrid(const nn_gpu_launch &launch, size_t frame) {
  const DeviceKernel &kernel = kernels[size_t(launch.kernel)];
  size_t count = size_t(launch.operand_count), mapCount = size_t(kernel.tensorCount);
  parameters.resize(std::max(parameters.size(), count));
  maps.resize(std::max(maps.size(), mapCount));
  places.resize(std::max(places.size(), count + mapCount));
  for (size_t k = 0; k < count; ++k) {
    parameters[k] = deviceAddress(resolve(launch.operands[k], frame));
    places[k] = &parameters[k];
  }
  for (size_t k = 0; k < mapCount; ++k) {
    const nn_gpu_tensor &tensor = kernel.tensors[k];
    int error = encode(tensor, parameters[size_t(tensor.operand)], maps[k]);
    if (Status encoded = driver.check(error, "describe an operand of a kernel"); !encoded)
      return encoded;
    places[count + k] = &maps[k];
  }
  return driver.check(driver.cuLaunchKernel(kernel.function, unsigned(launch.blocks), 1, 1, unsigned(launch.threads), 1,
                                            1, kernel.sharedBytes, stream, places.data(), nullptr),
                      "start a kernel");
}

/// What the processor reads comes here, what it writes goes there.
Status Steps::runHost(const nn_gpu_host &host, size_t frame) {
  std::vector<void *> here;
  int error = 0;
  for (int64_t k = 0; k < host.buffer_count && error == 0; ++k) {
    const nn_gpu_buffer &buffer = host.buffers[k];
    nn_gpu_operand place = resolve(buffer.place, frame);
    here.push_back(hostAddress(place));
    if (buffer.read && place.space <= NN_GPU_LOADED)
      error = driver.cuMemcpyDtoHAsync(here.back(), deviceAddress(place), size_t(buffer.bytes), stream);
  }
  if (error == 0)
    error = driver.cuStreamSynchronize(stream);
  if (Status come = driver.check(error, "give back what the processor needs"); !come)
    return come;
  pool->run(host.kernels[variant], here.data(), host.extent, host.grain);
  for (int64_t k = 0; k < host.buffer_count && error == 0; ++k)
    if (const nn_gpu_buffer &buffer = host.buffers[k]; buffer.written)
      error = driver.cuMemcpyHtoDAsync(deviceAddress(resolve(buffer.place, frame)), here[size_t(k)],
                                       size_t(buffer.bytes), stream);
  return driver.check(error, "take what the processor made");
}

Status Steps::runLoop(const nn_gpu_loop &loop, size_t frame) {
  size_t own = arguments.size();
  arguments.resize(own + size_t(loop.argument_count));
  int64_t turn = 0;
  for (bool last = false; !last; ++turn) {
    for (int64_t k = 0; k < loop.argument_count; ++k) {
      const nn_gpu_argument &argument = loop.arguments[k];
      nn_gpu_operand place = resolve(turn == 0 ? argument.first : argument.later[turn % 2], frame);
      place.offset += turn * argument.stride;
      arguments[own + size_t(k)] = place;
    }
    int error = driver.cuMemsetD32Async(deviceAddress(resolve(loop.turn, frame)), unsigned(turn), 1, stream);
    if (Status counted = driver.check(error, "count the turns of a loop"); !counted)
      return counted;
    if (Status ran = runAll(loop.steps, loop.step_count, own); !ran)
      return ran;
    last = turn + 1 == loop.length;
    if (!loop.flag)
      continue;
    uint8_t flag = 0;
    error = driver.cuMemcpyDtoHAsync(&flag, deviceAddress(resolve(*loop.flag, frame)), 1, stream);
    if (error == 0)
      error = driver.cuStreamSynchronize(stream);
    if (Status asked = driver.check(error, "run a turn of a loop"); !asked)
      return asked;
    last |= flag != 0;
  }
  int error = 0;
  for (int64_t k = 0; k < loop.kept_count && error == 0; ++k) {
    const nn_gpu_kept &kept = loop.kept[k];
    CudaAddress from = deviceAddress(arguments[own + size_t(kept.argument)]),
                to = deviceAddress(resolve(kept.result, frame));
    if (from != to)
      error = driver.cuMemcpyDtoDAsync(to, from, size_t(kept.bytes), stream);
  }
  arguments.resize(own);
  return driver.check(error, "end a loop");
}

Status Steps::runAll(const nn_gpu_step *steps, int64_t count, size_t frame) {
  for (int64_t k = 0; k < count; ++k) {
    const void *what = steps[k].what;
    Status ran = steps[k].kind == NN_GPU_GRID   ? runGrid(*static_cast<const nn_gpu_launch *>(what), frame)
                 : steps[k].kind == NN_GPU_HOST ? runHost(*static_cast<const nn_gpu_host *>(what), frame)
                                                : runLoop(*static_cast<const nn_gpu_loop *>(what), frame);
    if (!ran)
      return ran;
  }
  return success();
}

/// The nodes of a graph that steps are; 0 where the host has a part in them, or a graph would be too long.
static int64_t nodesOf(const nn_gpu_step *steps, int64_t count) {
  int64_t nodes = 0;
  for (int64_t k = 0; k < count; ++k) {
    if (steps[k].kind == NN_GPU_HOST)
      return 0;
    if (steps[k].kind == NN_GPU_GRID) {
      ++nodes;
      continue;
    }
    const nn_gpu_loop &loop = *static_cast<const nn_gpu_loop *>(steps[k].what);
    int64_t turn = nodesOf(loop.steps, loop.step_count);
    if (loop.flag || (turn == 0 && loop.step_count > 0) || turn + 1 > mostNodes / loop.length)
      return 0;
    nodes += loop.length * (turn + 1); // the turn is set, too
  }
  return nodes > mostNodes ? 0 : nodes;
}

/// Cuts a function into segments that are as long as possible.
Steps::Known &Steps::know(const nn_function &function) {
  auto found =
      std::find_if(functions.begin(), functions.end(), [&](const Known &known) { return known.function == &function; });
  if (found != functions.end())
    return *found;
  Known known{&function, 0, {}};
  const nn_gpu_function &code = *function.gpu;
  for (int64_t k = 0; k < code.step_count; ++k) {
    int64_t nodes = nodesOf(code.steps + k, 1);
    Segment *last = known.segments.empty() ? nullptr : &known.segments.back();
    if (last && nodes > 0 && last->nodes > 0 && last->nodes + nodes <= mostNodes) {
      ++last->count;
      last->nodes += nodes;
    } else {
      known.segments.push_back({code.steps + k, 1, nodes, nullptr});
    }
  }
  functions.push_back(std::move(known));
  return functions.back();
}

/// True if the host has a part in one of the steps.
static bool needsHost(const nn_gpu_step *steps, int64_t count) {
  return std::any_of(steps, steps + count, [](const nn_gpu_step &step) {
    if (step.kind != NN_GPU_LOOP)
      return step.kind == NN_GPU_HOST;
    const nn_gpu_loop &loop = *static_cast<const nn_gpu_loop *>(step.what);
    return loop.flag || needsHost(loop.steps, loop.step_count);
  });
}

bool Steps::isOnDevice(const nn_function &function) {
  return !needsHost(function.gpu->steps, function.gpu->step_count);
}

Status Steps::record(Segment &segment) {
  const int onlyThisThread = 1;
  CudaHandle graph = nullptr;
  if (Status begun = driver.check(driver.cuStreamBeginCapture(stream, onlyThisThread), "record a step"); !begun)
    return begun;
  Status launched = runAll(segment.steps, segment.count, 0);
  int error = driver.cuStreamEndCapture(stream, &graph);
  if (!launched)
    return launched;
  if (error == 0)
    error = driver.cuGraphInstantiateWithFlags(&segment.graph, graph, 0);
  if (graph)
    driver.cuGraphDestroy(graph);
  return driver.check(error, "record a step");
}

/// The first call launches kernel by kernel, so that the driver has loaded them all when the second is recorded.
Status Steps::run(const nn_function &function, int64_t ownVariant) {
  variant = ownVariant;
  Known &known = know(function);
  bool first = known.calls++ == 0;
  for (Segment &segment : known.segments) {
    if (first || segment.nodes < 2) {
      if (Status ran = runAll(segment.steps, segment.count, 0); !ran)
        return ran;
      continue;
    }
    if (!segment.graph)
      if (Status made = record(segment); !made)
        return made;
    if (Status ran = driver.check(driver.cuGraphLaunch(segment.graph, stream), "run a step"); !ran)
      return ran;
  }
  return success();
}

} // namespace nnrt

// The constants that tell the runtime what a program does on a GPU: nn_gpu_program and the nn_gpu_function of each
// root.
#include "Kernels/Kernels.h"
#include "Target/CPU/Constants.h"
#include "Target/CPU/Program.h"

#include "noether/abi.h"

#include "llvm/Support/Compression.h"

using namespace mlir;
using namespace nn;

std::string nn::gpuFunctionName(func::FuncOp root) { return (gpuProgramName + "." + root.getSymName()).str(); }

namespace {

class GPUDescriptor : ConstantBuilder {
public:
  GPUDescriptor(llvm::Module &module, const TargetOptions &options) : ConstantBuilder(module), options(options) {}
  void build(ModuleOp planned, const GPUProgram &program);

private:
  llvm::Constant *operand(const GPUOperand &place) { return record({number(place.space), number(place.offset)}); }
  llvm::Constant *launch(const GPULaunch &launch);
  llvm::Constant *host(const GPUHost &host);
  llvm::Constant *loop(const GPULoop &loop);
  void steps(Fields &into, const std::vector<GPUStep> &steps);
  llvm::Constant *function(func::FuncOp root, const GPUFunction &function);
  llvm::Constant *code(const GPUCode &code);
  llvm::Constant *kernel(const GPUKernel &kernel);
  llvm::Constant *program(const GPUProgram &program);
  void define(const llvm::Twine &name, llvm::Constant *value);

  const TargetOptions &options;
  func::FuncOp root; ///< whose steps are built
};

} // namespace

llvm::Constant *GPUDescriptor::launch(const GPULaunch &launch) {
  Fields operands, fields = {number(launch.kernel), number(launch.blocks), number(launch.threads)};
  for (const GPUOperand &each : launch.operands)
    operands.push_back(operand(each));
  list(fields, operands);
  return record(fields);
}

llvm::Constant *GPUDescriptor::host(const GPUHost &host) {
  Fields kernels, counted, buffers;
  for (ISA isa : options.isas)
    if (hasVariant(root, isa, options))
      kernels.push_back(elsewhere(launchedName(host.kernel, isa)));
  list(counted, kernels);
  for (const GPUHost::Buffer &buffer : host.buffers)
    buffers.push_back(
        record({operand(buffer.place), number(buffer.bytes), number(buffer.read), number(buffer.written)}));
  Fields fields = {counted[1], number(host.extent), number(host.grain)};
  list(fields, buffers);
  return record(fields);
}

llvm::Constant *GPUDescriptor::loop(const GPULoop &loop) {
  Fields arguments, kept, fields = {number(loop.length), operand(loop.turn)};
  for (const GPULoop::Argument &argument : loop.arguments)
    arguments.push_back(record(
        {operand(argument.first), operand(argument.later[0]), operand(argument.later[1]), number(argument.stride)}));
  list(fields, arguments);
  fields.push_back(loop.flag ? pointerTo(operand(*loop.flag)) : null());
  for (const GPULoop::Kept &each : loop.kept)
    kept.push_back(record({number(each.argument), operand(each.result), number(each.bytes)}));
  list(fields, kept);
  steps(fields, loop.steps);
  return record(fields);
}

void GPUDescriptor::steps(Fields &into, const std::vector<GPUStep> &steps) {
  Fields all;
  for (const GPUStep &step : steps)
    if (auto *grid = std::get_if<GPULaunch>(&step.what))
      all.push_back(record({number(NN_GPU_GRID), pointerTo(launch(*grid))}));
    else if (auto *onHost = std::get_if<GPUHost>(&step.what))
      all.push_back(record({number(NN_GPU_HOST), pointerTo(host(*onHost))}));
    else
      all.push_back(record({number(NN_GPU_LOOP), pointerTo(loop(std::get<GPULoop>(step.what)))}));
  list(into, all);
}

llvm::Constant *GPUDescriptor::function(func::FuncOp root, const GPUFunction &function) {
  this->root = root;
  Fields fields = {number(function.scratchBytes), number(function.workspaceBytes)};
  steps(fields, function.steps);
  return record(fields);
}

llvm::Constant *GPUDescriptor::code(const GPUCode &code) {
  llvm::SmallVector<uint8_t, 0> compressed;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(code.bytes), compressed);
  return record({number(code.capability), number(code.special), number(int64_t(code.bytes.size())),
                 number(int64_t(compressed.size())), bytes(llvm::toStringRef(compressed), 1)});
}

llvm::Constant *GPUDescriptor::kernel(const GPUKernel &kernel) {
  Fields tensors, fields = {text(kernel.name), number(kernel.sharedBytes), number(kernel.specialSharedBytes)};
  for (const GPUTensor &tensor : kernel.tensors) {
    Fields axes, own = {number(tensor.operand)};
    for (const GPUTensor::Axis &axis : tensor.axes)
      axes.push_back(record({number(axis.size), number(axis.stride), number(axis.points), number(axis.step)}));
    list(own, axes);
    tensors.push_back(record(own));
  }
  list(fields, tensors);
  return record(fields);
}

llvm::Constant *GPUDescriptor::program(const GPUProgram &program) {
  Fields codes, kernels, fields;
  for (const GPUCode &each : program.codes)
    codes.push_back(code(each));
  list(fields, codes);
  for (const GPUKernel &each : program.kernels)
    kernels.push_back(kernel(each));
  list(fields, kernels);
  fields.push_back(number(int64_t(program.constants.size())));
  fields.push_back(bytes(program.constants, 64)); // the processor's kernels read them here
  fields.push_back(number(program.zeroBytes));
  return record(fields);
}

void GPUDescriptor::define(const llvm::Twine &name, llvm::Constant *value) {
  auto *global =
      new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::ExternalLinkage, value, name.str());
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  global->setAlignment(llvm::Align(8));
}

void GPUDescriptor::build(ModuleOp planned, const GPUProgram &program) {
  for (func::FuncOp root : planned.getOps<func::FuncOp>())
    if (auto found = program.functions.find(root.getSymName()); found != program.functions.end())
      define(gpuFunctionName(root), function(root, found->second));
  define(gpuProgramName, this->program(program));
}

void nn::buildGPUDescriptor(ModuleOp planned, const GPUProgram &program, llvm::Module &module,
                            const TargetOptions &options) {
  GPUDescriptor(module, options).build(planned, program);
}

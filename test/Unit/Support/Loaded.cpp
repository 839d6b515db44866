// Loads compiled modules through a shared library; stands in for the runtime's launcher.
#include "Loaded.h"

#include "Dialect/NN/IR/NN.h"
#include "Link/Link.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"

#include <cstring>
#include <dlfcn.h>

using namespace nn;
using namespace nn::test;

struct nn_runtime {
  int64_t threads;
  char *workspace;
};

/// Ranges one after the other, as threads would get them.
extern "C" __attribute__((visibility("default"))) void
nnrt_launch(nn_call *call, nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain, int64_t) {
  int64_t pieces = (extent + grain - 1) / grain, threads = std::min(call->runtime->threads, pieces);
  for (int64_t t = threads - 1; t >= 0; --t) {
    int64_t begin = pieces * t / threads * grain, end = std::min(extent, pieces * (t + 1) / threads * grain);
    if (begin < end)
      kernel(buffers, begin, end, call->runtime->workspace);
  }
}

std::unique_ptr<mlir::MLIRContext> nn::test::makeContext() {
  mlir::DialectRegistry registry;
  registry.insert<NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
  return std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
}

Block::Block(int64_t bytes) : memory(new char[bytes + 128]) {
  std::memset(memory.get(), 0, bytes + 128);
  start = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(memory.get()) + 63) / 64 * 64);
}

std::unique_ptr<Loaded> Loaded::fromText(mlir::MLIRContext &context, llvm::StringRef text, ISA isa,
                                         std::string &failure) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    failure = "the module does not parse";
    return nullptr;
  }
  return fromModule(*module, isa, failure);
}

std::unique_ptr<Loaded> Loaded::fromModule(mlir::ModuleOp module, ISA isa, std::string &failure) {
  TargetOptions options;
  options.isas = {isa};
  return fromModule(module, options, failure);
}

std::unique_ptr<Loaded> Loaded::fromModule(mlir::ModuleOp module, const TargetOptions &options, std::string &failure) {
  auto object = emitObject(module, options);
  if (!object) {
    failure = llvm::toString(object.takeError());
    return nullptr;
  }
  llvm::SmallString<64> path;
  if (llvm::sys::fs::createTemporaryFile("noether-test", "so", path)) {
    failure = "no temporary file";
    return nullptr;
  }
  std::unique_ptr<Loaded> result;
  if (auto error = linkSharedLibrary({{*object}, std::string(path)})) {
    failure = llvm::toString(std::move(error));
  } else if (void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    result = std::make_unique<Loaded>();
    result->library = library;
    result->description = static_cast<const nn_program *>(dlsym(library, "noether_program"));
  } else {
    failure = dlerror();
  }
  llvm::sys::fs::remove(path);
  return result;
}

Loaded::~Loaded() {
  if (library)
    dlclose(library);
}

const nn_function *Loaded::function(llvm::StringRef name) const {
  for (int64_t r = 0; r < description->recipe_count; ++r)
    for (const nn_function *f : {description->recipes[r].step, description->recipes[r].eval})
      if (f && name == f->name)
        return f;
  for (int64_t c = 0; c < description->command_count; ++c)
    if (name == description->commands[c].function->name)
      return description->commands[c].function;
  if (description->init && name == description->init->name)
    return description->init;
  return nullptr;
}

void Loaded::run(const nn_function &function, Block &persistent, Block &settings, Block &io, int64_t threads) {
  const nn_variant &variant = function.variants[0];
  Block scratch(variant.scratch_bytes), workspace(NN_ALIGN + variant.workspace_bytes); // a clock's place in front
  // Contents of both are undefined.
  std::memset(scratch.data(), 0x7f, variant.scratch_bytes);
  std::memset(workspace.data() + NN_ALIGN, 0x7f, variant.workspace_bytes);
  nn_runtime runtime = {threads, workspace.data() + NN_ALIGN};
  nn_call call = {persistent.data(), settings.data(), scratch.data(), io.data(), &runtime, nullptr};
  variant.entry(&call);
}

std::vector<int64_t> nn::test::storedPlaces(const nn_tensor &tensor) {
  std::vector<int64_t> places;
  int64_t count = 1;
  for (int64_t r = 0; r < tensor.type.rank; ++r)
    count *= tensor.type.shape[r];
  for (int64_t k = 0; k < count; ++k) {
    std::vector<int64_t> index(tensor.type.rank);
    for (int64_t r = tensor.type.rank - 1, rest = k; r >= 0; --r) {
      index[r] = rest % tensor.type.shape[r];
      rest /= tensor.type.shape[r];
    }
    int64_t place = tensor.digit_count ? 0 : k;
    for (int64_t d = 0; d < tensor.digit_count; ++d) {
      const nn_digit &digit = tensor.digits[d];
      int64_t value = index[digit.axis] / digit.divisor;
      place += (digit.modulus ? value % digit.modulus : value) * digit.stride;
    }
    places.push_back(place);
  }
  return places;
}

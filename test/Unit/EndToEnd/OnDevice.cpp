// The runtime's device in this process, with what a program's start would give it.
#include "OnDevice.h"

#include "Target/GPU/GPU.h"

#include "core/Model.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>

using namespace nn;
using namespace nn::test;

static llvm::StringRef wantedDevice() {
  const char *text = std::getenv("NOETHER_TEST_DEVICE");
  return text ? text : "";
}

bool OnDevice::isWanted() { return !wantedDevice().empty(); }

/// Compiles the kernels of a module for the emulated device, which loads them where this variable says.
static bool emulateKernels(mlir::ModuleOp module, std::string &failure) {
  auto text = emitNVVM(module);
  if (!text) {
    failure = llvm::toString(text.takeError());
    return false;
  }
  // All stay to the end: a loaded library is known by its file, and a later one could take the place of that.
  static std::vector<std::unique_ptr<llvm::FileRemover>> removers;
  llvm::SmallString<64> source, kernels;
  if (llvm::sys::fs::createTemporaryFile("noether-kernels", "ll", source) ||
      llvm::sys::fs::createTemporaryFile("noether-kernels", "so", kernels)) {
    failure = "no temporary file";
    return false;
  }
  llvm::FileRemover remover(source);
  removers.push_back(std::make_unique<llvm::FileRemover>(kernels));
  std::error_code error;
  llvm::raw_fd_ostream(source, error) << *text;
  // BUILD/test/GPU/emulator
  llvm::StringRef build = wantedDevice();
  for (int level = 0; level < 3; ++level)
    build = llvm::sys::path::parent_path(build);
  std::string script = NOETHER_SOURCE_DIR "/test/GPU/emulator/emulate.sh";
  if (llvm::sys::ExecuteAndWait(script, {script, build, source, kernels}) != 0) {
    failure = "the kernels cannot be emulated";
    return false;
  }
  setenv("NOETHER_EMULATED_KERNELS", kernels.c_str(), /*overwrite=*/1);
  return true;
}

OnDevice::OnDevice(std::unique_ptr<Loaded> loadedModel) : model(std::move(loadedModel)) {}

std::unique_ptr<OnDevice> OnDevice::fromModule(mlir::ModuleOp module, std::string &failure) {
  TargetOptions options;
  options.isas = {hostISA()};
  options.gpu = [](mlir::ModuleOp planned) -> llvm::Expected<GPURest> {
    auto draft = draftGPU(planned);
    if (!draft)
      return draft.takeError();
    return [draft = std::move(*draft)] { return finishGPU(draft); };
  };
  if (wantedDevice() != "cuda" && !emulateKernels(module, failure))
    return nullptr;
  auto loaded = Loaded::fromModule(module, options, failure);
  if (!loaded)
    return nullptr;
  std::unique_ptr<OnDevice> result(new OnDevice(std::move(loaded)));
  return result->open(failure) ? std::move(result) : nullptr;
}

bool OnDevice::open(std::string &failure) {
  auto driver = nnrt::loadDriver();
  if (!driver) {
    failure = driver.text();
    return false;
  }
  const nn_program &program = model->program();
  for (const nn_function *function : nnrt::functionsOf(program)) {
    ioBytes = std::max(ioBytes, function->io_bytes);
    scratchBytes = std::max(scratchBytes, function->variants[0].scratch_bytes);
    workspaceBytes = std::max(workspaceBytes, function->variants[0].workspace_bytes);
  }
  persistent = std::make_unique<Block>(program.persistent_bytes);
  settings = std::make_unique<Block>(program.settings_bytes);
  scratch = std::make_unique<Block>(scratchBytes);
  data = std::make_unique<Block>(program.loaded_bytes);
  io = std::make_unique<Block>(ioBytes);
  workspaceBytes += nnrt::Pool::workspaceHeader;
  workspace = std::make_unique<Block>(workspaceBytes);
  auto bytes = [](Block &block) { return reinterpret_cast<std::byte *>(block.data()); };
  pool = std::make_unique<nnrt::Pool>(1, bytes(*workspace), workspaceBytes);
  device = std::make_unique<nnrt::Device>(**driver, program);
  nnrt::HostSide host{bytes(*persistent), bytes(*settings), bytes(*scratch), bytes(*data),
                      bytes(*io),         nullptr,          ioBytes,         pool.get()};
  if (auto opened = device->open(0, host); !opened) {
    failure = opened.text();
    return false;
  }
  return true;
}

bool OnDevice::run(const nn_function &function, Block &ownPersistent, Block &ownSettings, Block &ownIo,
                   std::string &failure) {
  const nn_program &program = model->program();
  nnrt::Status status = nnrt::success();
  for (int call = 0; call < 2 && status; ++call) {
    for (nnrt::Mirror *mirror : {&device->persistent, &device->settings})
      if (status)
        status = device->change(*mirror);
    std::memcpy(persistent->data(), ownPersistent.data(), size_t(program.persistent_bytes));
    std::memcpy(settings->data(), ownSettings.data(), size_t(program.settings_bytes));
    std::memcpy(io->data(), ownIo.data(), size_t(function.io_bytes));
    if (status)
      status = device->call(function, 0, reinterpret_cast<std::byte *>(io->data()));
  }
  if (status)
    status = device->fetch(device->persistent);
  if (!status) {
    failure = status.text();
    return false;
  }
  std::memcpy(ownPersistent.data(), persistent->data(), size_t(program.persistent_bytes));
  std::memcpy(ownIo.data(), io->data(), size_t(function.io_bytes));
  return true;
}

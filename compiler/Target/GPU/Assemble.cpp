// Runs ptxas, once for each text and architecture, side by side.
#include "Target/GPU/Assemble.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace nn;

std::string nn::findAssembler() {
  if (auto found = sys::findProgramByName("ptxas"))
    return *found;
  SmallString<128> folder(sys::Process::GetEnv("CUDA_HOME").value_or("/usr/local/cuda"));
  sys::path::append(folder, "bin");
  auto installed = sys::findProgramByName("ptxas", {folder});
  return installed ? *installed : std::string();
}

namespace {

/// A file that is gone at the end.
struct TemporaryFile {
  SmallString<128> path;
  std::unique_ptr<FileRemover> remover; ///< null: there is none

  explicit TemporaryFile(StringRef suffix) {
    if (!sys::fs::createTemporaryFile("nnc", suffix, path))
      remover = std::make_unique<FileRemover>(path);
  }
};

/// A text that is being assembled.
struct Run {
  int64_t capability;
  bool special;
  TemporaryFile text, binary;
  sys::ProcessInfo process;

  Run(const std::string &tool, const GPUCode &code, int64_t capability)
      : capability(capability), special(code.special), text("ptx"), binary("cubin") {
    if (!text.remover || !binary.remover)
      return;
    std::error_code error;
    raw_fd_ostream out(text.path, error);
    if (!error)
      out << code.bytes.c_str();
    out.close();
    if (error || out.has_error()) {
      out.clear_error();
      return;
    }
    const std::optional<StringRef> nowhere[] = {StringRef(), StringRef(), StringRef()};
    std::string architecture = "-arch=sm_" + std::to_string(capability) + (special ? "a" : "");
    process = sys::ExecuteNoWait(tool, {tool, architecture, text.path, "-o", binary.path}, std::nullopt, nowhere);
  }
  /// The binary code; nothing where the assembler has failed.
  std::optional<std::string> wait();
};

} // namespace

std::optional<std::string> Run::wait() {
  if (process.Pid == sys::ProcessInfo::InvalidPid || sys::Wait(process, std::nullopt).ReturnCode != 0)
    return std::nullopt;
  auto bytes = MemoryBuffer::getFile(binary.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!bytes || (*bytes)->getBufferSize() == 0)
    return std::nullopt;
  return (*bytes)->getBuffer().str();
}

Error nn::addBinaries(GPUProgram &program, ArrayRef<int64_t> capabilities) {
  if (capabilities.empty())
    return Error::success();
  std::string tool = findAssembler();
  std::vector<std::unique_ptr<Run>> runs;
  for (const GPUCode &code : program.codes)
    for (int64_t capability : capabilities)
      if (!code.special || code.capability == capability)
        runs.push_back(std::make_unique<Run>(tool, code, capability));
  bool succeeded = true;
  for (const auto &run : runs) {
    std::optional<std::string> bytes = run->wait();
    succeeded &= bytes.has_value();
    if (!bytes)
      continue;
    // A device takes the first special one that it can.
    auto place = std::next(program.codes.begin());
    program.codes.insert(run->special ? place : program.codes.end(),
                         {run->capability, run->special, std::move(*bytes)});
  }
  if (succeeded)
    return Error::success();
  return createStringError("`" + tool + "` made no binary code; `--target cpu,cuda` does without it");
}

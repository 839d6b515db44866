// Runs ptxas, once for each architecture, side by side.
#include "Target/GPU/Assemble.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace nn;

/// A100 and H100 or H200; what is between has the minor number in common with the first or takes its code.
static constexpr int64_t capabilities[] = {80, 90};

static std::string assembler() {
  if (auto found = sys::findProgramByName("ptxas"))
    return *found;
  auto installed = sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  return installed ? *installed : std::string();
}

/// A file that is gone at the end.
static std::unique_ptr<FileRemover> temporaryFile(StringRef suffix, SmallString<128> &path) {
  if (sys::fs::createTemporaryFile("nnc", suffix, path))
    return nullptr;
  return std::make_unique<FileRemover>(path);
}

void nn::addBinaries(GPUProgram &program) {
  std::string tool = assembler();
  SmallString<128> text;
  auto textRemover = tool.empty() ? nullptr : temporaryFile("ptx", text);
  if (!textRemover)
    return;
  {
    std::error_code error;
    raw_fd_ostream out(text, error);
    if (!error)
      out << program.codes.front().bytes.c_str();
    out.close();
    if (error || out.has_error())
      return out.clear_error();
  }
  struct Run {
    int64_t capability;
    SmallString<128> path;
    std::unique_ptr<FileRemover> remover;
    sys::ProcessInfo process;
  };
  SmallVector<Run, 2> runs;
  const std::optional<StringRef> nowhere[] = {StringRef(), StringRef(), StringRef()};
  for (int64_t capability : capabilities) {
    Run run{capability, {}, nullptr, {}};
    run.remover = temporaryFile("cubin", run.path);
    std::string architecture = "-arch=sm_" + std::to_string(capability);
    if (run.remover)
      run.process = sys::ExecuteNoWait(tool, {tool, architecture, text, "-o", run.path}, std::nullopt, nowhere);
    if (run.process.Pid != sys::ProcessInfo::InvalidPid)
      runs.push_back(std::move(run));
  }
  for (Run &run : runs) {
    sys::ProcessInfo done = sys::Wait(run.process, std::nullopt);
    auto binary = MemoryBuffer::getFile(run.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (done.ReturnCode == 0 && binary && (*binary)->getBufferSize() > 0)
      program.codes.push_back({run.capability, (*binary)->getBuffer().str()});
  }
}

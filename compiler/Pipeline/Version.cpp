// Version, commit, LLVM and targets, for `nnc --version` and reports.
#include "Pipeline/Version.h"
#include "Pipeline/Commit.inc"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/TargetParser/Host.h"

namespace nn {

std::string versionLine() { return "nnc " NOETHER_VERSION " (" NOETHER_COMMIT ")"; }

std::string versionText() {
  return "nnc " NOETHER_VERSION "\n"
         "commit:  " NOETHER_COMMIT "\n"
         "LLVM:    " LLVM_VERSION_STRING "\n"
         "targets: x86-64 (baseline, avx2, avx512, avx512bf16), AArch64 objects (neon)\n"
         "machine: " +
         llvm::sys::getHostCPUName().str() + "\n";
}

} // namespace nn

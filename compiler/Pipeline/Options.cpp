// Words of the command line that options are made of.
#include "Pipeline/Options.h"
#include "llvm/ADT/STLExtras.h"

namespace nn {

llvm::ArrayRef<std::string> stageNames() {
  static const std::string names[] = {"ast", "nn", "kernels", "llvm", "asm", "nvvm", "ptx", "ptx-sm_90a", "obj", "exe"};
  return names;
}

std::optional<Stage> parseStage(llvm::StringRef name) {
  for (auto [index, stage] : llvm::enumerate(stageNames()))
    if (stage == name)
      return Stage(index);
  return std::nullopt;
}

} // namespace nn

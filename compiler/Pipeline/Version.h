/// Which compiler this is.
#ifndef NOETHER_PIPELINE_VERSION_H
#define NOETHER_PIPELINE_VERSION_H

#include <string>

namespace nn {

/// One line: `nnc 0.1.0 (4a0499f)`.
std::string versionLine();
/// Several lines: version, commit, LLVM, targets, this machine.
std::string versionText();

} // namespace nn

#endif

// What an executable carries to run on a GPU: plain data, which the model object's descriptor is filled from.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace nn {

/// A grid of threads; mirrors nn_gpu_launch of noether/abi.h.
struct GPULaunch {
  struct Operand {
    int64_t space; ///< nn_gpu_space_enum
    int64_t offset;
  };
  int64_t kernel; ///< position in GPUProgram::kernels
  int64_t blocks, threads;
  llvm::SmallVector<Operand> operands;
};

struct GPUFunction {
  int64_t scratchBytes = 0, workspaceBytes = 0;
  std::vector<GPULaunch> launches;
};

struct GPUProgram {
  std::string ptx;
  std::vector<std::string> kernels; ///< names of entries in `ptx`
  std::string constants;            ///< one block of bytes
  int64_t zeroBytes = 0;            ///< the longest constant of zeros
  llvm::StringMap<GPUFunction> functions;
  /// Functions of the program that run on the processor, and why.
  std::vector<std::pair<std::string, std::string>> left;
};

} // namespace nn

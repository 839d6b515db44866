// Binary code beside the text of PTX.
#pragma once

#include "Target/GPU/GPUProgram.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace nn {

/// Where CUDA's assembler is, on the path or where CUDA is installed, which `CUDA_HOME` may say; empty: nowhere.
std::string findAssembler();

/// Adds what the assembler makes of the text for GPUs of some capabilities: a program that has binary code for its GPU
/// starts at once, where the driver would compile the text first.
llvm::Error addBinaries(GPUProgram &program, llvm::ArrayRef<int64_t> capabilities);

} // namespace nn

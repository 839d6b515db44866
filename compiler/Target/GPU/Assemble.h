// Binary code beside the text of PTX.
#pragma once

#include "Target/GPU/GPUProgram.h"

namespace nn {

/// Adds what CUDA's assembler makes of the text, for each architecture that it knows of those GPUs are sold with: then
/// a program starts at once, where the driver would compile it first. Where there is no `ptxas`, on the path or where
/// CUDA is installed, nothing is added, and nothing has to be.
void addBinaries(GPUProgram &program);

} // namespace nn

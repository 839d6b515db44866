// The GPU target: planned kernels to grids of threads, as text of PTX, and the launches of each function. Include this
// to compile a planned module.
#pragma once

#include "Target/GPU/GPUProgram.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace nn {

/// Compiles what a module that plan-step made can run on a GPU. The module is not changed.
llvm::Expected<GPUProgram> emitGPU(mlir::ModuleOp planned);

/// The kernels of a planned module as LLVM IR for NVIDIA's GPUs, optimized.
llvm::Expected<std::string> emitNVVM(mlir::ModuleOp planned);

/// Turns every nn.kernel of a module into the functions of its pieces.
std::unique_ptr<mlir::Pass> createEmitGPUPass();

/// Makes `nn-emit-gpu` known to pass pipelines.
void registerGPUPasses();

} // namespace nn

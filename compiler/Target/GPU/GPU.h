// The GPU target: planned kernels to grids of threads, as text of PTX, and the launches of each function. Include this
// to compile a planned module.
#pragma once

#include "Target/GPU/GPUProgram.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>

namespace nn {

/// What a module that plan-step made can run on a GPU: a program without its code, and what generates that, which
/// another thread may call, once. The module is not changed and not needed any more.
struct GPUDraft {
  GPUProgram program;
  std::function<llvm::Expected<std::vector<GPUCode>>()> generate;
};
llvm::Expected<GPUDraft> draftGPU(mlir::ModuleOp planned);
llvm::Expected<GPUProgram> finishGPU(GPUDraft draft);

/// All of it.
llvm::Expected<GPUProgram> emitGPU(mlir::ModuleOp planned);

/// The kernels of a planned module as LLVM IR for NVIDIA's GPUs, optimized.
llvm::Expected<std::string> emitNVVM(mlir::ModuleOp planned);

/// Turns every nn.kernel of a module into the functions of its pieces.
std::unique_ptr<mlir::Pass> createEmitGPUPass();

/// Makes `nn-emit-gpu` known to pass pipelines.
void registerGPUPasses();

} // namespace nn

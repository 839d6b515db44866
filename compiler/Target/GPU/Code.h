// From the functions of pieces to LLVM IR for NVIDIA's GPUs, and to PTX. For use within this room.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace nn {

/// Kernels of a planned module, optimized. Those that call a function which GPUs do not have are left out; `refused`
/// gets their names and that of the function.
llvm::Expected<std::unique_ptr<llvm::Module>> compileKernels(mlir::ModuleOp planned, llvm::LLVMContext &context,
                                                             llvm::StringMap<std::string> &refused);

/// The text of PTX of such a module.
llvm::Expected<std::string> generatePTX(llvm::Module &module);

} // namespace nn
